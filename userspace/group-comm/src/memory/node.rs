// SPDX-License-Identifier: GPL-2.0-only

//! A node of a hub: its daemon, and the program that it serves.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::Heard;

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
    /// Tells it from programs before it.
    pub number: u64,
    /// Not yet in the order.
    pub sent: VecDeque<Vec<u8>>,
    /// In the order, but not yet told; messages with their place in it.
    pub untold: VecDeque<(Option<u64>, Heard)>,
    /// Place of the last message that it was told.
    pub told: u64,
    /// Where it is told.
    pub tell: mpsc::Sender<Heard>,
}

impl Program {
    /// Tells it after all that it is to be told already.
    pub fn tell_later(&mut self, heard: Heard) {
        self.untold.push_back((None, heard));
    }

    /// Whether there is something, and room for it. A receiver that is gone takes anything.
    pub fn can_be_told(&self) -> bool {
        !self.untold.is_empty() && (self.tell.capacity() > 0 || self.tell.is_closed())
    }
}
