// SPDX-License-Identifier: GPL-2.0-only

//! A target, and an execution of it.

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
