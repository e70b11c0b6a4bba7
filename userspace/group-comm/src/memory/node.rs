// SPDX-License-Identifier: GPL-2.0-only

//! A node of a hub: its daemon, and the program that it serves.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::GroupEvent;

/// A node's daemon.
pub struct Daemon {
    /// It runs.
    pub up: bool,
    /// It stands still.
    pub held: bool,
    /// The part of the network that it is in.
    pub part: usize,
    /// The ring that it is in, or was last.
    pub ring: u64,
    /// The program that has joined.
    pub program: Option<Program>,
}

/// A node's program.
pub struct Program {
    /// Distinguishes it from programs before it.
    pub number: u64,
    /// Not yet in the order.
    pub sent: VecDeque<Vec<u8>>,
    /// In the order, but not yet delivered; messages with their place in it.
    pub undelivered: VecDeque<(Option<u64>, GroupEvent)>,
    /// Place of the last message that was delivered.
    pub delivered: u64,
    /// Where events go.
    pub sender: mpsc::Sender<GroupEvent>,
}

impl Program {
    /// Delivers it after all that is undelivered.
    pub fn deliver_later(&mut self, event: GroupEvent) {
        self.undelivered.push_back((None, event));
    }

    /// Whether there is something, and room for it. A receiver that is gone takes anything.
    pub fn can_deliver(&self) -> bool {
        !self.undelivered.is_empty() && (self.sender.capacity() > 0 || self.sender.is_closed())
    }
}
