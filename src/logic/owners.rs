// SPDX-License-Identifier: GPL-2.0-only

//! Owner of each bucket, as nodes announce it (mode forward, to the owner).
//!
//! Written and read by many CPUs at once, a bucket at a time. While a bucket moves, or a message
//! is lost, its owner is not known, and a request in it goes to all nodes: never to a wrong one.

use core::sync::atomic::{
    AtomicU16,
    Ordering::Relaxed, //
};

use super::{
    announcement::Part,
    owned::owns, //
};

/// A bucket's owner.
#[derive(Debug)]
pub struct Owner(AtomicU16);

/// Nobody claims it.
const NOBODY: u16 = u16::MAX;
/// Several claim it.
const SEVERAL: u16 = u16::MAX - 1;

/// Ranks from here on cannot be owners: requests in their buckets go to all.
pub const RANKS: u32 = 1024;

impl Owner {
    /// Not known yet.
    pub const fn new() -> Self {
        Self(AtomicU16::new(NOBODY))
    }

    /// Its rank, if one node and no other claims the bucket.
    #[inline]
    pub fn rank(&self) -> Option<u32> {
        let rank = u32::from(self.0.load(Relaxed));
        (rank < RANKS).then_some(rank)
    }

    /// Node `rank` announces whether it owns the bucket.
    fn update(&self, rank: u16, owns: bool) {
        let before = self.0.load(Relaxed);
        let after = match (owns, before) {
            (true, NOBODY) => rank,
            (true, other) if other != rank => SEVERAL,
            // Who still owns it will announce it again.
            (false, SEVERAL) => NOBODY,
            (false, other) if other == rank => NOBODY,
            _ => return,
        };
        // Two CPUs may do this at once, and one's update be lost: it comes again within a second.
        self.0.store(after, Relaxed);
    }
}

impl Default for Owner {
    fn default() -> Self {
        Self::new()
    }
}

/// Node `rank` announces which buckets it owns, in a part of them.
pub fn update(owners: &[Owner], rank: u32, part: &Part<'_>) {
    let Ok(rank) = u16::try_from(rank) else {
        return;
    };
    if u32::from(rank) >= RANKS || owners.len() != part.buckets as usize {
        return;
    }
    let theirs = owners.iter().skip(part.first as usize);
    let bits = u32::try_from(part.bits.len()).unwrap_or(u32::MAX);
    for (owner, bit) in theirs.zip(0..bits.saturating_mul(8)) {
        owner.update(rank, owns(part.bits, bit));
    }
}

#[cfg(test)]
#[path = "tests/owners.rs"]
mod tests;
