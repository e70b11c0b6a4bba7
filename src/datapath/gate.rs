// SPDX-License-Identifier: GPL-2.0-only

//! The second decision on a received packet, where the hook that made the first can be passed by
//! (claim 4).
//!
//! It is made by the same code, from the same table and of the packet alone. What the first hook has
//! accepted is accepted again, unless the table has changed meanwhile, and is not counted again. What
//! never met that hook is accepted or dropped here, counted as there, and as `rx-gate` besides. Mode
//! forward sends nothing on from here: what is another node's ends.

use super::table::{
    Entry,
    Table, //
};
use crate::{
    abstractions::{
        path::Arrival,
        skb::Received, //
    },
    logic::{
        counter::Counter,
        frame::ETH_P_ARP,
        mac::BASE_BITS,
        receive::Verdict,
        transition::Disposition, //
    }, //
};

/// What becomes of a packet: the protocol takes it, or it is gone.
pub(super) fn decide(table: &Table, arrival: Arrival<'_>) -> Option<Received> {
    let Some(destination) = arrival.destination() else {
        return Some(arrival.into_packet());
    };
    if let Some(entry) = table.entry(destination & BASE_BITS) {
        return match arrival.is_here() {
            true => entry.decide_again(arrival.into_packet()),
            false => Some(arrival.into_packet()),
        };
    }
    let is_to_anybody = arrival.packet().protocol() == ETH_P_ARP || is_group(destination);
    if !is_to_anybody || !arrival.is_here() {
        return Some(arrival.into_packet());
    }
    let frame = arrival.into_packet();
    match table.concerned(&frame) {
        Some((entry, Verdict::Drop(counter))) => entry.end(counter, frame),
        // It is not known whether what stays was counted by the first hook.
        _ => Some(frame),
    }
}

fn is_group(destination: u64) -> bool {
    destination.to_ne_bytes()[0] & 1 != 0
}

impl Entry {
    /// A packet whose frame was to the cluster's MAC.
    fn decide_again(&self, mut frame: Received) -> Option<Received> {
        // Its bucket is that of the IPsec packet that it came in, which was decided on.
        if frame.is_decided() {
            return Some(frame);
        }
        frame = self.whole(frame)?;
        // Only what is counted depends on this, and what the protocols want of a packet.
        let is_new = !frame.is_to_host();
        let (counter, bucket) = match self.if_master(self.classify(&frame)) {
            Verdict::Serve(bucket) => (Counter::RxServed, bucket),
            Verdict::Other(bucket) => (Counter::RxOther, bucket),
            // `classify` leaves no `Leased`.
            Verdict::Leased(bucket) | Verdict::InTransition(bucket) => {
                frame = self.defrag(frame)?;
                let counter = match self.disposition(bucket, &frame) {
                    // What the first hook has not answered by a reset is the stack's.
                    Disposition::Owner | Disposition::Orphaned => Counter::RxServed,
                    Disposition::Draining => Counter::RxDraining,
                    Disposition::Other => Counter::RxOther,
                    Disposition::Unknown => Counter::RxLeft,
                };
                (counter, bucket)
            }
            Verdict::Accept(counter) => {
                if is_new {
                    self.counters.count(counter);
                    self.let_in(&mut frame);
                }
                return Some(frame);
            }
            Verdict::Drop(counter) => return self.end(counter, frame),
            Verdict::Leave(_) | Verdict::NotOurs => return Some(frame),
        };
        let is_served = matches!(counter, Counter::RxServed | Counter::RxDraining);
        match (is_new, is_served) {
            (false, true) => return Some(frame),
            // Counted by the first hook as one to serve, before the table has changed.
            (false, false) => {}
            (true, true) => {
                self.counters.served(counter, bucket, frame.len());
                self.let_in(&mut frame);
                return Some(frame);
            }
            (true, false) => self.counters.other(counter, bucket, frame.len()),
        }
        self.counters.count(Counter::RxGate);
        frame.discard();
        None
    }

    fn let_in(&self, frame: &mut Received) {
        self.counters.count(Counter::RxGate);
        frame.set_to_host();
    }

    fn end(&self, counter: Counter, frame: Received) -> Option<Received> {
        self.counters.count(counter);
        self.counters.count(Counter::RxGate);
        frame.discard();
        None
    }
}
