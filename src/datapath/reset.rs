// SPDX-License-Identifier: GPL-2.0-only

//! Resets of a dead node's connections, which the module sends by itself, so that no firewall decides whether a client
//! hangs.
//!
//! That nobody here has a connection is known of sockets, and of connections that are translated on their way. Of what
//! else serves one the SYN has come in here, and it is not answered for. Where something is not clear the stack decides,
//! as without this.

use super::table::Entry;
use crate::{
    abstractions::{
        clock::boottime,
        rcu,
        skb::{
            xmit::Made,
            Received,
            Scratch, //
        }, //
    },
    logic::{
        frame::NEEDED_AT_MOST,
        mac::Mac,
        reset::{
            pseudo_header,
            Reset, //
        },
        segment::Packet, //
    },
};

/// Whom an answer goes to.
enum Asker {
    /// The neighbour with this MAC.
    Neighbour(Mac),
    /// Whoever is next by the routing table.
    Routed,
}

impl Entry {
    /// Answers a segment that nobody has the connection of. Whether it was answered: if not it is the stack's.
    pub(super) fn reset(&self, frame: &Received) -> bool {
        let Some(orphans) = self.buckets.orphans() else {
            return false;
        };
        let mut scratch = Scratch::<NEEDED_AT_MOST>::new();
        let bytes = frame.packet(NEEDED_AT_MOST, &mut scratch);
        let Packet::Segment(segment) = Packet::new(frame.protocol(), bytes) else {
            return false;
        };
        let (client, vip) = (segment.flow.client, segment.flow.vip);
        let (Some(reset), Some(to)) = (Reset::of(&segment), self.asker(frame)) else {
            return false;
        };
        let pseudo = pseudo_header(client, vip, segment.whole);
        if !frame.is_sum_right(segment.at, segment.whole, pseudo) || !orphans.may_reset(boottime())
        {
            return false;
        }
        // It gets the source MAC that replies of the cluster have when it leaves (`tx.rs`).
        let sent = match to {
            Asker::Neighbour(to) => {
                let (source, protocol) = (self.device.mac_now(), reset.protocol.to_be_bytes());
                let parts = [&to.0[..], &source.0, &protocol, reset.packet()];
                Made::send(self.device, reset.protocol, &parts)
            }
            Asker::Routed => {
                rcu::read(|reader| Made::route(self.device, (vip, client), reset.packet(), reader))
            }
        };
        sent.is_ok()
    }

    /// Where an answer goes: back to who the frame is from. Not where it came out of an IPsec packet; and in mode
    /// forward another node may have sent it on.
    fn asker(&self, frame: &Received) -> Option<Asker> {
        let source = frame.source();
        if frame.is_unwrapped() || source.is_group() {
            return None;
        }
        Some(match self.path.is_some() && frame.is_to_group() {
            true => Asker::Routed,
            false => Asker::Neighbour(source),
        })
    }
}
