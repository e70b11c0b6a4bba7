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

/// As `import`'s files name it.
#[cfg(feature = "daemon")]
mod value {
    pub use ssi_cluster::value::Mac;
}

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
