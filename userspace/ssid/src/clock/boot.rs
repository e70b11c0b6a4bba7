// SPDX-License-Identifier: GPL-2.0-only

//! Clock of the kernel's leases, CLOCK_BOOTTIME, as seen from the node's own.

use ssi_protocol::Time;

use crate::clock::reading::{MS, Reading};

/// The rate is measured over so many ns at least.
const SPAN: i64 = 50 * MS;
/// How far the boot clock may be steered: by an eighth at most. `adjtimex` takes a tick of 0.9 to 1.1, and 500 ppm beside it.
const STEERED: i64 = 8;

/// Takes moments from the node's clock to the kernel's and back.
#[derive(Debug, Default)]
pub struct BootClock {
    last: Option<Reading>,
    /// By so many ns the boot clock went on last while the raw clock did by so many; never by more.
    rate: Option<(i64, i64)>,
}

impl BootClock {
    /// The boot clock's ms at the moment `then` of the node's clock, or earlier.
    ///
    /// The kernel ends a lease on the raw clock as well, but counts there from when it has the request. Who is stopped
    /// between this and the request would gain, on a boot clock that is steered to be slow, what that one has lost meanwhile. So
    /// what is left is scaled by the rate of a slow clock: then a stop gains nothing.
    pub fn kernel_time(&mut self, then: Time) -> u64 {
        self.kernel_time_at(then, Reading::take())
    }

    /// The node's clock at the boot clock's ms `then`, or later: so late a lease may end that the kernel shows.
    pub fn own_time(then: u64) -> Time {
        Self::own_time_at(then, Reading::take())
    }

    pub(super) fn kernel_time_at(&mut self, then: Time, now: Reading) -> u64 {
        self.measure(now);
        let left = nanoseconds(then.0).saturating_sub(now.own());
        let left = match self.rate {
            Some((steered, real)) if left > 0 => scaled(left, steered, real),
            _ => left,
        };
        u64::try_from(now.boot.saturating_add(left) / MS).unwrap_or(0)
    }

    pub(super) fn own_time_at(then: u64, now: Reading) -> Time {
        let left = nanoseconds(then).saturating_sub(now.boot);
        let more = (left / (STEERED - 1)).max(0);
        let own = now.own().saturating_add(left).saturating_add(more);
        let up = own.saturating_add(MS - 1) / MS;
        Time(u64::try_from(up).unwrap_or(0))
    }

    fn measure(&mut self, now: Reading) {
        let last = *self.last.get_or_insert(now);
        let real = now.raw.saturating_sub(last.raw);
        if real < SPAN {
            return;
        }
        let steered = now.monotonic.saturating_sub(last.monotonic);
        let least = real - real / STEERED;
        self.rate = Some((steered.clamp(least, real), real));
        self.last = Some(now);
    }
}

fn nanoseconds(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(MS)
}

/// `ns` × `part` / `whole`.
fn scaled(ns: i64, part: i64, whole: i64) -> i64 {
    let wide = i128::from(ns) * i128::from(part) / i128::from(whole.max(1));
    i64::try_from(wide).unwrap_or(ns)
}
