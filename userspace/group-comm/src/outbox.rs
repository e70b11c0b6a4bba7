// SPDX-License-Identifier: GPL-2.0-only

//! Messages on their way from the program to the thread that sends them.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Mutex, PoisonError};

use crate::frame::LARGEST;

/// Bytes of all messages that wait.
const ROOM: usize = 2 * LARGEST;
/// And so many of them.
const MOST: usize = 65_536;

/// What waits to be sent.
#[derive(Default)]
pub struct Outbox {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    /// A message did not fit.
    overflowed: bool,
    /// Whether there is a group to send to.
    open: bool,
    /// The engine was dropped.
    ended: bool,
}

impl Outbox {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a message. It is lost if there is no group; if it does not fit, [`Outbox::overflowed`] reports it.
    pub fn put(&self, bytes: Vec<u8>) {
        self.with(|state| {
            let fits = bytes.len() <= LARGEST
                && state.bytes + bytes.len() <= ROOM
                && state.waiting.len() < MOST;
            state.overflowed |= state.open && !fits;
            if state.open && fits && !state.overflowed {
                state.bytes += bytes.len();
                state.waiting.push_back(bytes);
            }
        });
    }

    /// The next message to send.
    pub fn next(&self) -> Option<Vec<u8>> {
        self.with(|state| {
            let next = state.waiting.pop_front()?;
            state.bytes = state.bytes.saturating_sub(next.len());
            Some(next)
        })
    }

    /// There is a group, or none any more: then what waits is lost.
    pub fn open(&self, open: bool) {
        self.with(|state| {
            let ended = state.ended;
            if !open {
                *state = State::default();
            }
            (state.open, state.ended) = (open, ended);
        });
    }

    /// Whether a message was lost since this was asked last. What waits is lost with it: nothing is delivered with a gap.
    pub fn overflowed(&self) -> bool {
        self.with(|state| {
            if state.overflowed {
                state.waiting.clear();
                state.bytes = 0;
            }
            mem::take(&mut state.overflowed)
        })
    }

    /// The engine is dropped.
    pub fn end(&self) {
        self.with(|state| state.ended = true);
    }

    /// Whether it was.
    pub fn has_ended(&self) -> bool {
        self.with(|state| state.ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_nothing_waits_without_a_group() {
        let outbox = Outbox::default();
        outbox.put(vec![1]);
        assert_eq!(outbox.next(), None, "no group");
        outbox.open(true);
        (2..5).for_each(|byte| outbox.put(vec![byte]));
        assert_eq!(
            (outbox.next(), outbox.next()),
            (Some(vec![2]), Some(vec![3]))
        );
        outbox.open(false);
        outbox.open(true);
        assert_eq!(outbox.next(), None, "lost with the group");
    }

    #[test]
    fn too_much_is_announced_once_and_leaves_no_gap() {
        let outbox = Outbox::default();
        outbox.open(true);
        outbox.put(vec![0; LARGEST]);
        outbox.put(vec![0; LARGEST]);
        assert!(!outbox.overflowed());
        outbox.put(vec![1]);
        assert!(outbox.overflowed());
        assert!(!outbox.overflowed());
        assert_eq!(outbox.next(), None);
        outbox.put(vec![2]);
        assert_eq!(outbox.next(), Some(vec![2]));
        outbox.put(vec![0; LARGEST + 1]);
        assert!(outbox.overflowed());
    }

    #[test]
    fn the_end_outlives_groups() {
        let outbox = Outbox::default();
        outbox.end();
        outbox.open(false);
        assert!(outbox.has_ended());
    }
}
