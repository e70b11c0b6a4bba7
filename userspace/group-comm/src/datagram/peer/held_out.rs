// SPDX-License-Identifier: GPL-2.0-only

//! Nodes that are held out: heard, and not reckoned with for a while, as they came and went.

use super::{Output, Peer};
use crate::GroupEvent;

impl Peer {
    /// Announces who is held out, and for how long, where that is new. Where there is no quorum everybody is wanted.
    pub(super) fn look_at_held_out(&mut self, now: u64) {
        let timing = self.setup.timing;
        let nodes = self.setup.electorate.nodes().iter().zip(&self.contacts);
        let nodes = nodes.filter(|_| self.formation.has_quorum());
        let held = nodes.filter_map(|(node, contact)| Some((*node, contact.held_until(&timing)?)));
        let held = held.collect();
        if held == self.held_out {
            return;
        }
        self.held_out = held;
        let left = self.held_out.iter();
        let left = left.map(|(node, until)| (*node, until.saturating_sub(now)));
        let event = GroupEvent::HeldOut(left.collect());
        self.out.push(Output::Event(event));
    }
}
