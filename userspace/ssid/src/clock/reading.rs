// SPDX-License-Identifier: GPL-2.0-only

//! Reading of the kernel's clocks at one moment, from which the node's own clock is made.
//!
//! BOOTTIME less MONOTONIC is how long the machine has slept, whatever the rate at which both are steered. That and
//! MONOTONIC_RAW, which is steered by nobody and stands still in sleep, make the node's clock.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use rustix::time::{ClockId, clock_gettime};
use ssi_protocol::Time;

/// Nanoseconds in a millisecond.
pub const MS: i64 = 1_000_000;
/// So long the clocks may take to be read, in ns: what happens between the first and the last is not told apart.
const NARROW: i64 = 200_000;
/// So often they are read again where it took longer. The best of these counts.
const TRIES: usize = 64;

/// For how long this machine has slept, in ns, as far as is known. In a time namespace it is another number that grows
/// with the sleep. It never falls.
static SLEPT: AtomicI64 = AtomicI64::new(i64::MIN);

/// The clocks at a moment, in ns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// CLOCK_MONOTONIC: steered, and stands still in sleep.
    pub monotonic: i64,
    /// CLOCK_BOOTTIME: steered, and goes on in sleep.
    pub boot: i64,
    /// CLOCK_MONOTONIC_RAW: not steered, and stands still in sleep.
    pub raw: i64,
    /// For how long the machine has slept.
    pub slept: i64,
}

/// The clocks as they were read, one after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Raw {
    /// CLOCK_MONOTONIC, first.
    pub before: i64,
    /// CLOCK_BOOTTIME.
    pub boot: i64,
    /// CLOCK_MONOTONIC_RAW.
    pub raw: i64,
    /// CLOCK_MONOTONIC, last.
    pub after: i64,
}

impl Reading {
    /// The clocks now.
    pub fn take() -> Self {
        let mut best = Raw::take();
        for _ in 0..TRIES {
            if best.width() <= NARROW {
                break;
            }
            let next = Raw::take();
            if next.width() < best.width() {
                best = next;
            }
        }
        let known = SLEPT.load(Relaxed);
        let slept = best.slept(known);
        // Another thread may have read later.
        SLEPT.fetch_max(slept, Relaxed);
        best.reading(slept)
    }

    /// The node's clock.
    pub const fn own(&self) -> i64 {
        self.raw.saturating_add(self.slept)
    }

    /// The same in whole ms.
    pub fn time(&self) -> Time {
        Time(u64::try_from(self.own() / MS).unwrap_or(0))
    }
}

impl Raw {
    fn take() -> Self {
        let before = read(ClockId::Monotonic);
        let boot = read(ClockId::Boottime);
        let raw = read(ClockId::MonotonicRaw);
        let after = read(ClockId::Monotonic);
        Self {
            before,
            boot,
            raw,
            after,
        }
    }

    fn width(&self) -> i64 {
        self.after.saturating_sub(self.before)
    }

    /// For how long the machine has slept at least, where it was `known` before. So it comes from below to what it is, and
    /// moves only where a reading shows that it was more: not with each, by as much as that is wide.
    pub fn slept(&self, known: i64) -> i64 {
        let least = self.boot.saturating_sub(self.after);
        known.max(least)
    }

    /// With a sleep of so many ns.
    pub fn reading(&self, slept: i64) -> Reading {
        Reading {
            monotonic: self.before,
            boot: self.boot,
            raw: self.raw,
            slept,
        }
    }
}

fn read(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec
        .saturating_mul(1000 * MS)
        .saturating_add(time.tv_nsec)
}
