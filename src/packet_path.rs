// SPDX-License-Identifier: GPL-2.0-only

//! Packet path: all that the module does with a packet.
//!
//! Received (softirq), each exit with its counter:
//! 1. not for a cluster's MAC, no ARP, no other group: out at once;
//! 2. ARP or ND for a cluster address: the master's stack answers, the others drop;
//!    what is to a cluster address, but broadcast or to another group: dropped, as it came to all;
//! 3. in a VLAN, other protocol, other destination: left alone;
//! 4. key, bucket: owned, to the stack as addressed to this host; else dropped;
//!    under a lease the clock is looked at before something new is served;
//! 5. a bucket in transition: what is a connection's goes to the node that has it, by the kernel's
//!    own socket table.
//!
//! In mode forward (claim 3) a frame to the base MAC is one that the network gave to this node: what
//! is another's is sent on over the nodes' VLAN, where it is received by `relay.rs`, and comes from
//! there as a frame to the group MAC, for which the steps above hold.
//!
//! Sent (bottom halves off): from a cluster address, the source MAC is set by `reply-mac`; ARP
//! and ND that carry a cluster address get the cluster's MAC in their payload as well.
//!
//! Steps 1 to 4 and the source MAC are the *fast path*, inlined into the hook: what nearly all packets
//! go. What it is not made for goes the *slow path*, which does not differ but in what it costs.
//!
//! Steps 2 to 5 are decided in `logic/receive.rs` and `logic/transition.rs`, sending in `logic/send.rs`; here they are done
//! and counted. Nothing here sleeps or waits for a lock. A request takes no memory; a buffer that
//! somebody shares is copied before it is written or sent on, and so are, in mode forward, answers
//! of ARP and ND.

mod gate;
mod table;

pub(crate) use self::table::{
    Entry,
    ForwardPath, //
    Table,
};

use self::table::Found;
use crate::{
    abstractions::{
        gate::Arrival,
        hook::{
            Path,
            ReturnCodes, //
            RxVerdict,
            TxVerdict,
        },
        rcu::{
            self,
            RcuBox,
            Reader, //
        },
        skb::{
            Detached,
            Received,
            Scratch,
            Sent,
            Start, //
        },
        sockets, //
    },
    counters,
    logic::{
        announcement::{
            self,
            ETH_P_SSI,
            FLOOD_PROBE, //
        },
        counter::Counter,
        fast_path::{
            self,
            TxDecision, //
        },
        frame::{
            needs_more,
            set_source,
            Ip4,
            ARP_LEN,
            ARP_SENDER_MAC,
            ARP_TARGET_MAC,
            ETH_HLEN,
            ETH_P_ARP,
            ETH_P_IP,
            NEEDED,
            NEEDED_AT_MOST,
            TAG_LEN, //
        },
        frame6::{
            ETH_P_IPV6,
            ND_CHECKSUM,
            ND_NEEDED, //
        },
        mac::{
            Mac,
            LEN as MAC_LEN, //
        },
        receive::{
            self,
            Verdict, //
        },
        rules::Rules,
        segment::{
            self,
            Packet,
            IPPROTO_TCP, //
        },
        send::{
            self,
            Rewrite, //
        },
        states::State,
        transition::{
            self,
            Disposition, //
            SocketState,
        }, //
    }, //
};

/// Where an Ethernet frame has its source MAC.
const SOURCE_MAC: usize = 6;

