// SPDX-License-Identifier: GPL-2.0-only

//! Incoming: one member's messages in a ring, put together of parts that come in any order.

use std::collections::BTreeMap;

use crate::datagram::wire::Part;
use crate::frame::LARGEST;

/// So many parts may be on their way to a member.
pub const WINDOW: usize = 64;

/// A member's stream.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// All parts up to this number were taken.
    up_to: u64,
    /// Later ones.
    waiting: BTreeMap<u64, Part>,
    /// The message that is begun.
    message: Vec<u8>,
}

impl Incoming {
    /// All parts up to this number were taken.
    pub fn up_to(&self) -> u64 {
        self.up_to
    }

    /// Whether a part is there already.
    pub fn has(&self, number: u64) -> bool {
        number <= self.up_to || self.waiting.contains_key(&number)
    }

    /// Takes a part. The messages that are complete with it. One that is too large stops the stream: the sender finds
    /// that it is not acknowledged.
    pub fn take(&mut self, part: Part) -> Vec<Vec<u8>> {
        let window = u64::try_from(WINDOW).unwrap_or(u64::MAX);
        let ahead = part.number.saturating_sub(self.up_to);
        if (1..=window).contains(&ahead) {
            self.waiting.entry(part.number).or_insert(part);
        }
        let mut messages = Vec::new();
        while let Some(next) = self.next() {
            self.message.extend(next.bytes);
            if next.is_last {
                messages.push(std::mem::take(&mut self.message));
            }
        }
        messages
    }

    fn next(&mut self) -> Option<Part> {
        let number = self.up_to.saturating_add(1);
        let next = self.waiting.get(&number)?;
        if self.message.len().saturating_add(next.bytes.len()) > LARGEST {
            return None;
        }
        self.up_to = number;
        self.waiting.remove(&number)
    }
}
