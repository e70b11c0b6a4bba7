// SPDX-License-Identifier: GPL-2.0-only

//! Events on their way to the program. The thread never waits for it: what finds no room is lost, and after that no
//! message comes before the group is announced anew.

use std::collections::VecDeque;

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::GroupEvent;

/// So many events wait besides those in the channel.
const MOST: usize = 4096;

/// Events that wait.
pub struct Events {
    sender: Sender<GroupEvent>,
    waiting: VecDeque<GroupEvent>,
    /// A message was lost, and no group has been announced since.
    gap: bool,
}

impl Events {
    /// To this channel.
    pub fn new(sender: Sender<GroupEvent>) -> Events {
        Events {
            sender,
            waiting: VecDeque::new(),
            gap: false,
        }
    }

    /// Whether nobody listens any more.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Puts an event at the end. False if messages are lost: the group is to be formed anew.
    pub fn put(&mut self, event: GroupEvent) -> bool {
        let is_message = matches!(event, GroupEvent::Message { .. });
        if matches!(event, GroupEvent::Group(_)) {
            self.gap = false;
        }
        if self.gap && is_message {
            return true;
        }
        self.waiting.push_back(event);
        if self.waiting.len() <= MOST {
            return true;
        }
        // The last of each other kind says all that the program has to know.
        let mut kept: Vec<GroupEvent> = Vec::new();
        while let Some(event) = self.waiting.pop_back() {
            let is_message = matches!(event, GroupEvent::Message { .. });
            let is_newest = kept.iter().all(|later| kind(later) != kind(&event));
            if !is_message && is_newest {
                kept.push(event);
            }
        }
        self.waiting.extend(kept.into_iter().rev());
        self.gap = true;
        false
    }

    /// Hands over what the channel has room for. Whether something waits still.
    pub fn hand_over(&mut self) -> bool {
        while let Some(event) = self.waiting.pop_front() {
            match self.sender.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    return true;
                }
                Err(TrySendError::Closed(_)) => return false,
            }
        }
        false
    }
}

/// Of events of a kind the last one counts.
fn kind(event: &GroupEvent) -> u8 {
    match event {
        GroupEvent::Group(_) | GroupEvent::Nothing(_) => 0,
        GroupEvent::Trouble(_) => 1,
        GroupEvent::CutOff(_) => 2,
        GroupEvent::Message { .. } => 3,
        GroupEvent::HeldOut(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Group;
    use tokio::sync::mpsc;

    fn group(ring: u64) -> GroupEvent {
        GroupEvent::Group(Group {
            ring,
            members: vec![1],
            quorate: true,
            quorum: 1,
            votes: BTreeMap::new(),
            dead: Vec::new(),
        })
    }

    fn message(bytes: &[u8]) -> GroupEvent {
        GroupEvent::Message {
            from: 1,
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn after_a_loss_no_message_comes_before_the_next_group() {
        let (sender, mut receiver) = mpsc::channel(2);
        let mut events = Events::new(sender);
        assert!(events.put(group(1)) && events.put(message(b"a")) && events.put(message(b"b")));
        assert!(events.hand_over(), "one waits");
        let trouble = GroupEvent::Trouble(vec!["t".to_owned()]);
        let cut_off = GroupEvent::CutOff(Some("c".to_owned()));
        assert!(events.put(GroupEvent::CutOff(None)) && events.put(cut_off.clone()));
        assert!(events.put(group(2)) && events.put(trouble.clone()));
        let fits = (0..2 * MOST)
            .take_while(|_| events.put(message(b"c")))
            .count();
        assert_eq!(fits, MOST - 5);
        assert!(events.put(message(b"d")), "lost with the others");
        assert!(events.put(group(3)) && events.put(message(b"e")));
        let mut got = Vec::new();
        loop {
            while let Ok(event) = receiver.try_recv() {
                got.push(event);
            }
            if !events.hand_over() && events.waiting.is_empty() && receiver.is_empty() {
                break;
            }
        }
        let wanted = [
            group(1),
            message(b"a"),
            cut_off,
            group(2),
            trouble,
            group(3),
            message(b"e"),
        ];
        assert_eq!(got, wanted);
    }
}
