// SPDX-License-Identifier: GPL-2.0-only

//! Planner: decides where buckets are to be, which the protocol does not.

use std::fmt::Debug;
use std::hash::Hash;

use crate::{AdminState, Buckets, NodeId};

/// Decides where buckets should be. All nodes ask it the same questions in the same order, so they get
/// the same answers; and if they did not, a bucket would wander, never be in two places.
pub trait Planner: Clone + Debug + PartialEq + Eq + Hash {
    /// What nodes report to each other of their load.
    type Load: Clone + Debug + PartialEq + Eq + Hash + Default;
    /// What the planner remembers from one question to the next.
    type Memory: Clone + Debug + PartialEq + Eq + Hash + Default;

    /// For each bucket the member that should have it; `None` leaves it where it is, and one that
    /// nobody has without owner. Who is no member is taken for `None`.
    fn plan(
        &self,
        situation: &Situation<'_, Self::Load>,
        memory: &mut Self::Memory,
    ) -> Vec<Option<NodeId>>;
}

/// The input of a planner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Situation<'a, L> {
    /// Number of buckets.
    pub k: u32,
    /// Members of the view, in order of numbers.
    pub members: Vec<(NodeId, AdminState, &'a L)>,
    /// For each bucket the member that has it or was given it last; `None` for one whose owner is
    /// gone.
    pub holders: &'a [Option<NodeId>],
    /// For each bucket where the last plan of this view wanted it.
    pub targets: &'a [Option<NodeId>],
    /// Buckets in transition: not yet taken by whom they were given to, or still drained by whom
    /// they were taken from.
    pub moving: Buckets,
    /// Whether each member has reported its load once more since this was so the last time.
    pub round: bool,
}
