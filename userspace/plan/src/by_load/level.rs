// SPDX-License-Identifier: GPL-2.0-only

//! Levelling: load moves from members above their share to those below.

use super::ledger::{Account, Ledger};
use super::stock::Stock;
use super::view::View;
use crate::{Cause, Limits, Move};

/// The moves that level the load, the most useful first; none while it is level enough.
pub fn moves(view: &View<'_>) -> Vec<Move> {
    let situation = view.situation;
    let Limits {
        act, stop, quiet, ..
    } = situation.limits;
    let mut ledger = Ledger::new(view, |bucket| bucket.load.into(), u128::from);
    let begin = if situation.intent.levelling {
        stop
    } else {
        act
    };
    if ledger.amounts() <= quiet.into() || !is_uneven(&ledger, begin) {
        return Vec::new();
    }

    let left_alone = [&situation.resting, &situation.cold];
    let mut stock = Stock::new(view, |bucket| {
        left_alone.iter().all(|set| !set.contains(&bucket.number))
    });
    // A bucket of less than a quarter of the average load is not worth its transition.
    let least = view.mean().div_ceil(4);
    let mut moves = Vec::new();
    while is_uneven(&ledger, stop) {
        let (Some(high), Some(low)) = (ledger.highest(), ledger.lowest()) else {
            break;
        };
        if !ledger.may_take(&low) {
            ledger.is_full(&low);
            continue;
        }
        let found = nearest_half(&stock, &high, &low, least).filter(|_| ledger.may_give(&high));
        let Some((load, bucket)) = found else {
            ledger.keeps(&high);
            continue;
        };
        stock.take(high.place, load, bucket);
        ledger.shift(load.into(), Some(high.place), low.place);
        let (from, to) = (view.roster.id(high.place), view.roster.id(low.place));
        moves.extend(to.map(|to| Move {
            bucket,
            from,
            to,
            cause: Cause::Load,
        }));
    }
    moves
}

/// Whether one that could give has more, or one that could take less, than the border allows.
fn is_uneven(ledger: &Ledger, percent: u32) -> bool {
    let above = |high| ledger.is_above(&high, percent);
    let below = |low| ledger.is_below(&low, percent);
    ledger.highest().is_some_and(above) || ledger.lowest().is_some_and(below)
}

/// The bucket that brings the two nearest to each other: its load is nearest to what would make them
/// level. `None` if it would exchange their places or nearly so, or is below `least`.
///
/// So each move lowers the higher of the two, and the sum over all nodes of load² / weight: the
/// levelling of a constant load comes to an end.
fn nearest_half(stock: &Stock, high: &Account, low: &Account, least: u64) -> Option<(u64, u32)> {
    let (high_weight, low_weight) = (u128::from(high.weight), u128::from(low.weight));
    let gap = (high.amount * low_weight).checked_sub(low.amount * high_weight)?;
    let half = gap.checked_div(high_weight + low_weight)?;
    // At twice this past the half the low one would be where the high one was, or they would have
    // changed places.
    let past = (half * high_weight.min(low_weight)).checked_div(2 * high_weight)?;
    let [half, most] = [half, half + past].map(|load| u64::try_from(load).unwrap_or(u64::MAX));
    stock
        .around(high.place, half)
        .into_iter()
        .flatten()
        .filter(|(load, _)| *load >= least && *load <= most)
        .min_by_key(|(load, _)| load.abs_diff(half))
}
