// SPDX-License-Identifier: GPL-2.0-only

//! The protocol against everything that three machines, their clocks and their network may do.

mod fair;
mod faults;
mod machine;
mod model;
mod schedule;
mod shared;
mod simulation;
mod tiny;
mod world;

use model::{Bounds, Left, check};
use ssi_protocol::Timing;
use world::Rules;

pub const SLOW: u64 = 1;
pub const FAST: u64 = 2;

fn rules() -> Rules {
    Rules {
        k: 1,
        timing: Timing::new(2, 0, if env("DRIFT", 0) > 0 { 333 } else { 0 }, 1).unwrap(),
        fault: None,
        kernel_fault: None,
        drains_end: true,
        late: 0,
        keep_all: false,
    }
}

fn env(name: &str, default: u8) -> u8 {
    std::env::var(name).map_or(default, |s| s.parse().unwrap())
}

#[test]
fn first() {
    let began = std::time::Instant::now();
    let outcome = check(Bounds {
        rules: rules(),
        rates: vec![if env("DRIFT", 0) > 0 { [SLOW, FAST, FAST] } else { [SLOW; 3] }],
        script: vec![0b110, 0b011][..env("VIEWS", 1).into()].to_vec(),
        left: Left {
            steps: env("STEPS", 8),
            mishaps: env("MISHAPS", 1),
            ..Left::default()
        },
    });
    println!("{outcome:?} {:?}", began.elapsed());
}
