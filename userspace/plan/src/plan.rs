// SPDX-License-Identifier: GPL-2.0-only

//! A plan: the next table and the moves to it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Assignment, NodeId};

/// What is to be done now, and what is left for later.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Plan {
    /// The table after `moves`: each bucket has one owner that is a member.
    pub assignment: Assignment,
    /// What changes now, no bucket twice, in order of importance.
    pub moves: Vec<Move>,
    /// What the goal needs besides, and waits: for buckets in transition to be fewer than
    /// [`Limits::max_moving`](crate::Limits::max_moving), or for its own bucket's to end. The next
    /// plan may choose otherwise.
    pub waiting: Vec<Move>,
    /// What the next plan is to go on with.
    pub intent: Intent,
}

impl Plan {
    /// Whether the goal is reached: nothing moves and nothing waits.
    pub fn is_settled(&self) -> bool {
        self.moves.is_empty() && self.waiting.is_empty() && self.intent == Intent::default()
    }
}

/// A bucket changes its owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Move {
    /// Which.
    pub bucket: u32,
    /// The owner before, dead or alive.
    pub from: Option<NodeId>,
    /// The owner after, another.
    pub to: NodeId,
    /// Why.
    pub cause: Cause,
}

/// Why a bucket moves. The less goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// It has no owner that is alive: moved at once, taken cold.
    Orphan,
    /// Its owner drains or has weight 0.
    Leave,
    /// The new owner has fewer buckets than its weight stands for: it joined, or weights changed.
    Weight,
    /// Its owner has more load than its weight stands for.
    Load,
}

/// What a plan began and could not finish for [`Limits::max_moving`](crate::Limits::max_moving): without it the next plan would
/// find the cluster good enough half way.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Intent {
    /// Members that are being given their share.
    pub filling: BTreeSet<NodeId>,
    /// Load is being levelled.
    pub levelling: bool,
}
