// SPDX-License-Identifier: GPL-2.0-only

//! Exact clocks, whatever another CPU does.
//!
//! Not from jiffies or a coarse clock, which stand still while the CPU does that keeps them; and by the
//! functions that wait for nobody, not even for a CPU that was stopped while it set the time.
//!
//! C header: [`include/linux/timekeeping.h`](srctree/include/linux/timekeeping.h)

use kernel::time::{
    BootTime,
    ClockSource, //
};

use crate::logic::lease_end::Now;

/// The time by both clocks. Any context.
#[inline(always)]
pub(crate) fn now() -> Now {
    // The raw clock first: what is reckoned from both, if this CPU stops in between, is then too early
    // and not too late.
    // SAFETY: They read the copy of the time that nobody writes just now (a latch), also where they interrupt who sets
    // the time: so from any context.
    let raw = unsafe { kernel::bindings::ktime_get_raw_fast_ns() };
    // SAFETY: As above.
    let boot = unsafe { kernel::bindings::ktime_get_boot_fast_ns() };
    Now { boot, raw }
}

/// Nanoseconds since boot, those included in which the machine slept. Any context.
pub(crate) fn boottime() -> u64 {
    u64::try_from(BootTime::ktime_get()).unwrap_or(0)
}
