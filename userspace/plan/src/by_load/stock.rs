// SPDX-License-Identifier: GPL-2.0-only

//! The buckets that each taker could give, in order of load.

use std::collections::BTreeSet;

use super::view::{Bucket, View};
use crate::roster::Holder;

/// Of each taker, by load, then in an order that mixes neighbours, then by number.
pub struct Stock(Vec<BTreeSet<(u64, u32, u32)>>);

impl Stock {
    /// The buckets that may move.
    pub fn new(view: &View<'_>, may_move: impl Fn(&Bucket) -> bool) -> Self {
        let mut stock = vec![Vec::new(); view.roster.takers().len()];
        for bucket in view.buckets.iter().filter(|b| !b.stays && may_move(b)) {
            let Holder::Taker(place) = bucket.holder else {
                continue;
            };
            if let Some(held) = stock.get_mut(place) {
                held.push((bucket.load, mixed(bucket.number), bucket.number));
            }
        }
        Self(stock.into_iter().map(BTreeSet::from_iter).collect())
    }

    /// The greatest load of a taker's bucket up to `load`, and the least above: each with the bucket.
    pub fn around(&self, place: usize, load: u64) -> [Option<(u64, u32)>; 2] {
        let Some(held) = self.0.get(place) else {
            return [None; 2];
        };
        let border = (load, u32::MAX, u32::MAX);
        [
            held.range(..=border).next_back(),
            held.range(border..).next(),
        ]
        .map(|found| found.map(|(load, _, number)| (*load, *number)))
    }

    /// Takes a bucket out.
    pub fn take(&mut self, place: usize, load: u64, number: u32) {
        if let Some(held) = self.0.get_mut(place) {
            held.remove(&(load, mixed(number), number));
        }
    }
}

/// Buckets of the same load are to be taken from everywhere: their addresses are neighbours.
fn mixed(number: u32) -> u32 {
    // 2^32 divided by the golden ratio.
    number.wrapping_mul(0x9E37_79B1)
}
