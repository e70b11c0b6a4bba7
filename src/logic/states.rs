// SPDX-License-Identifier: GPL-2.0-only

//! What this node does with each bucket: a byte a bucket.
//!
//! Packets read them while they are written. A packet is in one bucket: so it meets the table before
//! a change or after it.

use core::sync::atomic::{
    AtomicU8,
    Ordering::Relaxed, //
};

use super::owned::owns;

/// What becomes of requests in a bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum State {
    /// This node serves them.
    Owned,
    /// Another node serves them.
    Other,
    /// This node had the bucket and serves the connections that it has.
    Draining,
    /// This node has the bucket, and another one still serves the connections that it has.
    Adopting,
}

impl State {
    const fn new(is_owned: bool, is_moving: bool) -> Self {
        match (is_owned, is_moving) {
            (false, false) => Self::Other,
            (true, false) => Self::Owned,
            (false, true) => Self::Draining,
            (true, true) => Self::Adopting,
        }
    }
}

/// One bucket's state.
#[repr(transparent)]
pub struct Cell(AtomicU8);

impl Cell {
    /// Another node serves it.
    pub const fn new() -> Self {
        Self(AtomicU8::new(State::Other as u8))
    }

    /// What it is now.
    #[inline(always)]
    pub fn get(&self) -> State {
        match self.0.load(Relaxed) {
            0 => State::Owned,
            1 => State::Other,
            2 => State::Draining,
            _ => State::Adopting,
        }
    }

    fn set(&self, state: State) {
        self.0.store(state as u8, Relaxed);
    }
}

impl Default for Cell {
    fn default() -> Self {
        Self::new()
    }
}

/// A table.
pub trait States {
    /// What the node does with bucket `m`; one past the end is another's.
    fn state(&self, m: u32) -> State;
}

impl States for [Cell] {
    #[inline(always)]
    fn state(&self, m: u32) -> State {
        self.get(m as usize).map_or(State::Other, Cell::get)
    }
}

/// An owned bitmap, with no bucket in transition.
impl States for [u8] {
    fn state(&self, m: u32) -> State {
        State::new(owns(self, m), false)
    }
}

/// Writes those of the bitmap `owned`, and of the buckets in transition, which come in rising order.
pub fn fill(cells: &[Cell], owned: &[u8], moving: impl IntoIterator<Item = u32>) {
    let mut moving = moving.into_iter().peekable();
    for (cell, m) in cells.iter().zip(0..u32::MAX) {
        let is_moving = moving.next_if_eq(&m).is_some();
        cell.set(State::new(owns(owned, m), is_moving));
    }
}

/// Gives all buckets away at once: what connections there are stay, if `keep`. Any context.
pub fn give_up(cells: &[Cell], keep: bool) {
    for cell in cells {
        // Whoever writes a table at this moment looks afterwards whether it was in vain.
        cell.set(match cell.get() {
            State::Owned | State::Draining | State::Adopting if keep => State::Draining,
            _ => State::Other,
        });
    }
}

#[cfg(test)]
#[path = "tests/states.rs"]
mod tests;
