// SPDX-License-Identifier: GPL-2.0-only

//! New owners for the buckets of those that died, drain or have weight 0.

use std::cmp::Reverse;

use super::ledger::Ledger;
use super::view::{Bucket, View};
use crate::roster::Holder;
use crate::{Cause, Move};

/// Greatest load first, each to the taker that has least for its weight.
pub fn moves(view: &mut View<'_>) -> Vec<Move> {
    let homeless = view.buckets.iter().copied().filter_map(|b| match b.holder {
        Holder::Taker(_) => None,
        Holder::Leaver => Some((Cause::Leave, Reverse(b.load), b.number)),
        Holder::Nobody => Some((Cause::Orphan, Reverse(b.load), b.number)),
    });
    let mut homeless: Vec<_> = homeless.collect();
    if homeless.is_empty() {
        return Vec::new();
    }
    homeless.sort_unstable();

    // A bucket without load may get some: it counts as a sixteenth of an average one.
    let mean = u128::from(view.mean());
    let price = |load: u64| 16 * u128::from(load) + mean;
    let mut ledger = Ledger::new(
        view,
        |bucket: &Bucket| price(bucket.load),
        |held| 16 * u128::from(held),
    );
    let mut moves = Vec::with_capacity(homeless.len());
    for (cause, Reverse(load), bucket) in homeless {
        let Some(to) = taker(&mut ledger) else {
            break;
        };
        ledger.shift(price(load), None, to);
        moves.extend(view.roster.id(to).map(|id| Move {
            bucket,
            from: view.situation.assignment.owner(bucket),
            to: id,
            cause,
        }));
        view.give(bucket, to);
    }
    moves
}

/// The lowest that may have one more. There is one: together they may have four times as many.
fn taker(ledger: &mut Ledger) -> Option<usize> {
    loop {
        let lowest = ledger.lowest()?;
        if ledger.may_take(&lowest) {
            return Some(lowest.place);
        }
        ledger.is_full(&lowest);
    }
}
