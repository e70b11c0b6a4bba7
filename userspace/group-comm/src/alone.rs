// SPDX-License-Identifier: GPL-2.0-only

//! The engine of a machine without a cluster: a group of one, which hears itself.

use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::{Engine, Group, Heard};

/// So much may be unread.
const UNREAD: usize = 65_536;

/// A group of one.
pub struct Alone {
    id: u32,
    tell: mpsc::Sender<Heard>,
    heard: Option<mpsc::Receiver<Heard>>,
    /// Whether a message was lost since the group was told.
    lost: Mutex<bool>,
}

impl Alone {
    /// The group of this node.
    pub fn start(id: u32) -> Alone {
        Alone::with_room(id, UNREAD)
    }

    fn with_room(id: u32, unread: usize) -> Alone {
        let (tell, heard) = mpsc::channel(unread);
        let alone = Alone {
            id,
            tell,
            heard: Some(heard),
            lost: Mutex::new(false),
        };
        alone.tell_group(&mut true);
        alone
    }

    /// Tells the group if it is due. Whether it is told.
    fn tell_group(&self, due: &mut bool) -> bool {
        if *due {
            let group = Group {
                ring: 1,
                members: vec![self.id],
                quorate: true,
                quorum: 1,
            };
            *due = self.tell.try_send(Heard::Group(group)).is_err();
        }
        !*due
    }
}

impl Engine for Alone {
    fn id(&self) -> u32 {
        self.id
    }

    fn name(&self) -> &'static str {
        "alone"
    }

    fn send(&self, bytes: Vec<u8>) {
        // Held while both are told, so that no message overtakes the group.
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        *lost = !self.tell_group(&mut lost)
            || self
                .tell
                .try_send(Heard::Message {
                    from: self.id,
                    bytes,
                })
                .is_err();
    }

    fn heard(&mut self) -> Option<mpsc::Receiver<Heard>> {
        self.heard.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(heard: &mut mpsc::Receiver<Heard>) -> Vec<Heard> {
        std::iter::from_fn(|| heard.try_recv().ok()).collect()
    }

    fn group() -> Heard {
        Heard::Group(Group {
            ring: 1,
            members: vec![4],
            quorate: true,
            quorum: 1,
        })
    }

    fn message(byte: u8) -> Heard {
        Heard::Message {
            from: 4,
            bytes: vec![byte],
        }
    }

    #[test]
    fn its_group_comes_first_and_messages_in_order() {
        let mut alone = Alone::start(4);
        let mut heard = alone.heard().unwrap();
        assert!(alone.heard().is_none());
        (0..200).for_each(|byte| alone.send(vec![byte]));
        let wanted: Vec<Heard> = std::iter::once(group())
            .chain((0..200).map(message))
            .collect();
        assert_eq!(all(&mut heard), wanted);
    }

    #[test]
    fn what_did_not_fit_is_followed_by_the_group() {
        let mut alone = Alone::with_room(4, 3);
        let mut heard = alone.heard().unwrap();
        (0..5).for_each(|byte| alone.send(vec![byte]));
        assert_eq!(all(&mut heard), [group(), message(0), message(1)]);
        alone.send(vec![9]);
        assert_eq!(all(&mut heard), [group(), message(9)]);
        alone.send(vec![10]);
        assert_eq!(all(&mut heard), [message(10)]);
    }
}
