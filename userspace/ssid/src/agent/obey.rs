// SPDX-License-Identifier: GPL-2.0-only

//! Orders of operators to nodes, given here and obeyed here.

use ssi_protocol::{NodeId, Time};
use ssid_api::Wish;

use crate::agent::{Action, Agent};
use crate::log_kind::LogKind;
use crate::packet::Packet;

impl Agent {
    /// An operator of this node wants something of any node.
    pub(super) fn order(&mut self, now: Time, ticket: u64, name: &str, wish: Wish) {
        match self.destination(name, wish) {
            Ok(to) => {
                self.orders.insert(ticket, now, name);
                self.send(&Packet::Order { ticket, to, wish });
            }
            Err(sentence) => self.out.push(Action::Answer {
                ticket,
                result: Err(sentence),
            }),
        }
    }

    fn destination(&self, name: &str, wish: Wish) -> Result<NodeId, String> {
        let Some(peer) = self.settings.named(name) else {
            let names: Vec<&str> = self
                .settings
                .nodes
                .iter()
                .map(|p| p.name.as_str())
                .collect();
            return Err(format!(
                "{name}: no such node; there are {}",
                names.join(", ")
            ));
        };
        if peer.weight == 0 {
            return Err(format!(
                "{name} is a witness: it serves nothing; give it a weight in the cluster file first"
            ));
        }
        if matches!(wish, Wish::Weight(Some(0))) {
            return Err(
                "weight 0: give 1 to 10000; to let a node serve nothing: ssictl drain".into(),
            );
        }
        match self.node.view() {
            None => Err("this node is in no view at the moment; see ssictl status".into()),
            Some(view) if !view.has(peer.id) => Err(format!(
                "{name} is not in the cluster at the moment; see ssictl status"
            )),
            Some(_) => Ok(peer.id),
        }
    }

    /// An order arrived, for this node perhaps.
    pub(super) fn obey(&mut self, now: Time, ticket: u64, to: NodeId, wish: Wish) {
        if to != self.settings.me {
            return;
        }
        self.send(&Packet::Ack(ticket));
        if let Some(text) = self.share.wish(now, wish) {
            self.out.push(Action::Keep(self.share.wishes().clone()));
            self.notice(LogKind::Wish, Some(to), text);
            self.send_facts(now);
        }
    }

    /// It has arrived.
    pub(super) fn acknowledged(&mut self, ticket: u64) {
        if self.orders.remove(ticket) {
            self.out.push(Action::Answer {
                ticket,
                result: Ok(()),
            });
        }
    }
}
