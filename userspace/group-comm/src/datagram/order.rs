// SPDX-License-Identifier: GPL-2.0-only

//! Order of a ring's messages, the same at all members: the lowest one is the sequencer.
//!
//! Messages go from their sender to all, in its stream. The lowest member delivers them as they come and puts into its own
//! stream whose they were; the others deliver by that. Its own are next where they are in its stream.

use std::collections::{BTreeMap, VecDeque};

use crate::frame::LARGEST;

/// Kinds of what is in a stream.
const MESSAGE: u8 = 0;
const NEXT: u8 = 1;
/// So many bytes may wait for their place in the order, with what each message takes besides.
const ROOM: usize = 4 * LARGEST;
/// What a message, or its place, takes besides its bytes. Empty messages are many else.
const ENTRY: usize = 64;

/// A message, and the place of who sent it.
pub type Ordered = (u8, Vec<u8>);

/// What is next.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Next {
    /// The oldest message of the member at this place that has not been next.
    Of(u8),
    /// This one of the lowest member's.
    Lowest(Vec<u8>),
}

/// The order of one ring, as one of its members sees it.
#[derive(Clone, Debug, Default)]
pub struct Order {
    me: u8,
    lowest: u8,
    waiting: BTreeMap<u8, VecDeque<Vec<u8>>>,
    bytes: usize,
    next: VecDeque<Next>,
    /// At the lowest member: whose messages were delivered, which the others are to be unannounced.
    unannounced: Vec<u8>,
}

impl Order {
    /// Of a ring of which this node is a member, and another one, or the same, the lowest.
    pub fn new(me: u8, lowest: u8) -> Order {
        Order {
            me,
            lowest,
            ..Order::default()
        }
    }

    /// What goes to the others with a message of this node's.
    pub fn wrapped(bytes: &[u8]) -> Vec<u8> {
        let mut wrapped = Vec::with_capacity(bytes.len().saturating_add(1));
        wrapped.push(MESSAGE);
        wrapped.extend_from_slice(bytes);
        wrapped
    }

    /// What is to be announced to the others, if anything: before the next message of this node's.
    pub fn announcement(&mut self) -> Option<Vec<u8>> {
        if self.unannounced.is_empty() {
            return None;
        }
        let mut bytes = vec![NEXT];
        bytes.append(&mut self.unannounced);
        Some(bytes)
    }

    /// A message that this node has sent, as it was wrapped, or what came in the stream of a member. What is to be delivered;
    /// `None` where so much waits that the ring is to be formed anew.
    pub fn take(&mut self, from: u8, bytes: &[u8]) -> Option<Vec<Ordered>> {
        match bytes.split_first() {
            Some((&MESSAGE, message)) => self.message(from, message.to_vec()),
            Some((&NEXT, places)) if from == self.lowest && from != self.me => {
                // A place is a byte there and an entry here.
                if self.next.len().saturating_add(places.len()) > ROOM / ENTRY {
                    return None;
                }
                self.next
                    .extend(places.iter().map(|place| Next::Of(*place)));
                Some(self.deliver())
            }
            // Of a release to come, or of nobody.
            _ => Some(Vec::new()),
        }
    }

    fn message(&mut self, from: u8, message: Vec<u8>) -> Option<Vec<Ordered>> {
        if self.me == self.lowest {
            if from != self.me {
                self.unannounced.push(from);
            }
            return Some(vec![(from, message)]);
        }
        let taken = message.len().saturating_add(ENTRY);
        self.bytes = self.bytes.saturating_add(taken);
        if self.bytes > ROOM {
            return None;
        }
        match from == self.lowest {
            true => self.next.push_back(Next::Lowest(message)),
            false => self.waiting.entry(from).or_default().push_back(message),
        }
        Some(self.deliver())
    }

    fn deliver(&mut self) -> Vec<Ordered> {
        let mut all = Vec::new();
        while let Some(next) = self.next.front() {
            let ordered = match next {
                Next::Lowest(_) => None,
                Next::Of(place) => {
                    match self.waiting.get_mut(place).and_then(VecDeque::pop_front) {
                        Some(message) => Some((*place, message)),
                        None => break,
                    }
                }
            };
            let ordered = match (self.next.pop_front(), ordered) {
                (_, Some(ordered)) => ordered,
                (Some(Next::Lowest(message)), None) => (self.lowest, message),
                _ => break,
            };
            self.bytes = self.bytes.saturating_sub(ordered.1.len() + ENTRY);
            all.push(ordered);
        }
        all
    }
}

#[cfg(test)]
mod tests;
