// SPDX-License-Identifier: GPL-2.0-only

//! Leases that this node helped others to.

use std::collections::BTreeMap;

use crate::{NodeId, Time, View};

/// Until when, by this node's clock, each other node may have a lease that rests on this node's
/// echo. They outlive views: that a node left does not end its lease.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Grants {
    /// Leases that this program knows nothing of: those that programs before it helped others to, and those that dead ones had
    /// without its help.
    unknown: Time,
    until: BTreeMap<NodeId, Time>,
}

impl Grants {
    /// Those of a program on a node that may have run before: what was granted then is over at
    /// `until`, whatever the leases were then.
    pub fn after_start(until: Time) -> Self {
        Self {
            unknown: until,
            until: BTreeMap::new(),
        }
    }

    /// A beat of `node` arrived and will be echoed: `until` is when a whole lease of that node's has surely passed.
    /// The beat was sent before it arrived, so a lease that rests on it is over by then. A shorter one ends none
    /// that was granted before.
    pub fn grant(&mut self, node: NodeId, until: Time) {
        let known = self.until.entry(node).or_insert(until);
        *known = until.max(*known);
    }

    /// What only a faulty node does.
    pub fn forget_of(&mut self, node: NodeId) {
        self.until.remove(&node);
    }

    /// Until then there may be leases that this program did not help to.
    pub fn suppose(&mut self, until: Time) {
        self.unknown = self.unknown.max(until);
    }

    /// How many ms from `now` somebody outside of `view` may have a lease.
    pub fn outside(&mut self, view: &View, now: Time) -> u64 {
        self.until.retain(|_, until| now < *until);
        if self.unknown <= now {
            self.unknown = Time(0);
        }
        let outside = self.until.iter().filter(|(node, _)| !view.has(**node));
        outside
            .map(|(_, until)| *until)
            .chain([self.unknown])
            .map(|until| now.until(until))
            .max()
            .unwrap_or(0)
    }

    /// What only a faulty node does.
    pub fn forget(&mut self) {
        self.until.clear();
        self.unknown = Time(0);
    }
}
