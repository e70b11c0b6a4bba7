// SPDX-License-Identifier: GPL-2.0-only

//! The clients' interface, as far as a carrier has more to do there than on other networks.

use super::Carrier;
use crate::datagram::network::Network;
use crate::datagram::peer::Input;

impl Carrier {
    /// What this machine knows of the clients' interface by itself.
    pub(super) fn look_at_interface(&mut self) {
        let works = self.networks.iter().any(|n| n.is_interface() && n.works());
        if works != self.interface_works {
            self.interface_works = works;
            self.handle(Input::Interface(works));
        }
        if !self.peer.is_deaf() {
            return self.frames.rest();
        }
        let (now, beat) = (self.now(), self.server.settings.timing.beat);
        let interface = self.networks.iter().find_map(Network::device);
        if self.frames.came(now, beat, interface.unwrap_or_default()) {
            self.handle(Input::Frames);
        }
    }

    /// In a sentence, that this node is cut off on the clients' interface.
    pub(super) fn cut_off(&self, is_so: bool) -> Option<String> {
        let mut networks = self.networks.iter();
        let network = networks.find(|network| network.is_interface() && is_so)?;
        Some(format!(
            "{} passes nothing, one way or both: other nodes are connected there, and this one is cut off",
            network.name
        ))
    }
}
