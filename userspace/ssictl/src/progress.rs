// SPDX-License-Identifier: GPL-2.0-only

//! A line on standard error with how long something will take, for a person who waits.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::Duration;

/// What takes less needs no line.
const QUIET: Duration = Duration::from_secs(2);
const SECOND: Duration = Duration::from_secs(1);

/// The line; it goes when this is dropped.
pub struct Progress {
    what: String,
    whole: Duration,
    is_shown: bool,
    is_terminal: bool,
}

impl Progress {
    /// Of something that takes `whole` at most.
    pub fn new(what: String, whole: Duration) -> Self {
        Self {
            what,
            whole,
            is_shown: false,
            is_terminal: stderr().is_terminal(),
        }
    }

    /// Shows how much has passed; how long the caller may wait until it is to be shown again.
    pub fn show(&mut self, passed: Duration) -> Duration {
        if self.is_terminal && passed >= QUIET {
            self.is_shown = true;
            let (seconds, whole) = (passed.as_secs(), self.whole.as_secs());
            // Who cannot read it misses nothing.
            let _ = write!(stderr(), "\r{}: {seconds} of {whole} s\x1b[K", self.what);
        }
        SECOND
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
