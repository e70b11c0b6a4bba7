// SPDX-License-Identifier: GPL-2.0-only

//! Streams of a ring: this node's messages to its other members, and theirs to this node, each in order and once.

use std::collections::BTreeMap;

use super::wire::{Acks, Part};
use crate::frame::LARGEST;

mod incoming;
mod outgoing;

use incoming::Incoming;
pub use outgoing::Outgoing;

/// Parts kept that came before their ring.
const EARLY: usize = 256;

/// The streams of a ring.
#[derive(Clone, Debug)]
pub struct Streams {
    ring: u64,
    /// This node's to the others.
    pub out: Outgoing,
    incoming: BTreeMap<u8, Incoming>,
    /// When what arrived is to be acknowledged.
    pub ack_at: Option<u64>,
    /// Parts of rings that this node is not in yet.
    early: Vec<(u8, Part)>,
}

impl Streams {
    /// Of no ring.
    pub fn none() -> Streams {
        Streams {
            ring: 0,
            out: Outgoing::new(&[]),
            incoming: BTreeMap::new(),
            ack_at: None,
            early: Vec::new(),
        }
    }

    /// This ring begins, with these other members. Gives the messages of it that came before.
    pub fn begin(&mut self, now: u64, ring: u64, others: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let early = std::mem::take(&mut self.early);
        *self = Streams {
            ring,
            out: Outgoing::new(others),
            incoming: others.iter().map(|p| (*p, Incoming::default())).collect(),
            ack_at: None,
            early: Vec::new(),
        };
        let mut messages = Vec::new();
        for (from, part) in early {
            let all = self.part(now, from, part, now);
            messages.extend(all.into_iter().map(|message| (from, message)));
        }
        messages
    }

    /// A part came. Gives what messages are complete; they are acknowledged at `ack_at` or before.
    pub fn part(&mut self, now: u64, from: u8, part: Part, ack_at: u64) -> Vec<Vec<u8>> {
        if part.ring > self.ring {
            let is_new = self.early.iter().all(|(sender, early)| {
                (*sender, early.ring, early.number) != (from, part.ring, part.number)
            });
            if is_new && self.early.len() < EARLY {
                self.early.push((from, part));
            }
            return Vec::new();
        }
        let stream = self.incoming.get_mut(&from);
        let Some(stream) = stream.filter(|_| part.ring == self.ring) else {
            return Vec::new();
        };
        // What came again was not acknowledged, or that was lost.
        let at = if stream.has(part.number) { now } else { ack_at };
        self.ack_at = Some(self.ack_at.map_or(at, |due| due.min(at)));
        stream.take(part)
    }

    /// A member acknowledged.
    pub fn acked(&mut self, me: u8, from: u8, acks: &Acks) {
        if acks.ring != self.ring {
            return;
        }
        let mine = acks.all.iter().filter(|(place, _)| *place == me);
        for (_, number) in mine {
            self.out.acked(from, *number);
        }
    }

    /// What is to be acknowledged, if anything ever came.
    pub fn acks(&self) -> Option<Acks> {
        let all = self.incoming.iter();
        let all = all.map(|(place, stream)| (*place, stream.up_to()));
        let all: Vec<_> = all.filter(|(_, number)| *number > 0).collect();
        (!all.is_empty()).then_some(Acks {
            ring: self.ring,
            all,
        })
    }

    /// A message is to be sent. False if there is no room for it: then the ring is to be formed anew.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        bytes.len() <= LARGEST && self.out.push(self.ring, bytes)
    }
}

#[cfg(test)]
mod tests;
