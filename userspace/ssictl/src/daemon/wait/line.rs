// SPDX-License-Identifier: GPL-2.0-only

//! Progress on standard error: one line that changes on a terminal, else a line now and then.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::Duration;

const OFTEN: Duration = Duration::from_secs(2);

/// The line; it goes when this is dropped.
pub struct Line {
    is_terminal: bool,
    is_shown: bool,
    next: Duration,
}

impl Line {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            is_terminal: stderr().is_terminal(),
            is_shown: false,
            next: Duration::ZERO,
        }
    }

    /// Shows a sentence, if it is time.
    pub fn show(&mut self, passed: Duration, sentence: &str) {
        let seconds = passed.as_secs();
        // Who cannot read it misses nothing.
        if self.is_terminal {
            self.is_shown = true;
            let _ = write!(stderr(), "\r{seconds} s  {sentence}\x1b[K");
        } else if passed >= self.next {
            self.next = passed.saturating_add(OFTEN);
            let _ = writeln!(stderr(), "{seconds} s  {sentence}");
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
