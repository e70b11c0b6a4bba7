// SPDX-License-Identifier: GPL-2.0-only

//! Messages cut into parts that the engine carries, and put together again.
//!
//! A part is `ssi` and the version, then the message's number, the part's and how many there are, each a u32 in
//! network order, then bytes. Parts of one sender arrive in order; what does not fit is dropped.

use std::collections::HashMap;
use std::hash::Hash;

/// How each part begins.
const MAGIC: [u8; 4] = *b"ssi\x01";
/// Bytes of a part's header.
const HEADER: usize = 16;
/// Bytes of a message in one part. Small enough that other nodes' messages come in between.
pub const PART: usize = 64 * 1024 - HEADER;
/// Bytes of the largest part, its header with it.
pub const LARGEST_PART: usize = PART + HEADER;
/// Bytes of the largest message.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// A message being sent: one part after the other.
pub struct Parts {
    id: u32,
    next: u32,
    count: u32,
    bytes: Vec<u8>,
}

impl Parts {
    /// A message with a number that the sender's last ones did not have. None if it is too large.
    pub fn new(id: u32, bytes: Vec<u8>) -> Option<Parts> {
        if bytes.len() > LARGEST {
            return None;
        }
        let count = u32::try_from(bytes.len().div_ceil(PART).max(1)).ok()?;
        Some(Parts {
            id,
            next: 0,
            count,
            bytes,
        })
    }

    /// Whether some parts are sent, and some not.
    pub fn is_begun(&self) -> bool {
        self.next > 0
    }

    /// The part to send next. None when all are sent.
    pub fn part(&self) -> Option<Vec<u8>> {
        if self.next >= self.count {
            return None;
        }
        let rest = self
            .bytes
            .chunks(PART)
            .nth(usize::try_from(self.next).ok()?)
            .unwrap_or_default();
        let mut part = Vec::with_capacity(HEADER + rest.len());
        part.extend(MAGIC);
        for number in [self.id, self.next, self.count] {
            part.extend(number.to_be_bytes());
        }
        part.extend(rest);
        Some(part)
    }

    /// The part was sent.
    pub fn sent(&mut self) {
        self.next = self.next.saturating_add(1);
    }
}

/// A message of which some parts have come.
struct Begun {
    id: u32,
    next: u32,
    count: u32,
    bytes: Vec<u8>,
}

/// Puts the messages of several senders together.
pub struct Assembler<Sender> {
    begun: HashMap<Sender, Begun>,
}

impl<Sender: Eq + Hash> Default for Assembler<Sender> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Sender: Eq + Hash> Assembler<Sender> {
    /// With nothing begun.
    pub fn new() -> Self {
        Self {
            begun: HashMap::new(),
        }
    }

    /// Forgets what is begun. Due at each change of the group: who just joined has not received the first parts, so
    /// nobody may receive the message.
    pub fn clear(&mut self) {
        self.begun.clear();
    }

    /// Takes a part. The message, if it was the last one.
    pub fn take(&mut self, sender: Sender, part: &[u8]) -> Option<Vec<u8>> {
        let (id, index, count, bytes) = parsed(part)?;
        let begun = self.begun.remove(&sender);
        let mut begun = match (index, begun) {
            (0, _) => Begun {
                id,
                next: 0,
                count,
                bytes: Vec::new(),
            },
            (_, Some(begun)) if (begun.id, begun.next, begun.count) == (id, index, count) => begun,
            _ => return None,
        };
        begun.bytes.extend(bytes);
        begun.next = begun.next.checked_add(1)?;
        if begun.next == count {
            return Some(begun.bytes);
        }
        self.begun.insert(sender, begun);
        None
    }
}

/// A part's message, number, count and bytes. None if it is none of ours.
fn parsed(part: &[u8]) -> Option<(u32, u32, u32, &[u8])> {
    let (magic, rest) = part.split_first_chunk::<4>()?;
    let (id, rest) = rest.split_first_chunk::<4>()?;
    let (index, rest) = rest.split_first_chunk::<4>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let (index, count) = (u32::from_be_bytes(*index), u32::from_be_bytes(*count));
    let most = u32::try_from(LARGEST.div_ceil(PART)).ok()?;
    let whole = index.checked_add(1)? == count || rest.len() == PART;
    let ours = *magic == MAGIC && index < count && count <= most && rest.len() <= PART && whole;
    ours.then(|| (u32::from_be_bytes(*id), index, count, rest))
}

#[cfg(test)]
mod tests;
