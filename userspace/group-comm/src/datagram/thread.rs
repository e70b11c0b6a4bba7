// SPDX-License-Identifier: GPL-2.0-only

//! Thread of the engine: asks Corosync for the nodes once, and then carries datagrams.

use super::carrier::Carrier;
use super::peer::Peer;
use super::server::Server;
use crate::realtime;

/// Runs until the engine is dropped, or nobody listens.
pub fn run(mut server: Server) {
    realtime::enter_if_allowed();
    let Ok(list) = server.wait_for_list() else {
        return;
    };
    if let Some(peer) = Peer::new(server.setup.clone()) {
        Carrier::new(server, peer, list).run();
    }
}
