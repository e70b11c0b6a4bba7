// SPDX-License-Identifier: GPL-2.0-only

//! The decision on a received packet, by the cluster's rules, the bucket table, the lease and the socket table.

use super::table::Entry;
use crate::{
    abstractions::{
        conntrack,
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
        if needs_more(protocol, packet) || self.rules.distribution.has_ports() {
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
            State::Draining | State::Adopting | State::Cold => Verdict::InTransition(bucket),
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

    /// What is to be classified: where buckets are by ports, a segment that came in parts is put together first, at each
    /// node. The node that has the address alone would end the connection.
    #[inline(always)]
    pub(super) fn whole(&self, frame: Received) -> Option<Received> {
        match self.rules.distribution.has_ports() {
            true => self.defrag(frame),
            false => Some(frame),
        }
    }

    /// Asks the kernel's socket table, the only memory of connections that there is, but for that of connection
    /// tracking where they are translated.
    pub(super) fn disposition(&self, bucket: u32, frame: &Received) -> Disposition {
        let mut scratch = Scratch::<NEEDED_AT_MOST>::new();
        let bytes = frame.packet(NEEDED_AT_MOST, &mut scratch);
        let packet = Packet::new(frame.protocol(), bytes);
        let socket = match packet.flow() {
            Some(flow) => rcu::read(|reader| sockets::lookup(self.device, flow, reader)),
            None => SocketState::Nothing,
        };
        let socket = match (socket, packet) {
            (SocketState::Nothing, Packet::Segment(segment)) if segment.is_within() => {
                match sockets::is_cookie(self.device, bytes, segment.at) {
                    true => SocketState::Cookie,
                    false => SocketState::Nothing,
                }
            }
            (socket, _) => socket,
        };
        let socket = match (socket, packet.goes_on()) {
            (SocketState::Nothing, Some(flow)) => {
                rcu::read(|reader| conntrack::lookup(self.device, flow, reader))
            }
            (socket, _) => socket,
        };
        match self.buckets.in_force(bucket) {
            State::Owned | State::Leased => Disposition::Owner,
            State::Other => Disposition::Other,
            State::Draining => {
                // Others let them in once the lease is over, whatever becomes of connections that there are.
                let sticks = self.sticks(bucket, &packet) && !self.buckets.has_expired();
                transition::draining(&packet, socket, sticks)
            }
            State::Adopting => transition::adopting(&packet, socket, self.sticks(bucket, &packet)),
            State::Cold => self.cold(&packet, socket),
        }
    }

    /// Whether a packet's client sticks to the node that drains its bucket.
    fn sticks(&self, bucket: u32, packet: &Packet) -> bool {
        let client = packet.flow().map(|flow| flow.client);
        client.is_some_and(|client| self.buckets.sticks(bucket, client))
    }

    /// In a bucket of a dead node: what begins here is remembered, whoever serves it.
    fn cold(&self, packet: &Packet, socket: SocketState) -> Disposition {
        match (packet, self.buckets.orphans()) {
            (Packet::Segment(segment), Some(orphans)) => {
                if segment.is_syn() {
                    orphans.opened(&segment.flow);
                }
                match transition::cold(packet, socket) {
                    Disposition::Orphaned if orphans.may_have(&segment.flow) => Disposition::Owner,
                    disposition => disposition,
                }
            }
            _ => Disposition::Owner,
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
