// SPDX-License-Identifier: GPL-2.0-only

//! Fuzz targets: each reads bytes, gives them to a part of ssi, and panics where that does what it must not. `Documentation/fuzzing.md`
//! says how they are run, and what is found by which.
//!
//! libFuzzer makes the bytes (`src/main.rs`, which `scripts/fuzz` builds); `tests/` replays what is in `corpus/` and `regressions/`.

#![forbid(unsafe_code)]

pub mod frames;
pub mod input;
pub mod seeds;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// So much memory may each byte of an input take, in bytes.
const A_BYTE: usize = 256;

/// A target.
pub struct Target {
    /// Its name, that of its folders too.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Bytes of the longest input.
    pub longest: usize,
    /// So many executions belong to the tests: a fraction of a second.
    pub in_tests: usize,
    /// So many bytes of memory may it take at a time, besides what its input makes of it.
    pub memory: usize,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "receive",
        run: frames::receive::run,
        seeds: seeds::frames::receive,
        longest: 400,
        in_tests: 5000,
        memory: 64 << 10,
    },
    Target {
        name: "send",
        run: frames::send::run,
        seeds: seeds::frames::send,
        longest: 300,
        in_tests: 5000,
        memory: 64 << 10,
    },
    Target {
        name: "fast",
        run: frames::fast::run,
        seeds: seeds::frames::fast,
        longest: 160,
        in_tests: 5000,
        memory: 64 << 10,
    },
    Target {
        name: "reset",
        run: frames::reset::run,
        seeds: seeds::frames::reset,
        longest: 300,
        in_tests: 5000,
        memory: 64 << 10,
    },
    Target {
        name: "announcement",
        run: frames::announcement::run,
        seeds: seeds::frames::announcement,
        longest: 4096,
        in_tests: 5000,
        memory: 256 << 10,
    },
];

/// The target of this name.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// An execution, and what it takes of memory. Nothing else may run beside it.
pub fn one(target: &Target, bytes: &[u8]) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    (target.run)(bytes);
    let taken = MEMORY.peak_usage().saturating_sub(before);
    let may = target.memory + A_BYTE * bytes.len();
    assert!(
        taken <= may,
        "{taken} bytes of memory for {} of input",
        bytes.len()
    );
}
