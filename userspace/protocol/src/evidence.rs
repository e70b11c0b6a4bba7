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

    /// When the latest beat was sent that a quorum of the view has received, this node counted in:
    /// then, or later, that quorum was still in the view.
    pub fn granted(&self, view: &View) -> Option<Time> {
        let sent = self.sent?;
        if !view.is_quorate() {
            return None;
        }
        let mut stamps: Vec<Time> = self.echoed.values().copied().collect();
        stamps.push(sent);
        stamps.sort_unstable_by(|a, b| b.cmp(a));
        stamps.get(view.quorum.checked_sub(1)?).copied()
    }
}

fn later(stamps: &mut BTreeMap<NodeId, Time>, node: NodeId, stamp: Time) {
    let known = stamps.entry(node).or_insert(stamp);
    *known = stamp.max(*known);
}
