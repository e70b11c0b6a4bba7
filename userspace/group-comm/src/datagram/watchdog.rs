// SPDX-License-Identifier: GPL-2.0-only

//! Watchdog: whether the program whose engine this is does anything. While it does not, its node is none of the group's.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Never.
const NEVER: u64 = u64::MAX;
/// The program was found silent, or never seen.
const SILENT: u64 = 1;

/// When the program has shown itself last.
pub struct Watchdog {
    begun: Instant,
    /// Milliseconds after `begun`.
    shown: AtomicU64,
    /// What was found last.
    found: AtomicU64,
    patience: u64,
}

impl Watchdog {
    /// Of a program that has to show itself within this time, again and again.
    pub fn new(patience: u64) -> Watchdog {
        Watchdog {
            begun: Instant::now(),
            shown: AtomicU64::new(NEVER),
            found: AtomicU64::new(0),
            patience,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(NEVER)
    }

    /// The program shows itself. Whether the thread has found it silent, and is to be woken.
    pub fn show(&self) -> bool {
        self.shown.store(self.now(), Ordering::Relaxed);
        self.found.load(Ordering::Relaxed) == SILENT
    }

    /// For how long the program may go on without.
    pub fn left(&self) -> u64 {
        match self.shown.load(Ordering::Relaxed) {
            NEVER => NEVER,
            shown => match shown
                .saturating_add(self.patience)
                .saturating_sub(self.now())
            {
                // It is silent, which is known.
                0 => NEVER,
                left => left,
            },
        }
    }

    /// Whether it is silent, if that is new.
    pub fn is_silent(&self) -> Option<bool> {
        let shown = self.shown.load(Ordering::Relaxed);
        let is_silent = shown == NEVER || shown.saturating_add(self.patience) <= self.now();
        let was = self.found.swap(is_silent.into(), Ordering::Relaxed) == SILENT;
        (is_silent != was).then_some(is_silent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_silent_before_it_has_shown_itself_and_after_its_patience() {
        let dog = Watchdog::new(u64::MAX / 2);
        assert_eq!((dog.is_silent(), dog.left()), (Some(true), NEVER));
        assert_eq!(dog.is_silent(), None);
        assert!(dog.show(), "the thread is to know");
        assert_eq!(dog.is_silent(), Some(false));
        assert!(!dog.show());
        assert!(dog.left() < NEVER);
        let strict = Watchdog::new(0);
        strict.show();
        assert_eq!((strict.is_silent(), strict.left()), (Some(true), NEVER));
    }
}
