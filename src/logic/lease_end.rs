// SPDX-License-Identifier: GPL-2.0-only

//! The moment at which a lease ends, as packets judge it.
//!
//! It is kept on two clocks, and the earlier one counts: the boot clock goes on while the machine
//! sleeps, but its rate can be steered by a tenth; the raw clock cannot be steered, but stands still
//! in sleep. Whoever finds it past, a packet, a timer or a request, makes that final: so a renewal
//! comes first, or not at all.

use core::sync::atomic::{
    AtomicU64,
    Ordering::{
        Relaxed,
        SeqCst, //
    }, //
};

/// A moment on both clocks, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Now {
    /// Of the clock that goes on while the machine sleeps.
    pub boot: u64,
    /// Of the clock that nobody steers.
    pub raw: u64,
}

/// The end on the boot clock, of a lease that is over for good: any time is past it.
const OVER: u64 = 0;

/// So often one looks again that is disturbed by renewals; then the lease is taken to be over.
const TRIES: u32 = 16;

/// When a lease ends.
#[derive(Debug)]
pub struct LeaseEnd {
    boot: AtomicU64,
    raw: AtomicU64,
}

impl LeaseEnd {
    /// At the boot clock's time `until`, where it is `now`.
    pub fn new(until: u64, now: Now) -> Self {
        Self {
            boot: AtomicU64::new(until),
            raw: AtomicU64::new(raw(until, now)),
        }
    }

    /// It is past for good.
    pub const fn over() -> Self {
        Self {
            boot: AtomicU64::new(OVER),
            raw: AtomicU64::new(OVER),
        }
    }

    /// Whether it is past; once it was, it stays so.
    #[inline]
    pub fn is_over(&self, now: Now) -> bool {
        let boot = self.boot.load(SeqCst);
        if now.boot < boot && now.raw < self.raw.load(SeqCst) {
            return false;
        }
        boot == OVER || self.end(now)
    }

    /// It is past, unless somebody renews it at this moment.
    #[cold]
    fn end(&self, now: Now) -> bool {
        for _ in 0..TRIES {
            let boot = self.boot.load(SeqCst);
            if now.boot < boot && now.raw < self.raw.load(SeqCst) {
                return false;
            }
            let ended = self.boot.compare_exchange(boot, OVER, SeqCst, SeqCst);
            if boot == OVER || ended.is_ok() {
                return true;
            }
        }
        true
    }

    /// It is past from now on, for good.
    pub fn end_now(&self) {
        self.boot.store(OVER, SeqCst);
    }

    /// Puts it off to the boot clock's time `until`, if that is later. False where it is past.
    pub fn renew(&self, until: u64, now: Now) -> bool {
        if self.is_over(now) {
            return false;
        }
        // First the raw clock's: nobody is to meet the boot clock's new end with the raw clock's old
        // one and take the lease to be over.
        self.raw.fetch_max(raw(until, now), SeqCst);
        let later = |boot| (boot != OVER).then_some(until.max(boot));
        self.boot.fetch_update(SeqCst, SeqCst, later).is_ok()
    }

    /// The boot clock's time, unless it is past for good.
    pub fn until(&self) -> Option<u64> {
        Some(self.boot.load(SeqCst)).filter(|until| *until != OVER)
    }

    /// When it is past by the boot clock if both clocks go on as they do now; `None` where it is past.
    pub fn ends(&self, now: Now) -> Option<u64> {
        if self.is_over(now) {
            return None;
        }
        let left = self.raw.load(Relaxed).saturating_sub(now.raw);
        Some(self.until()?.min(now.boot.saturating_add(left)))
    }
}

/// The raw clock's time when the boot clock's is `until`.
fn raw(until: u64, now: Now) -> u64 {
    now.raw.saturating_add(until.saturating_sub(now.boot))
}

#[cfg(test)]
#[path = "tests/lease_end.rs"]
mod tests;
