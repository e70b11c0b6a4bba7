// SPDX-License-Identifier: GPL-2.0-only

//! Watchdog: whether the program whose engine this is does anything. While it does not, its node is none of the group's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// The program has shown itself since the last look.
const SHOWN: u8 = 1;
/// The program is silent, and the thread is to be woken when it shows itself.
const SILENT: u8 = 2;

/// What the program shows, from its thread.
#[derive(Default)]
pub struct Shown(AtomicU8);

impl Shown {
    /// The program shows itself. Whether it was found silent, and the thread is to be woken.
    pub fn show(&self) -> bool {
        self.0.fetch_or(SHOWN, Ordering::Relaxed) & SILENT != 0
    }
}

/// What the engine's thread knows of it.
pub struct Watchdog {
    shown: Arc<Shown>,
    patience: u64,
    looked: u64,
    /// So long it has not shown itself while this thread ran. None before it has at all.
    unseen: Option<u64>,
}

impl Watchdog {
    /// Of a program that has to show itself within this time, again and again.
    pub fn new(shown: Arc<Shown>, patience: u64) -> Watchdog {
        Watchdog {
            shown,
            patience,
            looked: 0,
            unseen: None,
        }
    }

    fn is_silent_now(&self) -> bool {
        self.unseen.is_none_or(|unseen| unseen >= self.patience)
    }

    /// Looks whether the program is silent. Time in which this thread did not run either counts for little.
    pub fn is_silent(&mut self, now: u64) -> bool {
        let passed = now.saturating_sub(self.looked).min(self.patience / 4);
        self.looked = now;
        if self.shown.0.fetch_and(!SHOWN, Ordering::Relaxed) & SHOWN != 0 {
            self.unseen = Some(0);
        } else if let Some(unseen) = &mut self.unseen {
            *unseen = unseen.saturating_add(passed).min(self.patience);
        }
        let is_silent = self.is_silent_now();
        if is_silent {
            self.shown.0.fetch_or(SILENT, Ordering::Relaxed);
        } else {
            self.shown.0.fetch_and(!SILENT, Ordering::Relaxed);
        }
        is_silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_silent_before_it_has_shown_itself_and_after_its_patience() {
        let shown = Arc::new(Shown::default());
        let mut dog = Watchdog::new(Arc::clone(&shown), 200);
        assert!(dog.is_silent(0) && dog.is_silent(10));
        assert!(shown.show(), "the thread is to know");
        assert!(!dog.is_silent(20));
        assert!(!shown.show() && !dog.is_silent(60));
        for now in [100, 140, 180, 220, 255] {
            assert!(!dog.is_silent(now), "at {now}");
        }
        assert!(dog.is_silent(260));
        assert!(shown.show() && !dog.is_silent(261));
    }

    #[test]
    fn a_machine_that_stood_still_says_nothing_of_the_program() {
        let shown = Arc::new(Shown::default());
        let mut dog = Watchdog::new(Arc::clone(&shown), 200);
        shown.show();
        assert!(!dog.is_silent(0) && !dog.is_silent(5000));
        assert!(!dog.is_silent(5050) && !dog.is_silent(5100) && dog.is_silent(5150));
    }
}
