// SPDX-License-Identifier: GPL-2.0-only

//! A rate limit: so many in each interval, and what was left out is counted.

use core::sync::atomic::{
    AtomicU64,
    Ordering::Relaxed, //
};

/// A limit of so many, below 65,536, in so many nanoseconds: 10 in 5 seconds, if nothing else is said. Any
/// context; takes no lock.
///
/// The state has the interval's number in its upper half, then 16 bits each of how many passed in it, and of
/// how many were left out since the last one that passed.
pub struct Limit<const BURST: u64 = 10, const INTERVAL: u64 = 5_000_000_000>(AtomicU64);

impl<const BURST: u64, const INTERVAL: u64> Limit<BURST, INTERVAL> {
    /// Nothing has passed yet.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Whether one may pass at the time `now`, in nanoseconds; if so, how many were left out before it, up
    /// to 65,535.
    pub fn pass(&self, now: u64) -> Option<u16> {
        let before = self
            .0
            .fetch_update(Relaxed, Relaxed, |state| Some(Self::step(state, now).0));
        before.map_or(None, |state| Self::step(state, now).1)
    }

    /// The next state, and what `pass` answers.
    fn step(state: u64, now: u64) -> (u64, Option<u16>) {
        let interval = now.checked_div(INTERVAL).unwrap_or(0) & 0xffff_ffff;
        let passed = match state >> 32 == interval {
            true => (state >> 16) & 0xffff,
            false => 0,
        };
        let missed = state & 0xffff;
        let joined = |passed, missed| (interval << 32) | (passed << 16) | missed;
        match passed < BURST {
            true => (joined(passed.saturating_add(1), 0), Some(missed as u16)),
            false => (joined(passed, missed.saturating_add(1).min(0xffff)), None),
        }
    }
}

impl<const BURST: u64, const INTERVAL: u64> Default for Limit<BURST, INTERVAL> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: u64 = 5_000_000_000;
    const BURST: u64 = 10;

    /// Those that pass of `n` at `now`.
    fn passed(limit: &Limit, n: u32, now: u64) -> usize {
        (0..n).filter(|_| limit.pass(now).is_some()).count()
    }

    #[test]
    fn a_burst_passes_and_no_more() {
        let limit: Limit = Limit::new();
        assert_eq!(passed(&limit, 9, 1), 9);
        assert_eq!(passed(&limit, 1000, INTERVAL - 1), 1);
        assert_eq!(passed(&limit, 1000, INTERVAL), BURST as usize);
    }

    #[test]
    fn shows_how_many_were_left_out() {
        let limit: Limit = Limit::new();
        assert_eq!(limit.pass(0), Some(0));
        passed(&limit, 100, 0);
        assert_eq!(limit.pass(7 * INTERVAL), Some(91));
        assert_eq!(limit.pass(7 * INTERVAL), Some(0));
    }

    #[test]
    fn counts_to_its_end_and_not_past_it() {
        let limit: Limit = Limit::new();
        passed(&limit, 70_000, 0);
        assert_eq!(limit.pass(INTERVAL), Some(u16::MAX));
    }

    #[test]
    fn others_have_their_own() {
        let limit = Limit::<1000, 100>::new();
        let passed = |now| (0..5000).filter(|_| limit.pass(now).is_some()).count();
        assert_eq!([passed(0), passed(99), passed(100)], [1000, 0, 1000]);
    }

    #[test]
    fn every_time_is_one() {
        let limit: Limit = Limit::new();
        assert_eq!(passed(&limit, 20, u64::MAX), BURST as usize);
        assert_eq!(passed(&limit, 20, 0), BURST as usize);
    }
}
