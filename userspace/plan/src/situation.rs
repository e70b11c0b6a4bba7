// SPDX-License-Identifier: GPL-2.0-only

//! Input of the planner.

use std::collections::BTreeSet;

use crate::{Assignment, Cause, Error, Intent, Member, NodeId, Plan};

/// What the cluster is like at the moment.
///
/// It holds all that [`plan`](crate::plan()) remembers of what was planned before, so whoever joins
/// needs it whole to plan as the others do. Members may be in any order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Situation {
    /// Who is alive, no number twice.
    pub members: Vec<Member>,
    /// Who owns what.
    pub assignment: Assignment,
    /// Buckets in transition (the owner before still drains): they stay where they are until it
    /// has ended, unless their owner drains as well or is no member any more.
    pub moving: BTreeSet<u32>,
    /// Those of them that have been so for long, as their connections last. They do not keep others from moving.
    pub lingering: BTreeSet<u32>,
    /// Load of each bucket in any unit, the same for all, smoothed; `None` while nothing is known.
    /// More than 2^48 counts as 2^48.
    pub load: Option<Vec<u64>>,
    /// Buckets that levelling leaves alone since it moved them lately.
    pub resting: BTreeSet<u32>,
    /// Buckets whose owner before was lost lately. Clients whose connections were lost with it are told when they speak, by the
    /// owner alone: while a bucket is in transition nobody knows that the other has no such connection. So others go first.
    pub cold: BTreeSet<u32>,
    /// What the plan before left to be done; [`Situation::advance`] keeps it.
    pub intent: Intent,
    /// How far a plan may go.
    pub limits: Limits,
}

impl Situation {
    /// Nothing in transition, no load known, the usual limits.
    pub fn new(members: Vec<Member>, assignment: Assignment) -> Self {
        Self {
            members,
            assignment,
            moving: BTreeSet::new(),
            lingering: BTreeSet::new(),
            load: None,
            resting: BTreeSet::new(),
            cold: BTreeSet::new(),
            intent: Intent::default(),
            limits: Limits::default(),
        }
    }

    /// Takes a plan's table over: its moves are in transition from now on, but for orphans, which
    /// have nobody to drain them.
    pub fn advance(&mut self, plan: &Plan) {
        for moved in &plan.moves {
            self.assignment.give(moved.bucket, moved.to);
            if moved.cause == Cause::Orphan {
                self.moving.remove(&moved.bucket);
            } else {
                self.moving.insert(moved.bucket);
            }
        }
        self.intent = plan.intent.clone();
    }

    /// The member of this number.
    ///
    /// # Errors
    ///
    /// [`Error::NoMember`].
    pub fn member_mut(&mut self, id: NodeId) -> Result<&mut Member, Error> {
        let mut members = self.members.iter_mut();
        members
            .find(|member| member.id == id)
            .ok_or(Error::NoMember(id))
    }
}

/// How far a plan may go.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limits {
    /// So many buckets may be in transition together, but for those that linger. Orphans, and what a node
    /// has that drains, are given away whatever this is; 0 lets nothing but orphans move.
    pub max_moving: u32,
    /// Levelling begins when a node has more than so many percent of the load that its weight
    /// stands for, or as much too little: at 125 that is less than 75 %.
    pub act: u32,
    /// Once begun, levelling goes on to here: percent, at least 100, at most `act`.
    pub stop: u32,
    /// While the whole cluster has no more load than this, none is levelled.
    pub quiet: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_moving: 64,
            act: 125,
            stop: 110,
            quiet: 0,
        }
    }
}
