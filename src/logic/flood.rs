// SPDX-License-Identifier: GPL-2.0-only

//! Flood detection: whether the network delivers a frame to the base MAC to one node or to all (mode forward).
//!
//! A switch that learns gives it to the node behind the port where the MAC was seen last, and that
//! node forwards. A hub, or a switch that does not learn, gives it to all: then the master alone
//! may forward, or the owner would get it several times. The master's flood probe shows which: it
//! goes from the base MAC to the base MAC, so that a switch which learns keeps it to itself.

use core::sync::atomic::{
    AtomicU32,
    AtomicU8,
    Ordering::Relaxed, //
};

/// So many flood probes in a row must arrive before a network that seemed to learn is taken for one
/// that floods: where the MAC moves all the time, a single one may slip through.
const ENOUGH: u32 = 3;
/// So many must be missed in a row before one that floods is taken for one that learns.
const MISSED: u32 = 2;

const UNKNOWN: u8 = 0;
const LEARNS: u8 = 1;
const FLOODS: u8 = 2;

/// What a node has found out.
pub struct Flood {
    state: AtomicU8,
    /// Whose flood probes they are, by rank and one.
    master: AtomicU32,
    /// The last flood probe.
    probe: AtomicU32,
    /// So many in a row spoke against the state.
    against: AtomicU32,
}

impl Flood {
    /// Nothing is known yet.
    pub const fn new() -> Self {
        Self {
            state: AtomicU8::new(UNKNOWN),
            master: AtomicU32::new(0),
            probe: AtomicU32::new(0),
            against: AtomicU32::new(0),
        }
    }

    /// Whether frames to the base MAC come to all nodes, as far as is known; where nothing is, the
    /// master forwards.
    #[inline]
    pub fn is_flooded(&self) -> bool {
        self.state.load(Relaxed) != LEARNS
    }

    /// Whether they do, if it is known.
    pub fn known(&self) -> Option<bool> {
        match self.state.load(Relaxed) {
            UNKNOWN => None,
            state => Some(state == FLOODS),
        }
    }

    /// The rank of the last known master.
    pub fn master(&self) -> Option<u32> {
        self.master.load(Relaxed).checked_sub(1)
    }

    /// Another node reports what it found. A node that gets no flood probes believes it: the master,
    /// and who is new.
    pub fn reported(&self, is_flooded: bool, is_master: bool) {
        if is_master || self.known().is_none() {
            self.set(is_flooded);
        }
    }

    /// The master's flood probe of this number has arrived.
    pub fn flood_probe(&self, sequence: u32) {
        self.probe.store(sequence, Relaxed);
    }

    /// The hello of this number of master `node` has arrived, by the other network. It sent the
    /// flood probe of the number before a second ago.
    pub fn hello(&self, node: u32, sequence: u32) {
        // A master's first one shows only where its numbers are.
        let node = node.wrapping_add(1);
        if self.master.swap(node, Relaxed) != node {
            return;
        }
        let probe = self.probe.load(Relaxed);
        let has_arrived = probe == sequence || probe == sequence.wrapping_sub(1);
        let enough = match (self.known(), has_arrived) {
            (None, _) => 1,
            (Some(false), true) => ENOUGH,
            (Some(true), false) => MISSED,
            (Some(_), _) => return self.against.store(0, Relaxed),
        };
        let against = self.against.load(Relaxed).saturating_add(1);
        if against >= enough {
            self.set(has_arrived);
        } else {
            self.against.store(against, Relaxed);
        }
    }

    fn set(&self, is_flooded: bool) {
        let state = if is_flooded { FLOODS } else { LEARNS };
        self.state.store(state, Relaxed);
        self.against.store(0, Relaxed);
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
