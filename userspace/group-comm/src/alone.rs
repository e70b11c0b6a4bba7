// SPDX-License-Identifier: GPL-2.0-only

//! The engine of a machine without a cluster: a group of one, which receives its own messages.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::{Engine, Group, GroupEvent, Kind};

/// So much may be unread.
const UNREAD: usize = 65_536;

/// A group of one.
pub struct Alone {
    id: u32,
    sender: mpsc::Sender<GroupEvent>,
    receiver: Option<mpsc::Receiver<GroupEvent>>,
    /// Whether a message was lost since the group was announced.
    lost: Mutex<bool>,
}

impl Alone {
    /// What it is.
    pub const KIND: Kind = Kind::new("alone");

    /// The group of this node.
    pub fn start(id: u32) -> Alone {
        Alone::with_room(id, UNREAD)
    }

    fn with_room(id: u32, unread: usize) -> Alone {
        let (sender, receiver) = mpsc::channel(unread);
        let alone = Alone {
            id,
            sender,
            receiver: Some(receiver),
            lost: Mutex::new(false),
        };
        alone.announce_group(&mut true);
        alone
    }

    /// Announces the group if it is due. Whether that is done.
    fn announce_group(&self, due: &mut bool) -> bool {
        if *due {
            let group = Group {
                ring: 1,
                members: vec![self.id],
                quorate: true,
                quorum: 1,
                votes: BTreeMap::new(),
                dead: Vec::new(),
            };
            *due = self.sender.try_send(GroupEvent::Group(group)).is_err();
        }
        !*due
    }
}

impl Engine for Alone {
    fn id(&self) -> u32 {
        self.id
    }

    fn kind(&self) -> Kind {
        Self::KIND
    }

    fn send(&self, bytes: Vec<u8>) {
        // Held while both are delivered, so that no message overtakes the group.
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        *lost = !self.announce_group(&mut lost)
            || self
                .sender
                .try_send(GroupEvent::Message {
                    from: self.id,
                    bytes,
                })
                .is_err();
    }

    fn receiver(&mut self) -> Option<mpsc::Receiver<GroupEvent>> {
        self.receiver.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(events: &mut mpsc::Receiver<GroupEvent>) -> Vec<GroupEvent> {
        std::iter::from_fn(|| events.try_recv().ok()).collect()
    }

    fn group() -> GroupEvent {
        GroupEvent::Group(Group {
            ring: 1,
            members: vec![4],
            quorate: true,
            quorum: 1,
            votes: BTreeMap::new(),
            dead: Vec::new(),
        })
    }

    fn message(byte: u8) -> GroupEvent {
        GroupEvent::Message {
            from: 4,
            bytes: vec![byte],
        }
    }

    #[test]
    fn its_group_comes_first_and_messages_in_order() {
        let mut alone = Alone::start(4);
        let mut events = alone.receiver().unwrap();
        assert!(alone.receiver().is_none());
        (0..200).for_each(|byte| alone.send(vec![byte]));
        let wanted: Vec<GroupEvent> = std::iter::once(group())
            .chain((0..200).map(message))
            .collect();
        assert_eq!(all(&mut events), wanted);
    }

    #[test]
    fn what_did_not_fit_is_followed_by_the_group() {
        let mut alone = Alone::with_room(4, 3);
        let mut events = alone.receiver().unwrap();
        (0..5).for_each(|byte| alone.send(vec![byte]));
        assert_eq!(all(&mut events), [group(), message(0), message(1)]);
        alone.send(vec![9]);
        assert_eq!(all(&mut events), [group(), message(9)]);
        alone.send(vec![10]);
        assert_eq!(all(&mut events), [message(10)]);
    }
}
