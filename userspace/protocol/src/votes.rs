// SPDX-License-Identifier: GPL-2.0-only

//! Votes: how much each node counts for a quorum.

use std::collections::BTreeMap;

use crate::NodeId;

/// Votes of nodes: one each, but for those that have others.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Votes(BTreeMap<NodeId, usize>);

impl Votes {
    /// Those of a node.
    pub fn of(&self, node: NodeId) -> usize {
        self.0.get(&node).copied().unwrap_or(1)
    }

    /// Those of some nodes together.
    pub fn sum(&self, nodes: &[NodeId]) -> usize {
        let all = nodes.iter().map(|node| self.of(*node));
        all.fold(0, usize::saturating_add)
    }
}

impl FromIterator<(NodeId, usize)> for Votes {
    fn from_iter<I: IntoIterator<Item = (NodeId, usize)>>(all: I) -> Self {
        // What is the same is to be equal.
        Self(all.into_iter().filter(|(_, votes)| *votes != 1).collect())
    }
}
