// SPDX-License-Identifier: GPL-2.0-only

//! Nodes that came and went, and are held out for a while though they are heard, this one by the others: until when, for people.

use std::collections::{BTreeMap, BTreeSet};

use ssi_protocol::{NodeId, Time};

/// Those that this node's engine holds out, or this node, if the others' do.
#[derive(Debug, Default)]
pub struct HeldOut {
    until: BTreeMap<NodeId, Time>,
    /// Who has not been in a group that counts since people were notified.
    noticed: BTreeSet<NodeId>,
}

impl HeldOut {
    /// These are held out for so many ms, and no others. Those that people do not know of yet.
    pub fn set(&mut self, now: Time, all: &BTreeMap<u32, u64>) -> Vec<(NodeId, u64)> {
        let all = || all.iter().map(|(node, left)| (NodeId(*node), *left));
        self.until = all().map(|(node, left)| (node, now.plus(left))).collect();
        all()
            .filter(|(node, _)| self.noticed.insert(*node))
            .collect()
    }

    /// Until when this one is.
    pub fn until(&self, node: NodeId) -> Option<Time> {
        self.until.get(&node).copied()
    }

    /// All there are, each with for how long, as it is sent to the others.
    pub fn left(&self, now: Time) -> BTreeMap<u32, u64> {
        let all = self.until.iter();
        let all = all.map(|(id, until)| (id.0, now.until(*until)));
        all.filter(|(_, left)| *left > 0).collect()
    }

    /// These are in a group that counts: when they are held out the next time, that is news.
    pub fn are_in(&mut self, members: &[u32]) {
        self.noticed.retain(|id| !members.contains(&id.0));
    }
}
