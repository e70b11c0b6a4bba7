// SPDX-License-Identifier: GPL-2.0-only

//! This node as the others see it.

use ssi_protocol::Time;

use crate::agent::Agent;
use crate::agent::facts::{Facts, STALE};
use crate::packet::Packet;

/// How often a node sends at the least, in ms, whether anything is new or not.
const OFTEN: u64 = 900;

impl Agent {
    /// Sends the others how this node is, if it is another or was long ago.
    pub(super) fn send_facts(&mut self, now: Time) {
        let facts = self.own_facts(now);
        let old = self.sent_facts.as_ref();
        if old.is_some_and(|(at, old)| *old == facts && now < at.plus(OFTEN)) {
            return;
        }
        self.send(&Packet::Facts(facts.clone()));
        self.sent_facts = Some((now, facts));
    }

    /// The least stall of the other nodes that take buckets: what all bear is no reason to take less than they do.
    pub(super) fn least_stall(&self, now: Time) -> u32 {
        let Some(knowledge) = self.node.knowledge() else {
            return 0;
        };
        let fresh = self.facts.iter().filter(|(id, (at, _))| {
            let takes = knowledge
                .admin_state(**id)
                .is_some_and(|admin_state| admin_state.weight > 0 && !admin_state.draining);
            takes && **id != self.settings.me && now < at.plus(STALE)
        });
        let stalls = fresh.map(|(_, (_, facts))| facts.stall);
        stalls.min().unwrap_or(0)
    }

    fn own_facts(&self, now: Time) -> Facts {
        let sample = &self.sample;
        Facts {
            packets: sample.packets,
            bytes: sample.bytes,
            connections: sample.connections,
            cpu: sample.cpu,
            pressure: sample.pressure,
            stall: sample.stall,
            full_weight: self.share.full_weight(),
            state: self.own_state().into(),
            checks: self.share.checks(),
            version: env!("CARGO_PKG_VERSION").into(),
            trouble: self.own_trouble(now),
            held_out: self.held_out.left(now),
        }
    }

    /// What is wrong with this node, for people.
    pub(super) fn own_trouble(&self, now: Time) -> Vec<String> {
        let mut all: Vec<String> = self.kernel_trouble.iter().cloned().collect();
        if self.present {
            all.extend(self.share.needs.trouble(now));
            all.extend(self.all_misnamed());
        }
        all.extend(self.disagreement.iter().cloned());
        all.extend(self.remarks.iter().cloned());
        all
    }

    fn own_state(&self) -> &'static str {
        if self.settings.is_witness() {
            "witness"
        } else if !self.present {
            "left"
        } else if self.share.is_leaving() {
            "leaving"
        } else if self.node.admin_state().draining {
            "draining"
        } else {
            "serving"
        }
    }
}
