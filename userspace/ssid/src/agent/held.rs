// SPDX-License-Identifier: GPL-2.0-only

//! What this node has at a moment, for those who are to be notified of it.

use ssi_protocol::{Buckets, Time};

use crate::agent::Agent;

/// It.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// Buckets in which it serves what is new.
    pub owned: &'a Buckets,
    /// Buckets in which it serves the sessions that it has.
    pub draining: &'a Buckets,
    /// Whether it answers ARP.
    pub master: bool,
}

impl Agent {
    /// What this node has now; after its lease it has nothing.
    pub fn held(&self, now: Time) -> Held<'_> {
        let serves = now < self.node.lease_until();
        Held {
            owned: if serves {
                self.node.owned()
            } else {
                &self.nothing
            },
            draining: self.node.draining(),
            master: serves && self.is_master,
        }
    }
}
