// SPDX-License-Identifier: GPL-2.0-only

//! What this node does with each bucket: two bits a bucket, the owned bit and one that says that the
//! bucket is in transition.
//!
//! Packets read them while they are written. A packet is in one bucket, and a bucket's bits are of
//! one word: so it meets the table before a change or after it.

use core::sync::atomic::{
    AtomicU64,
    Ordering::Relaxed, //
};

use super::owned::owns;

/// Buckets in a word.
const IN_WORD: u32 = u64::BITS / 2;
/// The owned bits of a word.
const OWNED: u64 = 0x5555_5555_5555_5555;

/// What becomes of requests in a bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum State {
    /// Another node serves them.
    Other,
    /// This node serves them.
    Owned,
    /// This node had the bucket and serves the connections that it has.
    Draining,
    /// This node has the bucket, and another one still serves the connections that it has.
    Adopting,
}

/// Words for `k` buckets.
pub const fn words(k: u32) -> usize {
    k.div_ceil(IN_WORD) as usize
}

/// A table.
pub trait States {
    /// What the node does with bucket `m`; one past the end is another's.
    fn state(&self, m: u32) -> State;
}

impl States for [AtomicU64] {
    #[inline(always)]
    fn state(&self, m: u32) -> State {
        let Some(word) = self.get((m / IN_WORD) as usize) else {
            return State::Other;
        };
        match (word.load(Relaxed) >> (m % IN_WORD * 2)) & 0b11 {
            0b00 => State::Other,
            0b01 => State::Owned,
            0b10 => State::Draining,
            _ => State::Adopting,
        }
    }
}

/// An owned bitmap, with no bucket in transition.
impl States for [u8] {
    fn state(&self, m: u32) -> State {
        match owns(self, m) {
            true => State::Owned,
            false => State::Other,
        }
    }
}

/// Writes those of the bitmap `owned`, and of the buckets in transition, which come in rising order.
pub fn fill(words: &[AtomicU64], owned: &[u8], moving: impl IntoIterator<Item = u32>) {
    let mut moving = moving.into_iter().peekable();
    for (word, first) in words.iter().zip((0..).step_by(IN_WORD as usize)) {
        let mut bits = 0;
        for at in 0..IN_WORD {
            bits |= u64::from(owns(owned, first + at)) << (at * 2);
        }
        while let Some(m) = moving.next_if(|m| *m < first + IN_WORD) {
            bits |= 0b10 << (m % IN_WORD * 2);
        }
        word.store(bits, Relaxed);
    }
}

/// Gives all buckets away at once: what connections there are stay, if `keep`. Any context.
pub fn give_up(words: &[AtomicU64], keep: bool) {
    for word in words {
        // Whoever writes a table at this moment looks afterwards whether it was in vain.
        let before = word.load(Relaxed);
        let after = match keep {
            true => ((before | (before >> 1)) & OWNED) << 1,
            false => 0,
        };
        word.store(after, Relaxed);
    }
}

#[cfg(test)]
#[path = "tests/states.rs"]
mod tests;
