// SPDX-License-Identifier: GPL-2.0-only

//! Received frames: the whole way of a packet in (softirq).
//!
//! The hook calls `receive`. What nearly all packets take, the *fast path*, is inlined into it; what that is not made
//! for takes the *slow path*, which does not differ but in what it costs.

use super::{
    counters::BucketRef,
    table::{
        Entry,
        Table, //
    }, //
};
use crate::{
    abstractions::{
        path::{
            ReturnCodes,
            RxVerdict, //
        },
        skb::{
            Received,
            Scratch, //
        }, //
    },
    logic::{
        announcement::{
            self,
            ETH_P_SSI,
            LONGEST, //
        },
        counter::Counter,
        fast_path,
        frame::{
            ETH_P_ARP,
            ETH_P_IP,
            NEEDED,
            NEEDED_AT_MOST, //
        },
        frame6::ETH_P_IPV6,
        mac::{
            Mac,
            BASE_BITS, //
        },
        receive::{
            self,
            Verdict, //
        },
        segment,
        transition::Disposition, //
    }, //
};
/// A frame that came in at an interface with clusters.
#[inline(always)]
pub(super) fn receive<C: ReturnCodes>(table: &Table, frame: Received) -> RxVerdict<C> {
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

/// A frame with a VLAN's tag in its header, where a decision would read something else than it means: what
/// is about a cluster is dropped.
#[cold]
#[inline(never)]
pub(super) fn tagged<C: ReturnCodes>(table: &Table, frame: Received) -> RxVerdict<C> {
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
        return receive_other(entry, frame);
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
    if frame.protocol() != ETH_P_IPV6 {
        return receive_other(entry, frame);
    }
    let header = frame.first();
    entry.to(
        header.and_then(|header| fast_path::fraction_v6(&entry.rules, header)),
        frame,
        |frame| frame.first().is_some_and(segment::opens_nothing_v6),
    )
}

/// A frame to the cluster's MAC that is no IP, or tagged: ARP, and messages of nodes.
#[cold]
#[inline(never)]
fn receive_other<C: ReturnCodes>(entry: &Entry, frame: Received) -> RxVerdict<C> {
    if frame.protocol() != ETH_P_SSI || !frame.is_to_group() || frame.is_looped() {
        return rx_slow_path(entry, frame);
    }
    if frame.is_in_vlan() {
        // There may be a cluster with the same MAC.
        return RxVerdict::pass(frame);
    }
    match entry.peer_rx.receive(&frame) {
        None => return rx_slow_path(entry, frame),
        Some(Ok(())) => {}
        Some(Err(counter)) => entry.counters.count(counter),
    }
    frame.discard();
    RxVerdict::consumed()
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
        _ => match entry.whole(frame) {
            Some(frame) => entry.apply_verdict(entry.classify(&frame), frame),
            None => None,
        },
    };
    left.map_or_else(RxVerdict::consumed, RxVerdict::pass)
}

impl Table {
    /// What is not addressed to a cluster's MAC: ARP, broadcast, multicast.
    #[cold]
    fn to_anybody(&self, frame: Received) -> Option<Received> {
        if frame.is_in_vlan() {
            return Some(frame);
        }
        let Some((entry, verdict)) = self.concerned(&frame) else {
            if frame.protocol() == ETH_P_SSI {
                self.receive_elsewhere(&frame);
            }
            return Some(frame);
        };
        match verdict {
            Verdict::Leave(counter) => entry.counters.count(counter),
            Verdict::Drop(counter) => {
                entry.refuse(counter, frame);
                return None;
            }
            // As `concerned` has it, there is nothing else.
            _ => {}
        }
        Some(frame)
    }

    /// To no cluster's group MAC, of a node that may be of one nevertheless.
    #[inline(never)]
    fn receive_elsewhere(&self, frame: &Received) {
        let mut scratch = Scratch::<LONGEST>::new();
        let destination = Mac::from_bits(frame.destination());
        if let Some(message) = announcement::read(frame.packet(LONGEST, &mut scratch)) {
            for entry in self.entries() {
                entry
                    .peer_rx
                    .receive_elsewhere((destination, frame.source()), &message);
            }
        }
    }

    /// The first cluster that such a frame is about, and what is to become of it: left, or dropped.
    pub(super) fn concerned(&self, frame: &Received) -> Option<(&Entry, Verdict)> {
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
            return receive_other(self, frame);
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
    fn serve<C: ReturnCodes>(&self, bucket: &BucketRef<'_>, mut frame: Received) -> RxVerdict<C> {
        self.counters.serve(bucket, frame.len());
        frame.set_to_host();
        RxVerdict::pass(frame)
    }

    /// Something new in an owned bucket, under a lease: it is served if that has not run out at this
    /// very moment.
    #[inline(never)]
    fn begin<C: ReturnCodes>(&self, bucket: BucketRef<'_>, frame: Received) -> RxVerdict<C> {
        match self.buckets.has_expired() {
            true => rx_slow_path(self, frame),
            false => self.serve(&bucket, frame),
        }
    }

    #[inline(always)]
    pub(super) fn apply_verdict(&self, verdict: Verdict, mut frame: Received) -> Option<Received> {
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
                self.refuse(counter, frame);
                return None;
            }
            Verdict::NotOurs => {}
        }
        Some(frame)
    }

    /// A frame that nobody gets. Where it claims a cluster address for another host, that is answered.
    #[cold]
    #[inline(never)]
    fn refuse(&self, counter: Counter, frame: Received) {
        self.counters.count(counter);
        frame.discard();
        if matches!(counter, Counter::RxArpConflict | Counter::RxNdConflict) {
            self.peer_rx.defend();
        }
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
        let counter = match self.disposition(bucket, &frame) {
            Disposition::Orphaned if self.reset(&frame) => {
                self.counters.served(Counter::RxReset, bucket, frame.len());
                frame.discard();
                return None;
            }
            Disposition::Owner | Disposition::Orphaned => Counter::RxServed,
            Disposition::Draining => Counter::RxDraining,
            Disposition::Other => Counter::RxOther,
            Disposition::Unknown => Counter::RxLeft,
        };
        if matches!(counter, Counter::RxServed | Counter::RxDraining) {
            self.counters.served(counter, bucket, frame.len());
            frame.set_to_host();
            return Some(frame);
        }
        self.counters.other(counter, bucket, frame.len());
        frame.discard();
        None
    }
}
