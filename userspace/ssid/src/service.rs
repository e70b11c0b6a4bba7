// SPDX-License-Identifier: GPL-2.0-only

//! Notifications to systemd: ready, alive, status.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// The service, as systemd sees it. Without systemd nothing is sent.
pub struct Service {
    /// How often it wants a sign of life, if it does.
    every: Option<Duration>,
    last: Instant,
}

impl Service {
    /// Asks the environment.
    pub fn new() -> Self {
        let every = sd_notify::watchdog_enabled().map(|limit| limit / 3);
        Self {
            every,
            last: Instant::now(),
        }
    }

    /// It runs.
    pub fn ready(&self) {
        notify(&[NotifyState::Ready]);
    }

    /// It reads its file anew.
    pub fn reloading(&self) {
        let states = [
            Some(NotifyState::Reloading),
            NotifyState::monotonic_usec_now().ok(),
        ];
        let states: Vec<NotifyState<'_>> = states.into_iter().flatten().collect();
        notify(&states);
    }

    /// What happened last.
    pub fn status(&self, text: &str) {
        notify(&[NotifyState::Status(text)]);
    }

    /// The loop goes round.
    pub fn alive(&mut self) {
        if self.every.is_some_and(|every| self.last.elapsed() >= every) {
            self.last = Instant::now();
            notify(&[NotifyState::Watchdog]);
        }
    }
}

fn notify(states: &[NotifyState<'_>]) {
    // That nobody listens is no reason to stop.
    let _ = sd_notify::notify(states);
}
