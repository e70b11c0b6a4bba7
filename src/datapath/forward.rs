// SPDX-License-Identifier: GPL-2.0-only

//! Mode forward (claim 3): frames to the base MAC, which the network gave to this node alone, or to all of them.

use super::{
    classify::is_part,
    table::{
        Entry,
        ForwardPath, //
    }, //
};
use crate::{
    abstractions::skb::{
        xmit::Detached,
        Received,
        Scratch, //
    },
    logic::{
        announcement::{
            self,
            ETH_P_SSI,
            FLOOD_PROBE, //
        },
        counter::Counter,
        receive::Verdict,
        rules::Rules,
        transition::Disposition, //
    }, //
};

impl Entry {
    /// A frame to the base MAC, which the network gave to this node (mode forward).
    #[inline(never)]
    pub(super) fn rx_forward(&self, path: &ForwardPath, frame: Received) -> Option<Received> {
        if frame.protocol() == ETH_P_SSI {
            return self.flood_probe(path, frame);
        }
        if self.rules.distribution.has_ports() && is_part(&frame) {
            return self.rx_forward_part(path, frame);
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
                Disposition::Owner | Disposition::Draining | Disposition::Orphaned => {
                    Verdict::InTransition(bucket)
                }
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

    /// A part of a segment, whose node follows from its port: every node puts it together.
    #[cold]
    fn rx_forward_part(&self, path: &ForwardPath, frame: Received) -> Option<Received> {
        let verdict = match self.classify(&frame) {
            verdict if path.is_left_to_master(&self.rules, verdict) => {
                Verdict::Drop(Counter::RxFlooded)
            }
            verdict => verdict,
        };
        if matches!(
            verdict,
            Verdict::Leave(_) | Verdict::NotOurs | Verdict::Drop(_)
        ) {
            return self.apply_verdict(verdict, frame);
        }
        if let Some(copy) = frame.copy() {
            self.pass_on(path, Some(copy));
        }
        let frame = self.defrag(frame)?;
        // What is another's it puts together as well.
        self.apply_verdict(self.classify(&frame), frame)
    }

    /// A request in another node's bucket.
    fn forward(
        &self,
        path: &ForwardPath,
        bucket: u32,
        len: u32,
        frame: Option<Detached>,
    ) -> Option<Received> {
        let owner = path.link.state.owner(path.forward, bucket);
        let to = owner.unwrap_or(self.rules.group);
        let went = frame.is_some_and(|frame| frame.send_on(path.link.device, to));
        let counter = match went {
            true => Counter::RxForwarded,
            false => Counter::RxForwardFailed,
        };
        self.counters.other(counter, bucket, len);
        None
    }

    /// ARP, neighbour discovery or a part of a segment that any node may want.
    fn pass_on(&self, path: &ForwardPath, frame: Option<Detached>) -> Option<Received> {
        let went = frame.is_some_and(|frame| frame.send_on(path.link.device, self.rules.group));
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
            Some(message) => match &path.link.trust {
                Some(trust) => trust.check(&message, base, base),
                None => Ok(()),
            }
            .map_or_else(
                |counter| counter,
                |()| {
                    path.link.state.flood_probe(&message.header);
                    Counter::RxFloodProbe
                },
            ),
        };
        self.counters.count(counter);
        frame.discard();
        None
    }
}

impl ForwardPath {
    /// Whether a frame with this verdict is the master's business alone, as it came to all nodes.
    fn is_left_to_master(&self, rules: &Rules, verdict: Verdict) -> bool {
        let is_left = matches!(verdict, Verdict::Leave(_) | Verdict::NotOurs);
        !rules.master && !is_left && self.link.state.is_flooded()
    }
}
