// SPDX-License-Identifier: GPL-2.0-only

//! Nodes that come and go, as far as a carrier sees them: those that are named, and the networks to them.

use super::{Carrier, networks};
use crate::datagram::network::Network;
use crate::datagram::nodes::Next;
use crate::datagram::peer::Input;

impl Carrier {
    /// Looks at the nodes that the cluster file and Corosync name.
    pub(super) fn look_at_nodes(&mut self) {
        while let Ok(file) = self.server.file_nodes.try_recv() {
            self.nodes.read(file);
        }
        if let Ok(Ok(list)) = self.server.lists.try_recv() {
            self.nodes.list = list;
        }
        let next = self
            .nodes
            .next(self.server.settings.id, self.peer.electorate());
        if next == self.next {
            return;
        }
        let electorate = match &next {
            Next::Electorate(electorate) => Some(electorate.clone()),
            Next::Same | Next::Addresses | Next::Not(_) => None,
        };
        let is_addresses = next == Next::Addresses;
        self.next = next;
        self.handle(Input::Elect(electorate));
        if is_addresses {
            self.take_nodes();
        }
    }

    /// Once the peer has reconfigured, the networks of the nodes that count are in use.
    pub(super) fn follow(&mut self) {
        match &self.next {
            Next::Electorate(next) if next == self.peer.electorate() => self.take_nodes(),
            _ => {}
        }
    }

    /// What is named is in use from here on.
    fn take_nodes(&mut self) {
        self.nodes.take();
        self.next = Next::Same;
        // The ports of the networks before are free when these are gone.
        let device = self.networks.drain(..).find_map(Network::into_device);
        self.networks = networks(&self.server.settings, &self.nodes, device);
        self.received = vec![Vec::new(); self.networks.len()];
        for network in &mut self.networks {
            network.look(self.server.poll.registry());
        }
    }
}
