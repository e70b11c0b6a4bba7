// SPDX-License-Identifier: GPL-2.0-only

//! Orders of this node's operators that are on their way.

use std::collections::BTreeMap;

use ssi_protocol::Time;

use crate::agent::Action;

/// How long an order may take to arrive, in ms.
const PATIENCE: u64 = 5000;

/// Them, by ticket: when each was sent, and to which node.
#[derive(Debug, Default)]
pub struct Orders(BTreeMap<u64, (Time, String)>);

impl Orders {
    /// One more.
    pub fn insert(&mut self, ticket: u64, sent: Time, node: &str) {
        self.0.insert(ticket, (sent, node.to_owned()));
    }

    /// One has arrived; whether it was on its way.
    pub fn remove(&mut self, ticket: u64) -> bool {
        self.0.remove(&ticket).is_some()
    }

    /// Those that take too long are answered so.
    pub fn expire(&mut self, now: Time, out: &mut Vec<Action>) {
        self.0.retain(|ticket, (sent, node)| {
            let late = sent.plus(PATIENCE) <= now;
            if late {
                let sentence = format!("{node} did not answer; see ssictl status");
                out.push(Action::Answer {
                    ticket: *ticket,
                    result: Err(sentence),
                });
            }
            !late
        });
    }
}
