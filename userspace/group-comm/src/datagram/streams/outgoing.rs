// SPDX-License-Identifier: GPL-2.0-only

//! Outgoing: this node's messages in a ring, kept until all other members have them.

use std::collections::{BTreeMap, VecDeque};

use super::incoming::WINDOW;
use crate::datagram::wire::Part;
use crate::frame::LARGEST;

/// Bytes of a message in one part.
pub const PART: usize = 1000;
/// Bytes that may wait.
const ROOM: usize = 2 * LARGEST;
/// And so many parts.
const MOST: usize = 65_536;

/// A part that not all have.
#[derive(Clone, Debug)]
struct Waiting {
    part: Part,
    /// When it was sent first, and last, and how often.
    sent: Option<(u64, u64, u32)>,
}

impl Waiting {
    /// When it is to be sent again: later and later.
    fn due(&self, again: u64) -> u64 {
        self.sent.map_or(0, |(_, last, times)| {
            last.saturating_add(again << times.saturating_sub(1).min(2))
        })
    }
}

/// A stream to the other members.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// All parts up to this number arrived, by member.
    arrived: BTreeMap<u8, u64>,
    waiting: VecDeque<Waiting>,
    bytes: usize,
    last: u64,
}

impl Outgoing {
    /// To these.
    pub fn new(others: &[u8]) -> Outgoing {
        Outgoing {
            arrived: others.iter().map(|place| (*place, 0)).collect(),
            waiting: VecDeque::new(),
            bytes: 0,
            last: 0,
        }
    }

    /// Puts a message at the end. False if there is no room.
    pub fn push(&mut self, ring: u64, bytes: &[u8]) -> bool {
        if self.arrived.is_empty() {
            return true;
        }
        let count = bytes.len().div_ceil(PART).max(1);
        if self.bytes + bytes.len() > ROOM || self.waiting.len() + count > MOST {
            return false;
        }
        self.bytes += bytes.len();
        let mut rest = bytes;
        loop {
            let (part, after) = rest.split_at(rest.len().min(PART));
            self.last = self.last.saturating_add(1);
            self.waiting.push_back(Waiting {
                part: Part {
                    ring,
                    number: self.last,
                    is_last: after.is_empty(),
                    bytes: part.to_vec(),
                },
                sent: None,
            });
            rest = after;
            if rest.is_empty() {
                return true;
            }
        }
    }

    /// A member has all parts up to this number.
    pub fn acked(&mut self, from: u8, number: u64) {
        let last = self.last;
        if let Some(arrived) = self.arrived.get_mut(&from) {
            *arrived = (*arrived).max(number.min(last));
        }
        let all = self.arrived.values().min().copied().unwrap_or(u64::MAX);
        while self.waiting.front().is_some_and(|w| w.part.number <= all) {
            if let Some(done) = self.waiting.pop_front() {
                self.bytes = self.bytes.saturating_sub(done.part.bytes.len());
            }
        }
    }

    /// What is to be sent now, and to whom if it is one only. What is not acknowledged is sent again after `again` ms.
    pub fn due(&mut self, now: u64, again: u64) -> Vec<(Option<u8>, Part)> {
        let mut due = Vec::new();
        for waiting in self.waiting.iter_mut().take(WINDOW) {
            if waiting.due(again) > now {
                continue;
            }
            let lacking = self.arrived.iter();
            let mut lacking = lacking.filter(|(_, arrived)| **arrived < waiting.part.number);
            let only = match (lacking.next(), lacking.next()) {
                (Some((place, _)), None) => Some(*place),
                _ => None,
            };
            let (first, _, times) = waiting.sent.unwrap_or((now, now, 0));
            waiting.sent = Some((first, now, times.saturating_add(1)));
            due.push((only, waiting.part.clone()));
        }
        due
    }

    /// When something is to be sent next.
    pub fn wake_at(&self, again: u64) -> Option<u64> {
        let window = self.waiting.iter().take(WINDOW);
        window.map(|waiting| waiting.due(again)).min()
    }

    /// Since when the oldest part that not all have is on its way.
    pub fn stuck_since(&self) -> Option<u64> {
        self.waiting
            .front()
            .and_then(|waiting| waiting.sent)
            .map(|(first, _, _)| first)
    }
}
