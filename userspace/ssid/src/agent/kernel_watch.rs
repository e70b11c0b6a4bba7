// SPDX-License-Identifier: GPL-2.0-only

//! What this node's kernel was ordered and has not done.

use ssi_protocol::{KernelEvent, Time};

const SILENT: &str = "the kernel has not answered for longer than a lease";
const REFUSES: &str = "the kernel has refused what it was ordered for longer than a lease";

/// What the kernel was asked and has not done.
#[derive(Debug, Default)]
pub struct KernelWatch {
    /// When it was given the command that it has not answered.
    ordered: Option<Time>,
    /// Since when it has refused all commands.
    pub refused: Option<Time>,
    /// An order to put back what is missing is on its way, and another is wanted after it.
    pub mending: bool,
    pub again: bool,
    /// When the last was ordered.
    pub mended: Time,
}

impl KernelWatch {
    /// It was given a command.
    pub fn ordered(&mut self, now: Time) {
        self.ordered = Some(now);
    }

    /// It answered, perhaps.
    pub fn event(&mut self, now: Time, event: &KernelEvent) {
        match event {
            KernelEvent::Done(_) => (self.ordered, self.refused) = (None, None),
            KernelEvent::Refused(_) => {
                self.ordered = None;
                self.refused = self.refused.or(Some(now));
            }
            KernelEvent::Drained(_) | KernelEvent::Expired(_) => {}
        }
    }

    /// Whether it has not answered for so long.
    pub fn is_silent(&self, now: Time, lease: u64) -> bool {
        self.ordered.is_some_and(|at| at.plus(lease) <= now)
    }

    /// Why it is of no use.
    pub fn unmet(&self, now: Time, lease: u64) -> Option<&'static str> {
        let refuses = self.refused.is_some_and(|since| since.plus(lease) <= now);
        match (self.is_silent(now, lease), refuses) {
            (true, _) => Some(SILENT),
            (false, true) => Some(REFUSES),
            (false, false) => None,
        }
    }
}
