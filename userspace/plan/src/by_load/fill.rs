// SPDX-License-Identifier: GPL-2.0-only

//! Filling: members that have hardly anything for their weight, as after a join, get their share of the buckets.

use std::collections::BTreeSet;

use super::ledger::{Account, Ledger};
use super::stock::Stock;
use super::view::View;
use crate::spread::deal;
use crate::{Cause, Move, NodeId};

/// Moves to these members alone, as many as their share of the buckets, of such loads that they come
/// to their share of the load as well; and who is short of it all the same, for others' buckets being
/// in transition or cold. Cold ones go to who has not half of its share without them, up to that half.
pub fn moves(view: &mut View<'_>) -> (Vec<Move>, BTreeSet<NodeId>) {
    let ledger = ledger(view);
    let needs: Vec<u32> = ledger
        .accounts()
        .iter()
        .map(|account| need(view, &ledger, account))
        .collect();
    if needs.iter().all(|need| *need == 0) {
        return (Vec::new(), BTreeSet::new());
    }
    let is_filled: Vec<bool> = needs.iter().map(|need| *need > 0).collect();
    let (mut moves, short) = fill(view, &needs, &is_filled, false);

    let ledger = self::ledger(view);
    let accounts = ledger.accounts().iter().zip(&is_filled);
    let halves: Vec<u32> = accounts
        .map(|(account, is_filled)| match is_filled {
            true => (ledger.quota(account) / 2).saturating_sub(account.count),
            false => 0,
        })
        .collect();
    moves.extend(fill(view, &halves, &is_filled, true).0);
    (moves, short)
}

fn ledger(view: &View<'_>) -> Ledger {
    Ledger::new(view, |bucket| bucket.load.into(), u128::from)
}

/// Moves so many buckets to each, all of them cold or none; who is filled gives none. And who gets less.
fn fill(
    view: &mut View<'_>,
    needs: &[u32],
    is_filled: &[bool],
    are_cold: bool,
) -> (Vec<Move>, BTreeSet<NodeId>) {
    let mut ledger = ledger(view);
    for (account, is_filled) in ledger.accounts().to_vec().iter().zip(is_filled) {
        if *is_filled {
            ledger.keeps(account);
        }
    }
    let cold = &view.situation.cold;
    let mut stock = Stock::new(view, |bucket| cold.contains(&bucket.number) == are_cold);
    let (mut moves, mut short) = (Vec::new(), BTreeSet::new());
    for to in deal(needs) {
        let Some(id) = view.roster.id(to) else {
            continue;
        };
        let Some((from, load, bucket)) = found(&mut ledger, &stock, to) else {
            short.insert(id);
            continue;
        };
        stock.take(from, load, bucket);
        ledger.shift(load.into(), Some(from), to);
        view.give(bucket, to);
        moves.push(Move {
            bucket,
            from: view.roster.id(from),
            to: id,
            cause: Cause::Weight,
        });
    }
    (moves, short)
}

/// How many buckets a member gets: what it lacks, if it has none or less than an eighth of its share
/// and less than half of its share of the load; or if it was being filled before.
///
/// Levelling leaves a quarter, of which an eighth of the new share is left if one of two equals goes:
/// so neither makes this necessary.
fn need(view: &View<'_>, ledger: &Ledger, account: &Account) -> u32 {
    let quota = ledger.quota(account);
    let filling = view
        .roster
        .id(account.place)
        .is_some_and(|id| view.situation.intent.filling.contains(&id));
    let has_few = account.count == 0 || account.count < quota / 8;
    if filling || (has_few && !ledger.is_above(account, 50)) {
        quota.saturating_sub(account.count)
    } else {
        0
    }
}

/// From the highest, the bucket whose load is nearest to what the taker lacks for each bucket it lacks.
fn found(ledger: &mut Ledger, stock: &Stock, to: usize) -> Option<(usize, u64, u32)> {
    let taker = ledger.account(to)?;
    let lacks = ledger.fair(&taker).saturating_sub(taker.amount);
    let buckets = ledger.quota(&taker).saturating_sub(taker.count).max(1);
    let each = u64::try_from(lacks / u128::from(buckets)).unwrap_or(u64::MAX);
    loop {
        let giver = ledger.highest()?;
        let around = stock.around(giver.place, each).into_iter().flatten();
        let nearest = around.min_by_key(|(load, _)| load.abs_diff(each));
        match nearest {
            Some((load, bucket)) if ledger.may_give(&giver) => {
                return Some((giver.place, load, bucket));
            }
            _ => ledger.keeps(&giver),
        }
    }
}
