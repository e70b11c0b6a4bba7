// SPDX-License-Identifier: GPL-2.0-only

//! View of a situation with load, as far as the goal is made.

use crate::Situation;
use crate::roster::{Holder, Roster};

/// More than this counts as this, so that sums and products stay within 128 bits.
pub const LOAD_MAX: u64 = 1 << 48;

/// A situation with load, as far as the goal is made.
pub struct View<'a> {
    pub situation: &'a Situation,
    pub roster: &'a Roster,
    pub buckets: Vec<Bucket>,
}

/// A bucket with its load.
#[derive(Clone, Copy)]
pub struct Bucket {
    pub number: u32,
    pub load: u64,
    pub holder: Holder,
    /// It is in transition, or has been moved in making the goal.
    pub stays: bool,
}

impl<'a> View<'a> {
    pub fn new(situation: &'a Situation, roster: &'a Roster, load: &[u64]) -> Self {
        let owners = situation.assignment.owners().iter();
        let buckets = (0u32..)
            .zip(owners.zip(load))
            .map(|(number, (owner, load))| Bucket {
                number,
                load: (*load).min(LOAD_MAX),
                holder: roster.holder(*owner),
                stays: situation.moving.contains(&number),
            });
        Self {
            situation,
            roster,
            buckets: buckets.collect(),
        }
    }

    /// Number of buckets.
    pub fn k(&self) -> u32 {
        self.situation.assignment.buckets()
    }

    /// The load of an average bucket, at least 1.
    pub fn mean(&self) -> u64 {
        let sum: u128 = self.buckets.iter().map(|b| u128::from(b.load)).sum();
        let mean = sum.checked_div(u128::from(self.k())).unwrap_or(0);
        u64::try_from(mean).unwrap_or(LOAD_MAX).max(1)
    }

    /// Notes that a bucket goes to a taker.
    pub fn give(&mut self, number: u32, to: usize) {
        let place = usize::try_from(number).ok();
        if let Some(bucket) = place.and_then(|place| self.buckets.get_mut(place)) {
            bucket.holder = Holder::Taker(to);
            bucket.stays = true;
        }
    }
}
