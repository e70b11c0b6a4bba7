// SPDX-License-Identifier: GPL-2.0-only

//! The node's clock: CLOCK_BOOTTIME, which the kernel's leases are on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use ssi_protocol::Time;

/// The time. It goes on while the machine sleeps.
pub fn now() -> Time {
    let now = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let rest = u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000;
    Time(seconds.saturating_mul(1000).saturating_add(rest))
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
