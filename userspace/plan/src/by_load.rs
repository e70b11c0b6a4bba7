// SPDX-License-Identifier: GPL-2.0-only

//! The goal once load is known: each node has its weight's share of the load, within a corridor
//! around its share of the buckets.

mod fill;
mod ledger;
mod level;
mod place;
mod stock;

use std::collections::BTreeSet;

use crate::roster::{Holder, Roster};
use crate::{Move, NodeId, Situation};

/// More than this counts as this, so that sums and products stay within 128 bits.
const LOAD_MAX: u64 = 1 << 48;

/// All moves to the goal, in the order in which they are to be made, and the members that are still
/// short of their share after them.
pub fn moves(
    situation: &Situation,
    roster: &Roster,
    load: &[u64],
) -> (Vec<Move>, BTreeSet<NodeId>) {
    let mut view = View::new(situation, roster, load);
    let mut moves = place::moves(&mut view);
    let (filled, short) = fill::moves(&mut view);
    moves.extend(filled);
    // A change of members moves what it must and no more; whether load is to be levelled after it
    // is asked when it is done.
    if moves.is_empty() {
        moves = level::moves(&view);
    }
    (moves, short)
}

/// A situation with load, as far as the goal is made.
struct View<'a> {
    situation: &'a Situation,
    roster: &'a Roster,
    buckets: Vec<Bucket>,
}

/// A bucket with its load.
#[derive(Clone, Copy)]
struct Bucket {
    number: u32,
    load: u64,
    holder: Holder,
    /// It is in transition, or has been moved in making the goal.
    stays: bool,
}

impl<'a> View<'a> {
    fn new(situation: &'a Situation, roster: &'a Roster, load: &[u64]) -> Self {
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
    fn k(&self) -> u32 {
        self.situation.assignment.buckets()
    }

    /// The load of an average bucket, at least 1.
    fn mean(&self) -> u64 {
        let sum: u128 = self.buckets.iter().map(|b| u128::from(b.load)).sum();
        let mean = sum.checked_div(u128::from(self.k())).unwrap_or(0);
        u64::try_from(mean).unwrap_or(LOAD_MAX).max(1)
    }

    /// Notes that a bucket goes to a taker.
    fn give(&mut self, number: u32, to: usize) {
        let place = usize::try_from(number).ok();
        if let Some(bucket) = place.and_then(|place| self.buckets.get_mut(place)) {
            bucket.holder = Holder::Taker(to);
            bucket.stays = true;
        }
    }
}
