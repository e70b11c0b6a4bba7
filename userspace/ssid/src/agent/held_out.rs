// SPDX-License-Identifier: GPL-2.0-only

//! Nodes that came and went, and are held out for a while though they are heard: until when, for people.

use std::collections::{BTreeMap, BTreeSet};

use ssi_protocol::{NodeId, Time};

/// Those that this node's engine holds out.
#[derive(Debug, Default)]
pub struct HeldOut {
    pub(super) until: BTreeMap<NodeId, Time>,
    /// Who has not been in the group since people were notified.
    pub(super) noticed: BTreeSet<NodeId>,
}

impl HeldOut {
    /// All there are, each with for how long, as it is sent to the others.
    pub fn left(&self, now: Time) -> BTreeMap<u32, u64> {
        let all = self.until.iter();
        let all = all.map(|(id, until)| (id.0, now.until(*until)));
        all.filter(|(_, left)| *left > 0).collect()
    }

    /// These are in the group: when they are held out the next time, that is news.
    pub fn are_in(&mut self, members: &[u32]) {
        self.noticed.retain(|id| !members.contains(&id.0));
    }
}
