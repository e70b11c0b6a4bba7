// SPDX-License-Identifier: GPL-2.0-only

//! The goal while no load is known: each node has its weight's share of the buckets.

use crate::quota::targets;
use crate::roster::{Holder, Roster};
use crate::spread::{deal, sample};
use crate::{Cause, Move, Situation};

/// All moves to the goal, in the order in which they are to be made.
pub fn moves(situation: &Situation, roster: &Roster) -> Vec<Move> {
    let takers = roster.takers().len();
    let mut held: Vec<Vec<u32>> = vec![Vec::new(); takers];
    let (mut orphans, mut left) = (Vec::new(), Vec::new());
    for (bucket, owner) in (0u32..).zip(situation.assignment.owners()) {
        match roster.holder(*owner) {
            Holder::Taker(place) => {
                if let Some(held) = held.get_mut(place) {
                    held.push(bucket);
                }
            }
            Holder::Leaver => left.push(bucket),
            Holder::Nobody => orphans.push(bucket),
        }
    }

    let k = situation.assignment.buckets();
    let counts: Vec<u32> = held
        .iter()
        .map(|held| u32::try_from(held.len()).unwrap_or(k))
        .collect();
    let targets = targets(k, &roster.weights(), &counts);
    let mut surplus = Vec::new();
    let mut needs = Vec::with_capacity(takers);
    for ((held, count), target) in held.iter().zip(counts).zip(targets) {
        needs.push(target.saturating_sub(count));
        surplus.extend(chosen(situation, held, count.saturating_sub(target)));
    }
    surplus.sort_unstable();

    let causes = [
        (orphans, Cause::Orphan),
        (left, Cause::Leave),
        (surplus, Cause::Weight),
    ];
    causes
        .into_iter()
        .flat_map(|(buckets, cause)| buckets.into_iter().map(move |bucket| (bucket, cause)))
        .zip(deal(&needs))
        .filter_map(|((bucket, cause), place)| {
            Some(Move {
                bucket,
                from: situation.assignment.owner(bucket),
                to: roster.id(place)?,
                cause,
            })
        })
        .collect()
}

/// Which buckets a node gives: evenly spaced ones, then those that are cold, those in transition last.
fn chosen(situation: &Situation, held: &[u32], count: u32) -> Vec<u32> {
    let count = usize::try_from(count).unwrap_or(held.len());
    let (moving, free): (Vec<u32>, Vec<u32>) = held
        .iter()
        .partition(|bucket| situation.moving.contains(bucket));
    let (cold, free): (Vec<u32>, Vec<u32>) = free
        .iter()
        .partition(|bucket| situation.cold.contains(bucket));
    let mut chosen = sample(&free, count.min(free.len()));
    chosen.extend(sample(&cold, (count - chosen.len()).min(cold.len())));
    chosen.extend(moving.iter().take(count - chosen.len()));
    chosen
}
