// SPDX-License-Identifier: GPL-2.0-only

//! Evidence: the grants of a view's members to this node.

use std::collections::BTreeMap;

use crate::{NodeId, Time, View};

/// The beats that were received in one view, in both directions.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Evidence {
    /// Stamp of the last beat that this node sent.
    sent: Option<Time>,
    /// The latest of its stamps that each other member echoed.
    echoed: BTreeMap<NodeId, Time>,
    /// The latest stamp of each other member.
    received: BTreeMap<NodeId, Time>,
}

impl Evidence {
    /// A beat leaves now; gives what it echoes.
    pub fn beat(&mut self, now: Time) -> Vec<(NodeId, Time)> {
        self.sent = Some(now);
        self.received
            .iter()
            .map(|(node, at)| (*node, *at))
            .collect()
    }

    /// When the last beat left.
    pub fn sent(&self) -> Option<Time> {
        self.sent
    }

    /// A member's beat arrived.
    pub fn receive(&mut self, node: NodeId, stamp: Time) {
        later(&mut self.received, node, stamp);
    }

    /// A member echoed a beat of this node. What was never sent counts for nothing.
    pub fn echo(&mut self, node: NodeId, stamp: Time) {
        if self.sent.is_some_and(|sent| stamp <= sent) {
            later(&mut self.echoed, node, stamp);
        }
    }

    /// When the latest beat was sent that a quorum of the view has received, this node, `me`, counted in:
    /// then, or later, that quorum was still in the view.
    pub fn granted(&self, view: &View, me: NodeId) -> Option<Time> {
        let sent = self.sent?;
        if !view.is_quorate() {
            return None;
        }
        let echoed = self.echoed.iter().map(|(node, at)| (*at, *node));
        let mut stamps: Vec<(Time, NodeId)> = echoed.chain([(sent, me)]).collect();
        stamps.sort_unstable_by(|a, b| b.cmp(a));
        let mut votes = 0usize;
        let mut all = stamps.into_iter();
        let last = all.find(|(_, node)| {
            votes = votes.saturating_add(view.votes.of(*node));
            votes >= view.quorum
        });
        last.map(|(at, _)| at)
    }
}

fn later(stamps: &mut BTreeMap<NodeId, Time>, node: NodeId, stamp: Time) {
    let known = stamps.entry(node).or_insert(stamp);
    *known = stamp.max(*known);
}
