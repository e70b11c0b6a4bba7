// SPDX-License-Identifier: GPL-2.0-only

//! The targets under libFuzzer: `scripts/fuzz` builds and runs this. SSI_FUZZ_TARGET names the target; where SSI_FUZZ_SEEDS is a folder,
//! its seeds are written there at first.

#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use ssi_fuzz::{Target, named, one};

static TARGET: OnceLock<&Target> = OnceLock::new();

fn target() -> &'static Target {
    let name = std::env::var("SSI_FUZZ_TARGET").unwrap_or_default();
    let target = named(&name).unwrap_or_else(|| panic!("there is no target {name:?}"));
    if let Some(folder) = std::env::var_os("SSI_FUZZ_SEEDS").map(PathBuf::from) {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed)
                .expect("a seed cannot be written");
        }
    }
    target
}

libfuzzer_sys::fuzz_target!(
    init: {
        TARGET.get_or_init(target);
    },
    |bytes: &[u8]| one(TARGET.get_or_init(target), bytes)
);
