// SPDX-License-Identifier: GPL-2.0-only

//! Bucket states: a byte a bucket.
//!
//! A table is written before packets meet it. After that, while packets read it, transitions end in it,
//! and a lease's end gives everything away: nothing is ever opened for what is new.

use core::sync::atomic::{
    AtomicU8,
    Ordering::Relaxed, //
};

use super::owned::owns;

/// What becomes of requests in a bucket.
///
/// In the last bit of the number is whether packets are served without asking whose they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum State {
    /// This node serves them.
    Owned = 0,
    /// As owned, under a lease: before something new is served the clock is looked at.
    Leased = 2,
    /// Another node serves them.
    Other = 1,
    /// This node had the bucket and serves the connections that it has.
    Draining = 3,
    /// This node has the bucket, and another one still serves the connections that it has.
    Adopting = 5,
    /// This node has the bucket, and nobody serves the connections that another one had.
    Cold = 7,
}

/// What is said of a bucket in transition: which, and whether it was taken cold, if it is owned.
pub type InTransition = (u32, bool);

impl State {
    /// `moving` is whether it was taken cold, of one in transition.
    const fn new(is_owned: bool, moving: Option<bool>, is_leased: bool) -> Self {
        match (is_owned, moving) {
            (false, None) => Self::Other,
            (true, None) if is_leased => Self::Leased,
            (true, None) => Self::Owned,
            (false, Some(_)) => Self::Draining,
            (true, Some(false)) => Self::Adopting,
            (true, Some(true)) => Self::Cold,
        }
    }

    /// What it is while the lease runs.
    pub const fn in_force(self) -> Self {
        match self {
            Self::Leased => Self::Owned,
            other => other,
        }
    }

    /// What becomes of it at the lease's end: connections stay, if `keep`, and nothing else.
    pub const fn given_up(self, keep: bool) -> Self {
        match self {
            Self::Other => Self::Other,
            _ if keep => Self::Draining,
            _ => Self::Other,
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
        self.look().get()
    }

    /// The same for who wants to know little of it.
    #[inline(always)]
    pub fn look(&self) -> Look {
        Look(self.0.load(Relaxed))
    }

    /// Makes one of another, if it is that.
    fn change(&self, from: State, to: State) {
        let _ = self
            .0
            .compare_exchange(from as u8, to as u8, Relaxed, Relaxed);
    }

    fn set(&self, state: State) {
        self.0.store(state as u8, Relaxed);
    }
}

/// A look at a cell, which costs least where it is owned.
#[derive(Clone, Copy)]
pub struct Look(u8);

impl Look {
    /// Whether this node serves it, under a lease or without.
    #[inline(always)]
    pub fn is_served(self) -> bool {
        self.0 & 1 == 0
    }

    /// Of one that is served, whether it is under a lease.
    #[inline(always)]
    pub fn is_leased(self) -> bool {
        self.0 != State::Owned as u8
    }

    /// Whether another node serves it, and this one nothing.
    #[inline(always)]
    pub fn is_other(self) -> bool {
        self.0 == State::Other as u8
    }

    /// All of it.
    #[inline(always)]
    pub fn get(self) -> State {
        match self.0 {
            0 => State::Owned,
            1 => State::Other,
            2 => State::Leased,
            3 => State::Draining,
            5 => State::Adopting,
            _ => State::Cold,
        }
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
        State::new(owns(self, m), None, false)
    }
}

/// Writes those of the bitmap `owned`, and of the buckets in transition, which come in rising order.
pub fn fill(
    cells: &[Cell],
    owned: &[u8],
    moving: impl IntoIterator<Item = InTransition>,
    is_leased: bool,
) {
    let mut moving = moving.into_iter().peekable();
    for (cell, m) in cells.iter().zip(0..u32::MAX) {
        let moving = moving.next_if(|(bucket, _)| *bucket == m);
        let moving = moving.map(|(_, is_cold)| is_cold);
        cell.set(State::new(owns(owned, m), moving, is_leased));
    }
}

/// Ends the transitions of all buckets but `moving`, which come in rising order: what drains is
/// another's, what is adopted or was taken cold is owned, as the bitmap `owned` has it. What is something else by now
/// stays so: it was given up meanwhile.
pub fn end_transitions(
    cells: &[Cell],
    owned: &[u8],
    moving: impl IntoIterator<Item = u32>,
    is_leased: bool,
) {
    let mut moving = moving.into_iter().peekable();
    for (cell, m) in cells.iter().zip(0..u32::MAX) {
        if moving.next_if_eq(&m).is_some() {
            continue;
        }
        let is_owned = owns(owned, m);
        let over = State::new(is_owned, None, is_leased);
        for is_cold in [false, true] {
            cell.change(State::new(is_owned, Some(is_cold), is_leased), over);
        }
    }
}

/// Gives all buckets away at once: what connections there are stay, if `keep`. Any context.
pub fn give_up(cells: &[Cell], keep: bool) {
    for cell in cells {
        cell.set(cell.get().given_up(keep));
    }
}

#[cfg(test)]
#[path = "tests/states.rs"]
mod tests;
