// SPDX-License-Identifier: GPL-2.0-only

//! What follows where a node is held out: people and the other nodes get to know it.

use std::collections::BTreeMap;

use ssi_protocol::{NodeId, Time};

use crate::agent::Agent;
use crate::agent::facts::STALE;
use crate::log_kind::LogKind;

impl Agent {
    /// The engine holds these nodes out for so long, and no others; or others hold out this one. The others get to know.
    pub(super) fn hold_out(&mut self, now: Time, all: &BTreeMap<u32, u64>) {
        for (node, left) in self.held_out.set(now, all) {
            let text = format!("held out for {} s: it came and went", left.div_ceil(1000));
            self.notice(LogKind::HeldOut, Some(node), text);
        }
        self.send_facts(now);
    }

    /// For how many ms a node is held out still, by this node or by another one of the view: whoever holds it out longest.
    pub(super) fn held_out_for(&self, id: NodeId, now: Time) -> Option<u64> {
        let own = self.held_out.until(id);
        let fresh = self
            .facts
            .iter()
            .filter(|(from, (at, _))| self.is_member(**from) && now < at.plus(STALE));
        let others =
            fresh.filter_map(|(_, (at, facts))| Some(at.plus(*facts.held_out.get(&id.0)?)));
        let until = own.into_iter().chain(others).max();
        until.map(|until| now.until(until)).filter(|left| *left > 0)
    }

    /// Who is in the view and held out all the same, in sentences: it is alone, this node most often, or with others that are. Where there
    /// is a quorum nobody of it is.
    pub(super) fn held_out_trouble(&self, now: Time) -> Vec<String> {
        let me = self.settings.me;
        let here = self.settings.nodes.iter().filter(|peer| {
            let is_alone = self.node.view().is_none() && peer.id == me;
            is_alone || self.is_member(peer.id) && !self.is_quorate()
        });
        let held = here.filter_map(|peer| Some((peer, self.held_out_for(peer.id, now)?)));
        held.map(|(peer, left)| {
            let who = match peer.id == me {
                true => "this node".to_owned(),
                false => peer.name.clone(),
            };
            let left = left.div_ceil(1000);
            format!("the others hold {who} out for another {left} s: it came and went")
        })
        .collect()
    }
}
