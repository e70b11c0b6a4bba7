// SPDX-License-Identifier: GPL-2.0-only

//! The goal once load is known: each node has its weight's share of the load, within a corridor
//! around its share of the buckets.

mod fill;
mod ledger;
mod level;
mod place;
mod stock;
mod view;

use std::collections::BTreeSet;

use crate::roster::Roster;
use crate::{Move, NodeId, Situation};

use view::View;

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