/// Of the frame's first eight bytes, those that identify the cluster: the destination MAC but for its
/// group bit, by which its two forms differ.
pub(crate) const BASE_BITS: u64 = u64::from_ne_bytes([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);

/// The packet path of one interface.
pub(crate) struct PacketPath(pub(crate) RcuBox<Table>);

impl Path for PacketPath {
    #[inline(always)]
    fn receive<C: ReturnCodes>(&self, frame: Received, reader: Reader<'_>) -> RxVerdict<C> {
        let table = self.0.read(reader);
        let destination = frame.destination() & BASE_BITS;
        let entry = if destination == table.first.base {
            &table.first
        } else if table.pass.is(frame.protocol()) && !frame.is_to_group() {
            return RxVerdict::pass(frame);
        } else {
            match table.other(destination) {
                Some(entry) => entry,
                None => return rx_other_dst(table, frame),
            }
        };
        entry.receive(frame)
    }

    fn receive_tagged<C: ReturnCodes>(&self, frame: Received, reader: Reader<'_>) -> RxVerdict<C> {
        tagged(self.0.read(reader), frame)
    }

    fn gate<C: ReturnCodes>(&self, arrival: Arrival<'_>, reader: Reader<'_>) -> RxVerdict<C> {
        let left = gate::decide(self.0.read(reader), arrival);
        left.map_or_else(RxVerdict::consumed, RxVerdict::pass)
    }

    #[inline(always)]
    fn send(&self, mut frame: Sent, reader: Reader<'_>) -> TxVerdict {
        let table = self.0.read(reader);
        let tx = match frame.is_tagged() {
            true => TxDecision::Unknown,
            false => frame
                .start()
                .map_or(TxDecision::Unknown, |start| table.tx.decide(start.bytes())),
        };
        match tx {
            TxDecision::NotOurs => TxVerdict::Accept,
            TxDecision::Other(address) => from_other(table, address, frame),
            tx => table.first.answer(tx, table, frame),
        }
    }

    fn send_tagged(&self, frame: Sent, reader: Reader<'_>) -> TxVerdict {
        let table = self.0.read(reader);
        let mut scratch = Scratch::<{ ETH_HLEN + TAG_LEN + ND_NEEDED }>::new();
        let bytes = frame.frame(ETH_HLEN + TAG_LEN + ND_NEEDED, &mut scratch);
        for entry in table.entries() {
            // Better no frame than one that reveals the node's MAC.
            if send::is_ours_behind_a_tag(&entry.rules, bytes) {
                entry.counters.count(Counter::TxNoMemory);
                return TxVerdict::Drop;
            }
        }
        TxVerdict::Accept
    }
}

/// A frame with a VLAN's tag in its header, where a decision would read something else than it means: what
/// is about a cluster is dropped.
#[cold]
#[inline(never)]
fn tagged<C: ReturnCodes>(table: &Table, frame: Received) -> RxVerdict<C> {
    let Some(destination) = frame.framed_to().filter(|_| !frame.is_looped()) else {
        return RxVerdict::pass(frame);
    };
    let is_group = destination.to_ne_bytes()[0] & 1 != 0;
    let entry = match table.entry(destination & BASE_BITS) {
        None if is_group || frame.protocol() == ETH_P_ARP => {
            table.concerned(&frame).map(|(entry, _)| entry)
        }
        entry => entry,
    };
    let Some(entry) = entry else {
        return RxVerdict::pass(frame);
    };
    entry.counters.count(Counter::RxMalformed);
    frame.discard();
    RxVerdict::consumed()
}

/// A frame that is to no cluster's MAC, as far as is known, and either no IPv4 or to a group.
#[inline(never)]
fn rx_other_dst<C: ReturnCodes>(table: &Table, frame: Received) -> RxVerdict<C> {
    if table.is_whole && frame.protocol() != ETH_P_ARP && !frame.is_to_group() {
        return RxVerdict::pass(frame);
    }
    to_all(table, frame)
}

/// ARP, and what is to any group, may be about a cluster though not to its MAC.
#[cold]
#[inline(never)]
fn to_all<C: ReturnCodes>(table: &Table, frame: Received) -> RxVerdict<C> {
    if frame.is_looped() {
        return RxVerdict::pass(frame);
    }
    let destination = frame.destination() & BASE_BITS;
    if let Some(entry) = table.entries().find(|entry| entry.base == destination) {
        return rx_slow_path(entry, frame);
    }
    let left = match frame.protocol() == ETH_P_ARP || frame.is_to_group() {
        true => table.to_anybody(frame),
        false => Some(frame),
    };
    left.map_or_else(RxVerdict::consumed, RxVerdict::pass)
}

/// A frame to the cluster's MAC that is no IPv4: IPv6 takes the fast path as well.
#[inline(never)]
fn receive_v6<C: ReturnCodes>(entry: &Entry, frame: Received) -> RxVerdict<C> {
    let header = frame.first().filter(|_| frame.protocol() == ETH_P_IPV6);
    entry.to(
        header.and_then(|header| fast_path::fraction_v6(&entry.rules, header)),
        frame,
        |frame| frame.first().is_some_and(segment::opens_nothing_v6),
    )
}

/// A frame to the cluster's MAC that does not take the fast path.
#[cold]
#[inline(never)]
fn rx_slow_path<C: ReturnCodes>(entry: &Entry, frame: Received) -> RxVerdict<C> {
    if frame.is_looped() || frame.is_decided() {
        return RxVerdict::pass(frame);
    }
    let left = match &entry.path {
        Some(path) if !frame.is_to_group() => entry.rx_forward(path, frame),
        _ => entry.apply_verdict(entry.classify(&frame), frame),
    };
    left.map_or_else(RxVerdict::consumed, RxVerdict::pass)
}

/// An IPv4 packet about to leave that is not from the first cluster's first address, where there are
/// others.
#[inline(never)]
fn from_other(table: &Table, address: u64, mut frame: Sent) -> TxVerdict {
    match table.source(address) {
        Found::None => TxVerdict::Accept,
        Found::One(entry) => {
            let tx = frame.start().map_or(TxDecision::Unknown, |start| {
                fast_path::reply(&entry.rules, start.bytes())
            });
            entry.answer(tx, table, frame)
        }
        Found::Unknown => tx_slow_path(table, frame),
    }
}

/// A frame about to leave that does not take the fast path.
#[cold]
#[inline(never)]
fn tx_slow_path(table: &Table, mut frame: Sent) -> TxVerdict {
    if frame.is_in_vlan() {
        return TxVerdict::Accept;
    }
    for entry in table.entries() {
        let mut scratch = Scratch::<{ ETH_HLEN + ND_NEEDED }>::new();
        let mut bytes = frame.frame(ETH_HLEN + NEEDED, &mut scratch);
        if send::needs_more(bytes) {
            bytes = frame.frame(ETH_HLEN + ND_NEEDED, &mut scratch);
        }
        let rewrite = send::decide(&entry.rules, bytes);
        if rewrite != Rewrite::NotOurs {
            return entry.send(&mut frame, rewrite);
        }
    }
    TxVerdict::Accept
}

impl Table {
    /// What is not addressed to a cluster's MAC: ARP, broadcast, multicast.
    #[cold]
    fn to_anybody(&self, frame: Received) -> Option<Received> {
        if frame.is_in_vlan() {
            return Some(frame);
        }
        let Some((entry, verdict)) = self.concerned(&frame) else {
            return Some(frame);
        };
        match verdict {
            Verdict::Leave(counter) => entry.counters.count(counter),
            Verdict::Drop(counter) => {
                entry.counters.count(counter);
                frame.discard();
                return None;
            }
            // As `concerned` has it, there is nothing else.
            _ => {}
        }
        Some(frame)
    }

    /// The first cluster that such a frame is about, and what is to become of it: left, or dropped.
    fn concerned(&self, frame: &Received) -> Option<(&Entry, Verdict)> {
        let (protocol, source) = (frame.protocol(), frame.source());
        let needed = match protocol {
            ETH_P_IP | ETH_P_ARP => NEEDED,
            _ => NEEDED_AT_MOST,
        };
        let mut scratch = Scratch::<NEEDED_AT_MOST>::new();
        let packet = frame.packet(needed, &mut scratch);
        let classify = |rules| receive::to_anybody(rules, protocol, source, packet);
        self.entries()
            .map(|entry| (entry, entry.if_master(classify(&entry.rules))))
            // The other verdicts are of requests, or of frames about no cluster.
            .find(|(_, verdict)| matches!(verdict, Verdict::Leave(_) | Verdict::Drop(_)))
    }
}

impl Entry {
    /// A frame to the cluster's MAC, which takes the fast path if it can.
    #[inline(always)]
    fn receive<C: ReturnCodes>(&self, frame: Received) -> RxVerdict<C> {
        if frame.is_tagged() {
            return rx_slow_path(self, frame);
        }
        if frame.protocol() != ETH_P_IP {
            return receive_v6(self, frame);
        }
        // As far as a TCP header's flags: so one check covers both headers. (A
        // frame on the wire is longer, whatever is in it.)
        let start = frame.first::<{ segment::IP4_FLAGS }>();
        let header = start.and_then(|start| start.first_chunk());
        let fraction = header.and_then(|header| {
            self.fast_path
                .fraction(header, |address| self.is_vip(address))
        });
        self.to(fraction, frame, |frame| {
            frame.first().is_some_and(segment::opens_nothing_v4)
        })
    }

    /// A request in the bucket that is so far into the table, if that is known. Under a lease a segment
    /// of a connection, or what looks like one, needs no look at the clock.
    #[inline(always)]
    fn to<C: ReturnCodes>(
        &self,
        fraction: Option<u64>,
        frame: Received,
        opens_nothing: impl FnOnce(&Received) -> bool,
    ) -> RxVerdict<C> {
        let Some(fraction) = fraction else {
            return rx_slow_path(self, frame);
        };
        let bucket = self.table.at(fraction);
        let state = bucket.shared().look();
        if state.is_served() {
            if state.is_leased() && !opens_nothing(&frame) {
                return self.begin(bucket, frame);
            }
            return self.serve(&bucket, frame);
        }
        if !state.is_other() || frame.is_unwrapped() {
            return rx_slow_path(self, frame);
        }
        self.counters.leave(&bucket, frame.len());
        frame.discard();
        RxVerdict::consumed()
    }

    #[inline(always)]
    fn serve<C: ReturnCodes>(
        &self,
        bucket: &counters::BucketRef<'_>,
        mut frame: Received,
    ) -> RxVerdict<C> {
        self.counters.serve(bucket, frame.len());
        frame.set_to_host();
        RxVerdict::pass(frame)
    }

    /// Something new in an owned bucket, under a lease: it is served if that has not run out at this
    /// very moment.
    #[inline(never)]
    fn begin<C: ReturnCodes>(
        &self,
        bucket: counters::BucketRef<'_>,
        frame: Received,
    ) -> RxVerdict<C> {
        match self.buckets.has_expired() {
            true => rx_slow_path(self, frame),
            false => self.serve(&bucket, frame),
        }
    }

    #[inline(always)]
    fn apply_verdict(&self, verdict: Verdict, mut frame: Received) -> Option<Received> {
        match verdict {
            Verdict::Other(bucket) => {
                self.counters.other(Counter::RxOther, bucket, frame.len());
                frame.discard();
                return None;
            }
            Verdict::Serve(bucket) => {
                self.counters.served(Counter::RxServed, bucket, frame.len());
                frame.set_to_host();
            }
            // `classify` leaves none.
            Verdict::Leased(bucket) | Verdict::InTransition(bucket) => {
                return self.in_transition(bucket, frame)
            }
            Verdict::Accept(_) => return self.accept(verdict, frame),
            Verdict::Leave(counter) => self.counters.count(counter),
            Verdict::Drop(counter) => {
                self.counters.count(counter);
                frame.discard();
                return None;
            }
            Verdict::NotOurs => {}
        }
        Some(frame)
    }

    /// ARP or neighbour discovery to the cluster's MAC.
    #[cold]
    #[inline(never)]
    fn accept(&self, verdict: Verdict, mut frame: Received) -> Option<Received> {
        match self.if_master(verdict) {
            Verdict::Accept(counter) => {
                self.counters.count(counter);
                frame.set_to_host();
                Some(frame)
            }
            Verdict::Drop(counter) => {
                self.counters.count(counter);
                frame.discard();
                None
            }
            _ => Some(frame),
        }
    }

    /// A request in a bucket that moves: whoever has its connection serves it.
    #[cold]
    #[inline(never)]
    fn in_transition(&self, bucket: u32, frame: Received) -> Option<Received> {
        let mut frame = self.defrag(frame)?;
        let disposition = self.disposition(bucket, &frame);
        let counter = match disposition {
            Disposition::Owner => Counter::RxServed,
            Disposition::Draining => Counter::RxDraining,
            Disposition::Other => Counter::RxOther,
            Disposition::Unknown => Counter::RxLeft,
        };
        if matches!(disposition, Disposition::Owner | Disposition::Draining) {
            self.counters.served(counter, bucket, frame.len());
            frame.set_to_host();
            return Some(frame);
        }
        self.counters.other(counter, bucket, frame.len());
        frame.discard();
        None
    }

    /// A segment that came in parts is put together: only its first part has ports, and each node
    /// would put it together after this.
    fn defrag(&self, frame: Received) -> Option<Received> {
        match is_part(&frame) {
            true => frame.defrag(self.device),
            false => Some(frame),
        }
    }

    /// Asks the kernel's socket table, the only memory of connections that there is.
    fn disposition(&self, bucket: u32, frame: &Received) -> Disposition {
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

    /// A frame to the base MAC, which the network gave to this node (mode forward).
    #[inline(never)]
    fn rx_forward(&self, path: &ForwardPath, frame: Received) -> Option<Received> {
        if frame.protocol() == ETH_P_SSI {
            return self.flood_probe(path, frame);
        }
        let verdict = match self.if_master(self.classify(&frame)) {
            // The master gets it as well, and forwards it: perhaps to this node.
            verdict if path.is_left_to_master(&self.rules, verdict) => {
                Verdict::Drop(Counter::RxFlooded)
            }
            Verdict::Other(bucket) => {
                return self.forward(path, bucket, frame.len(), frame.detach());
            }
            Verdict::InTransition(bucket) => match self.disposition(bucket, &frame) {
                // Which connection a part belongs to nobody knows yet: every node puts it together.
                Disposition::Other | Disposition::Unknown if is_part(&frame) => {
                    if let Some(copy) = frame.copy() {
                        self.forward(path, bucket, frame.len(), Some(copy));
                    }
                    Verdict::InTransition(bucket)
                }
                Disposition::Other | Disposition::Unknown => {
                    return self.forward(path, bucket, frame.len(), frame.detach());
                }
                Disposition::Owner | Disposition::Draining => Verdict::InTransition(bucket),
            },
            // Who asked, or who answers, may be any node.
            Verdict::Drop(Counter::RxArpIgnored | Counter::RxNdIgnored) => {
                return self.pass_on(path, frame.detach());
            }
            verdict @ Verdict::Accept(Counter::RxArpReply | Counter::RxNdReply) => {
                if let Some(copy) = frame.copy() {
                    self.pass_on(path, Some(copy));
                }
                verdict
            }
            verdict => verdict,
        };
        self.apply_verdict(verdict, frame)
    }

    /// A request in another node's bucket.
    fn forward(
        &self,
        path: &ForwardPath,
        bucket: u32,
        len: u32,
        frame: Option<Detached>,
    ) -> Option<Received> {
        let owner = path.state.owner(path.forward, bucket);
        let to = owner.unwrap_or(self.rules.group);
        let went = frame.is_some_and(|frame| frame.send_on(path.device, to));
        let counter = match went {
            true => Counter::RxForwarded,
            false => Counter::RxForwardFailed,
        };
        self.counters.other(counter, bucket, len);
        None
    }

    /// ARP or neighbour discovery that any node may want.
    fn pass_on(&self, path: &ForwardPath, frame: Option<Detached>) -> Option<Received> {
        let went = frame.is_some_and(|frame| frame.send_on(path.device, self.rules.group));
        let counter = match went {
            true => Counter::RxPassedOn,
            false => Counter::RxForwardFailed,
        };
        self.counters.count(counter);
        None
    }

    /// A frame of the nodes' own kind. Here nothing has a place but the master's flood probe, which is from
    /// the base MAC: clients send here, too.
    #[cold]
    fn flood_probe(&self, path: &ForwardPath, frame: Received) -> Option<Received> {
        let mut scratch = Scratch::<FLOOD_PROBE>::new();
        let base = self.rules.base;
        let counter = match announcement::read(frame.packet(FLOOD_PROBE, &mut scratch)) {
            None => Counter::RxMalformed,
            Some(message) if !message.is_flood_probe_of(base) || frame.source() != base => {
                Counter::RxRefused
            }
            Some(message) => match &path.trust {
                Some(trust) => trust.check(&message, base, base),
                None => Ok(()),
            }
            .map_or_else(
                |counter| counter,
                |()| {
                    path.state.flood_probe(&message.header);
                    Counter::RxFloodProbe
                },
            ),
        };
        self.counters.count(counter);
        frame.discard();
        None
    }

    #[inline(always)]
    fn classify(&self, frame: &Received) -> Verdict {
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
    fn if_master(&self, verdict: Verdict) -> Verdict {
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

    #[inline(always)]
    fn sent(&self, counter: Counter) -> TxVerdict {
        self.counters.count(counter);
        TxVerdict::Accept
    }

    /// A frame from a cluster address, by the fast path's decision.
    #[inline(always)]
    fn answer(&self, tx: TxDecision, table: &Table, mut frame: Sent) -> TxVerdict {
        let mac = match tx {
            TxDecision::Source(mac) => mac,
            TxDecision::Untouched => return self.sent(Counter::TxUntouched),
            _ => return tx_slow_path(table, frame),
        };
        match frame.start::<{ fast_path::SENT }>().and_then(Start::own) {
            Some(bytes) => {
                set_source(bytes, mac);
                self.sent(Counter::TxReply)
            }
            None => self.send_clone(frame, mac),
        }
    }

    /// A frame from a cluster address that another buffer has as well: TCP keeps one of what it sends.
    #[inline(never)]
    fn send_clone(&self, mut frame: Sent, mac: Mac) -> TxVerdict {
        self.send(&mut frame, Rewrite::Source(mac))
    }

    /// A frame from a cluster address.
    #[inline(always)]
    fn send(&self, frame: &mut Sent, rewrite: Rewrite) -> TxVerdict {
        let counter = match rewrite {
            Rewrite::NotOurs => return TxVerdict::Accept,
            Rewrite::Withhold => {
                self.counters.count(Counter::TxProbe);
                return TxVerdict::Drop;
            }
            Rewrite::Untouched => Ok(Counter::TxUntouched),
            Rewrite::Source(mac) => set_reply(frame, mac),
            Rewrite::Arp {
                source,
                sender,
                target_too,
            } => set_arp(frame, source, sender, target_too),
            Rewrite::Nd {
                source,
                at,
                link_layer,
                checksum,
            } => set_nd(frame, source, at, link_layer, checksum),
        };
        match counter {
            Ok(counter) => self.sent(counter),
            // Better no frame than one that reveals the node's MAC.
            Err(_) => {
                self.counters.count(Counter::TxNoMemory);
                TxVerdict::Drop
            }
        }
    }
}

impl ForwardPath {
    /// Whether a frame with this verdict is the master's business alone, as it came to all nodes.
    fn is_left_to_master(&self, rules: &Rules, verdict: Verdict) -> bool {
        let is_left = matches!(verdict, Verdict::Leave(_) | Verdict::NotOurs);
        !rules.master && !is_left && self.state.is_flooded()
    }
}

/// Whether it is a part of a TCP segment. (Over IPv6 nobody but a broken host sends these.)
fn is_part(frame: &Received) -> bool {
    let mut scratch = Scratch::<NEEDED>::new();
    let ip = Ip4::new(frame.packet(NEEDED, &mut scratch));
    frame.protocol() == ETH_P_IP
        && ip.is_some_and(|ip| ip.is_fragment() && ip.protocol() == IPPROTO_TCP)
}

#[inline(always)]
fn set_reply(frame: &mut Sent, mac: Mac) -> Result<Counter, kernel::error::Error> {
    frame.make_writable(ETH_HLEN)?.put(SOURCE_MAC, &mac.0);
    Ok(Counter::TxReply)
}

#[cold]
fn set_arp(
    frame: &mut Sent,
    source: Option<Mac>,
    sender: Mac,
    target_too: bool,
) -> Result<Counter, kernel::error::Error> {
    let mut bytes = frame.make_writable(ETH_HLEN + ARP_LEN)?;
    if let Some(source) = source {
        bytes.put(SOURCE_MAC, &source.0);
    }
    bytes.put(ETH_HLEN + ARP_SENDER_MAC, &sender.0);
    if target_too {
        bytes.put(ETH_HLEN + ARP_TARGET_MAC, &sender.0);
    }
    Ok(Counter::TxArp)
}

#[cold]
fn set_nd(
    frame: &mut Sent,
    source: Option<Mac>,
    at: usize,
    link_layer: Mac,
    checksum: [u8; 2],
) -> Result<Counter, kernel::error::Error> {
    // Where the device sums, the field has the pseudo header's sum only, which does not change.
    let is_summed = frame.is_summed();
    let mut bytes = frame.make_writable(at.saturating_add(ETH_HLEN + MAC_LEN))?;
    if let Some(source) = source {
        bytes.put(SOURCE_MAC, &source.0);
    }
    bytes.put(at.saturating_add(ETH_HLEN), &link_layer.0);
    if is_summed {
        bytes.put(ETH_HLEN + ND_CHECKSUM, &checksum);
    }
    Ok(Counter::TxNd)
}
