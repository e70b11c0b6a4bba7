// SPDX-License-Identifier: GPL-2.0-only

//! A node of the cluster as the planner knows it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A node's number in the cluster (its rank). It stays the node's as long as the node is a member.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct NodeId(pub u32);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a member is there for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// It takes buckets.
    Serving,
    /// It takes none and gives all away.
    Draining,
    /// It is alive and cannot serve: what it has is as good as nobody's, and given away at once.
    Unfit,
}

/// A node that is alive. One that died is no member.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Member {
    /// Its number.
    pub id: NodeId,
    /// How much it is to serve, compared with the others' weights. 0 is as good as draining.
    pub weight: u32,
    /// Whether it takes buckets.
    pub state: State,
    /// Load that goes with no bucket of its: of connections that it still serves in buckets that it has given away. In
    /// the unit of [`Situation::load`](crate::Situation::load).
    pub held: u64,
}

impl Member {
    /// A serving member of weight 1.
    pub const fn new(id: NodeId) -> Self {
        Self::weighing(id, 1)
    }

    /// A serving member of another weight.
    pub const fn weighing(id: NodeId, weight: u32) -> Self {
        Self {
            id,
            weight,
            state: State::Serving,
            held: 0,
        }
    }

    /// Whether buckets may be given to it.
    pub const fn takes(&self) -> bool {
        self.weight > 0 && matches!(self.state, State::Serving)
    }
}
