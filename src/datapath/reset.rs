// SPDX-License-Identifier: GPL-2.0-only

//! Connections of a dead node: their clients are told by a reset, which the module makes by itself, so that no firewall
//! decides whether a client hangs.
//!
//! That nobody here has a connection is known of sockets, and of connections that are translated on their way. Of what
//! else serves one the SYN has come in here, and it is not answered for. Where something is not clear the stack decides,
//! as without this.

use super::table::Entry;
use crate::{
    abstractions::{
        clock::boottime,
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
        let source = self.device.mac_now();
        let protocol = reset.protocol.to_be_bytes();
        let parts = [&to.0[..], &source.0, &protocol, reset.packet()];
        Made::send(self.device, reset.protocol, &parts).is_ok()
    }

    /// The neighbour that an answer goes to, if that is who the frame is from: not where it came out of an IPsec
    /// packet, nor, in mode forward, by another node.
    fn asker(&self, frame: &Received) -> Option<Mac> {
        let is_relayed = self.path.is_some() && frame.is_to_group();
        let source = frame.source();
        (!is_relayed && !frame.is_unwrapped() && !source.is_group()).then_some(source)
    }
}
