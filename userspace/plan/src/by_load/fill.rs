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
/// in transition.
pub fn moves(view: &mut View<'_>) -> (Vec<Move>, BTreeSet<NodeId>) {
    let mut ledger = Ledger::new(view, |bucket| bucket.load.into(), u128::from);
    let needs: Vec<u32> = ledger
        .accounts()
        .iter()
        .map(|account| need(view, &ledger, account))
        .collect();
    if needs.iter().all(|need| *need == 0) {
        return (Vec::new(), BTreeSet::new());
    }
    for (account, need) in ledger.accounts().to_vec().iter().zip(&needs) {
        if *need > 0 {
            ledger.keeps(account);
        }
    }

    let cold = &view.situation.cold;
    let mut stocks = [false, true]
        .map(|is_cold| Stock::new(view, |bucket| cold.contains(&bucket.number) == is_cold));
    let mut moves = Vec::new();
    let mut short = BTreeSet::new();
    for to in deal(&needs) {
        let Some(id) = view.roster.id(to) else {
            continue;
        };
        let Some((from, load, bucket)) = found(&mut ledger, &stocks, to) else {
            short.insert(id);
            continue;
        };
        for stock in &mut stocks {
            stock.take(from, load, bucket);
        }
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

/// From the highest, the bucket whose load is nearest to what the taker lacks for each bucket it lacks; of the first stock in which
/// it has any.
fn found(ledger: &mut Ledger, stocks: &[Stock], to: usize) -> Option<(usize, u64, u32)> {
    let taker = ledger.account(to)?;
    let lacks = ledger.fair(&taker).saturating_sub(taker.amount);
    let buckets = ledger.quota(&taker).saturating_sub(taker.count).max(1);
    let each = u64::try_from(lacks / u128::from(buckets)).unwrap_or(u64::MAX);
    loop {
        let giver = ledger.highest()?;
        let nearest = stocks.iter().find_map(|stock| {
            let around = stock.around(giver.place, each).into_iter().flatten();
            around.min_by_key(|(load, _)| load.abs_diff(each))
        });
        match nearest {
            Some((load, bucket)) if ledger.may_give(&giver) => {
                return Some((giver.place, load, bucket));
            }
            _ => ledger.keeps(&giver),
        }
    }
}
