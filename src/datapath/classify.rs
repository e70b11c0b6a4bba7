// SPDX-License-Identifier: GPL-2.0-only

//! The decision on a received packet, by the cluster's rules, the bucket table, the lease and the socket table.

use super::table::Entry;
use crate::{
    abstractions::{
        rcu,
        skb::{
            Received,
            Scratch, //
        },
        sockets, //
    },
    logic::{
        counter::Counter,
        frame::{
            needs_more,
            Ip4,
            ETH_P_IP,
            NEEDED,
            NEEDED_AT_MOST, //
        },
        receive::{
            self,
            Verdict, //
        },
        segment::{
            Packet,
            IPPROTO_TCP, //
        },
        states::State,
        transition::{
            self,
            Disposition,
            SocketState, //
        }, //
    }, //
};

impl Entry {
    #[inline(always)]
    pub(super) fn classify(&self, frame: &Received) -> Verdict {
        if frame.is_in_vlan() {
            return Verdict::Leave(Counter::RxNotVip);
        }
        let mut scratch = Scratch::<NEEDED_AT_MOST>::new();
        let protocol = frame.protocol();
        let mut packet = frame.packet(NEEDED, &mut scratch);
        if needs_more(protocol, packet) {
            packet = frame.packet(NEEDED_AT_MOST, &mut scratch);
        }
        match receive::to_cluster(&self.rules, &*self.buckets, protocol, packet) {
            Verdict::Leased(bucket) => self.under_lease(bucket, protocol, packet),
            verdict => verdict,
        }
    }

    /// A request in an owned bucket, under a lease: what may be something new is served if that has not
    /// run out at this very moment.
    #[cold]
    fn under_lease(&self, bucket: u32, protocol: u16, packet: &[u8]) -> Verdict {
        if Packet::new(protocol, packet).opens_nothing() {
            return Verdict::Serve(bucket);
        }
        match self.buckets.in_force(bucket) {
            State::Owned | State::Leased => Verdict::Serve(bucket),
            State::Other => Verdict::Other(bucket),
            State::Draining | State::Adopting => Verdict::InTransition(bucket),
        }
    }

    /// A master whose lease has run out leaves it to the next to answer for the cluster addresses.
    pub(super) fn if_master(&self, verdict: Verdict) -> Verdict {
        let ignored = match verdict {
            Verdict::Leave(Counter::RxArpAnswered) | Verdict::Accept(Counter::RxArpAnswered) => {
                Counter::RxArpIgnored
            }
            Verdict::Leave(Counter::RxNdAnswered) | Verdict::Accept(Counter::RxNdAnswered) => {
                Counter::RxNdIgnored
            }
            verdict => return verdict,
        };
        match self.buckets.has_expired() {
            true => Verdict::Drop(ignored),
            false => verdict,
        }
    }

    /// A segment that came in parts is put together: only its first part has ports, and each node
    /// would put it together after this.
    pub(super) fn defrag(&self, frame: Received) -> Option<Received> {
        match is_part(&frame) {
            true => frame.defrag(self.device),
            false => Some(frame),
        }
    }

    /// Asks the kernel's socket table, the only memory of connections that there is.
    pub(super) fn disposition(&self, bucket: u32, frame: &Received) -> Disposition {
        let mut scratch = Scratch::<NEEDED_AT_MOST>::new();
        let bytes = frame.packet(NEEDED_AT_MOST, &mut scratch);
        let packet = Packet::new(frame.protocol(), bytes);
        let socket = match packet.flow() {
            Some(flow) => rcu::read(|reader| sockets::lookup(self.device, flow, reader)),
            None => SocketState::Nothing,
        };
        let socket = match (socket, packet) {
            (SocketState::Nothing, Packet::Segment(segment)) if segment.may_have_cookie() => {
                match sockets::is_cookie(self.device, bytes, segment.at) {
                    true => SocketState::Cookie,
                    false => SocketState::Nothing,
                }
            }
            (socket, _) => socket,
        };
        match self.buckets.in_force(bucket) {
            State::Owned | State::Leased => Disposition::Owner,
            State::Other => Disposition::Other,
            State::Draining => transition::draining(&packet, socket),
            State::Adopting => transition::adopting(&packet, socket),
        }
    }
}

/// Whether it is a part of a TCP segment. (Over IPv6 nobody but a broken host sends these.)
pub(super) fn is_part(frame: &Received) -> bool {
    let mut scratch = Scratch::<NEEDED>::new();
    let ip = Ip4::new(frame.packet(NEEDED, &mut scratch));
    frame.protocol() == ETH_P_IP
        && ip.is_some_and(|ip| ip.is_fragment() && ip.protocol() == IPPROTO_TCP)
}
