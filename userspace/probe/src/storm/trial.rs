// SPDX-License-Identifier: GPL-2.0-only

//! Trial of a SYN: when it was sent, and who answered it.

/// How often a SYN is sent at most.
pub const TRIES: usize = 5;

/// When a SYN was sent, and had left for sure; in microseconds since 1970.
#[derive(Clone)]
pub struct Try {
    pub sent: u64,
    pub left: u64,
}

#[derive(Clone, Default)]
pub struct Trial {
    pub tries: Vec<Try>,
    /// When its first answer was seen, 0: never.
    pub answered: u64,
    /// When another node than the first answered it last, 0: never.
    pub doubled: u64,
    /// A bit for each node that answered by SYN-ACK, and whether one did by RST.
    pub nodes: u32,
    pub reset: bool,
}

impl Trial {
    /// A node answered it at this time.
    pub fn accepted(&mut self, node: usize, time: u64) {
        self.nodes |= 1 << node;
        if self.answered == 0 {
            self.answered = time;
        }
        if self.nodes.count_ones() > 1 {
            self.doubled = time;
        }
    }

    pub fn is_answered(&self) -> bool {
        self.nodes != 0 || self.reset
    }
}
