// SPDX-License-Identifier: GPL-2.0-only

//! The node's clock: it goes at the raw rate, which nobody steers, and goes on while the machine sleeps.
//!
//! No clock of the kernel's does both. CLOCK_BOOTTIME, on which leases are asked for and shown, may be steered by a tenth:
//! [`BootClock`] takes times there and back. Timers may sleep on any clock; what is due is decided on this one.

mod boot;
mod reading;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ssi_protocol::Time;

use reading::Reading;

pub use boot::BootClock;

/// The time.
pub fn now() -> Time {
    Reading::take().time()
}

/// How long it is from now to then.
pub fn until(then: Time) -> Duration {
    Duration::from_millis(now().until(then))
}

/// For people: milliseconds since 1970.
pub fn wall() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests;
