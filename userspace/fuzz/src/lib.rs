// SPDX-License-Identifier: GPL-2.0-only

//! Fuzz targets: each reads bytes, gives them to a part of ssi, and panics where that does what it must not. `Documentation/fuzzing.md`
//! says how they are run, and what is found by which.
//!
//! libFuzzer makes the bytes (`src/main.rs`, which `scripts/fuzz` builds); `tests/` replays what is in `corpus/` and `regressions/`.

#![forbid(unsafe_code)]

#[cfg(feature = "daemon")]
pub mod daemon;
pub mod frames;
#[cfg(feature = "daemon")]
#[allow(dead_code, missing_docs)]
mod import;
pub mod input;
pub mod seeds;
mod target;

/// As `import`'s files name it.
#[cfg(feature = "daemon")]
mod value {
    pub use ssi_cluster::value::Mac;
}

pub use target::{Target, one};

/// All of them.
pub fn targets() -> impl Iterator<Item = &'static Target> {
    let all = frames::TARGETS.iter();
    #[cfg(feature = "daemon")]
    let all = all.chain(daemon::TARGETS);
    all
}

/// The target of this name.
pub fn named(name: &str) -> Option<&'static Target> {
    targets().find(|target| target.name == name)
}
