// SPDX-License-Identifier: GPL-2.0-only

//! Notifications to systemd: ready, alive, status.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// The service, as systemd sees it. Without systemd nothing is sent.
pub struct Service {
    /// How often it wants a sign of life, if it does.
    every: Option<Duration>,
    last: Instant,
    notify: fn(&[NotifyState<'_>]),
}

impl Service {
    /// Asks the environment.
    pub fn new() -> Self {
        let every = sd_notify::watchdog_enabled().map(|limit| limit / 3);
        Self::with(every, notify)
    }

    /// One that gets its signs of life so often, and all else, by this.
    pub fn with(every: Option<Duration>, notify: fn(&[NotifyState<'_>])) -> Self {
        Self {
            every,
            last: Instant::now(),
            notify,
        }
    }

    /// It runs.
    pub fn ready(&self) {
        (self.notify)(&[NotifyState::Ready]);
    }

    /// It reads its file anew.
    pub fn reloading(&self) {
        let states = [
            Some(NotifyState::Reloading),
            NotifyState::monotonic_usec_now().ok(),
        ];
        let states: Vec<NotifyState<'_>> = states.into_iter().flatten().collect();
        (self.notify)(&states);
    }

    /// What happened last.
    pub fn status(&self, text: &str) {
        (self.notify)(&[NotifyState::Status(text)]);
    }

    /// The loop goes round.
    pub fn alive(&mut self) {
        if self.every.is_some_and(|every| self.last.elapsed() >= every) {
            self.last = Instant::now();
            (self.notify)(&[NotifyState::Watchdog]);
        }
    }
}

fn notify(states: &[NotifyState<'_>]) {
    // That nobody listens is no reason to stop.
    let _ = sd_notify::notify(states);
}
