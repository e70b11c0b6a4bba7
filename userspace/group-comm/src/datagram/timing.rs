// SPDX-License-Identifier: GPL-2.0-only

//! Timing: how often a node shows itself, and how long it may be silent, in ms of its own clock.

/// How often, and how long.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timing {
    /// Between two heartbeats.
    pub beat: u64,
    /// Silence after which a node is gone.
    pub patience: u64,
}

impl Timing {
    /// After how long what was not acknowledged is sent again.
    pub const fn again(&self) -> u64 {
        let third = self.beat / 3;
        if third == 0 { 1 } else { third }
    }

    /// How long an acknowledgement waits for others.
    pub const fn ack(&self) -> u64 {
        self.again() / 4
    }

    /// How long a part may be on its way to one who is there before the ring is formed anew.
    pub const fn stuck(&self) -> u64 {
        self.patience.saturating_mul(3)
    }
}
