// SPDX-License-Identifier: GPL-2.0-only

//! Nodes that are held out: heard, and not reckoned with for a while, as they came and went. They hear it of those who hold them out.

use std::collections::BTreeMap;

use super::{Output, Peer};
use crate::GroupEvent;
use crate::datagram::wire::Section;

impl Peer {
    /// Announces who is held out, and for how long, where that is new. Where there is no quorum everybody is wanted.
    pub(super) fn look_at_held_out(&mut self, now: u64) {
        let timing = self.setup.timing;
        let nodes = self.setup.electorate.nodes().iter().zip(&self.contacts);
        let nodes = nodes.filter(|_| self.formation.has_quorum());
        let held = nodes.filter_map(|(node, contact)| Some((*node, contact.held_until(&timing)?)));
        let mut held: BTreeMap<u32, u64> = held.collect();
        let me = self.setup.me;
        if let Some(until) = self.held_until(now) {
            // It is heard again and again, and takes its time sometimes.
            let known = self.held_out.get(&me).copied();
            let same = known.filter(|known| known.abs_diff(until) <= timing.beat);
            held.insert(me, same.unwrap_or(until));
        }
        if held == self.held_out {
            return;
        }
        self.held_out = held;
        // They hear it at once.
        self.sent = None;
        let left = self.held_out.iter();
        let left = left.map(|(node, until)| (*node, until.saturating_sub(now)));
        let event = GroupEvent::HeldOut(left.collect());
        self.out.push(Output::Event(event));
    }

    /// Until when this node is held out, by those that go on to say so. Where it has a quorum it does not matter.
    fn held_until(&self, now: u64) -> Option<u64> {
        let patience = self.setup.timing.patience;
        let all = self.held_by.values();
        let all = all.filter(|(heard, until)| heard.saturating_add(patience) > now && *until > now);
        let all = all.filter(|_| !self.formation.has_quorum());
        all.map(|(_, until)| *until).max()
    }

    /// Another node says whom it holds out.
    pub(super) fn heard_held_out(&mut self, now: u64, place: u8, all: &BTreeMap<u32, u32>) {
        match all.get(&self.setup.me) {
            Some(left) => {
                let until = now.saturating_add((*left).into());
                self.held_by.insert(place, (now, until));
            }
            None => drop(self.held_by.remove(&place)),
        }
    }

    /// Whom this node holds out, to go with a heartbeat; none where that is nobody.
    pub(super) fn held_out_section(&self, now: u64) -> Option<Section> {
        let others = self.held_out.iter();
        let others = others.filter(|(node, until)| **node != self.setup.me && **until > now);
        let left = others.map(|(node, until)| {
            let left = u32::try_from(until.saturating_sub(now)).unwrap_or(u32::MAX);
            (*node, left)
        });
        let all: BTreeMap<u32, u32> = left.collect();
        (!all.is_empty()).then_some(Section::HeldOut(all))
    }
}
