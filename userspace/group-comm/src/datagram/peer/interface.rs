// SPDX-License-Identifier: GPL-2.0-only

//! The clients' interface: whether this node is cut off there.

use super::{Output, Peer};

impl Peer {
    /// Whether others hear this node on the clients' interface, and it does not hear them.
    pub fn is_deaf(&self) -> bool {
        self.reachability.is_deaf()
    }

    /// Whether this node is cut off on the clients' interface.
    pub fn is_cut_off(&self) -> bool {
        self.reachability.is_cut_off()
    }

    pub(super) fn look_at_interface(&mut self, now: u64) {
        let members = self.formation.members().iter().map(|member| member.place);
        // Others do not hear who is silent, and nothing follows from that.
        let members = members.filter(|_| !self.is_silent).collect();
        let news = self.reachability.look(now, members);
        self.out.extend(news.map(Output::CutOff));
    }
}
