// SPDX-License-Identifier: GPL-2.0-only

//! Whether the network gives a frame to the base MAC to one node, or to all of them (mode forward).
//!
//! A switch that learns gives it to the node behind the port where the MAC was seen last, and that
//! node forwards. A hub, or a switch that does not learn, gives it to all: then the master alone
//! may forward, or the owner would get it several times. The master's keepalive tells which: it
//! goes from the base MAC to the base MAC, so that a switch which learns keeps it to itself.

use core::sync::atomic::{
    AtomicBool,
    AtomicU32,
    Ordering::Relaxed, //
};

/// So many keepalives in a row must be heard before a network that seemed to learn is taken for one
/// that floods: where the MAC moves all the time, a single one may slip through.
const STREAK: u32 = 3;

/// What a node has found out.
pub struct Flood {
    /// Whether frames come to all nodes; at first nothing is known, and the master forwards.
    flooded: AtomicBool,
    known: AtomicBool,
    /// The keepalive heard last.
    heard: AtomicU32,
    /// So many in a row were heard.
    streak: AtomicU32,
}

impl Flood {
    /// Nothing is known yet.
    pub const fn new() -> Self {
        Self {
            flooded: AtomicBool::new(true),
            known: AtomicBool::new(false),
            heard: AtomicU32::new(0),
            streak: AtomicU32::new(0),
        }
    }

    /// Whether frames to the base MAC come to all nodes, for all that is known.
    #[inline]
    pub fn is_flooded(&self) -> bool {
        self.flooded.load(Relaxed)
    }

    /// The master's keepalive of this number was heard.
    pub fn keepalive(&self, sequence: u32) {
        self.heard.store(sequence, Relaxed);
    }

    /// The master's hello of this number was heard, by the other network. It sent the keepalive of
    /// the number before a second ago.
    pub fn hello(&self, sequence: u32) {
        // The first one tells no more than where the numbers are.
        if !self.known.swap(true, Relaxed) {
            return;
        }
        let heard = self.heard.load(Relaxed);
        if heard == sequence || heard == sequence.wrapping_sub(1) {
            let streak = self.streak.load(Relaxed).saturating_add(1);
            self.streak.store(streak, Relaxed);
            if streak >= STREAK {
                self.flooded.store(true, Relaxed);
            }
        } else {
            self.streak.store(0, Relaxed);
            self.flooded.store(false, Relaxed);
        }
    }
}

impl Default for Flood {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[path = "tests/flood.rs"]
mod tests;
