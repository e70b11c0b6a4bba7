// SPDX-License-Identifier: GPL-2.0-only

//! Watch over this node's kernel: whether it answers, does what it is ordered, and still has the cluster.

use ssi_protocol::{KernelEvent, Time};

use crate::agent::{Action, Agent, Need};

/// How often the cluster is to be put back while something is unmet, in ms.
const MEND_EVERY: u64 = 1000;

const SILENT: &str = "the kernel has not answered for longer than a lease";
const REFUSES: &str = "the kernel has refused what it was ordered for longer than a lease";

/// What the kernel was asked and has not done.
#[derive(Debug, Default)]
pub struct KernelWatch {
    /// When it was given the command that it has not answered.
    ordered: Option<Time>,
    /// Since when it has refused all commands.
    refused: Option<Time>,
    /// An [`Action::Mend`] is on its way, and another is wanted after it.
    mending: bool,
    again: bool,
    /// When the last was ordered.
    mended: Time,
}

impl KernelWatch {
    /// It was given a command.
    pub fn ordered(&mut self, now: Time) {
        self.ordered = Some(now);
    }

    /// It answered, perhaps.
    pub fn event(&mut self, now: Time, event: &KernelEvent) {
        match event {
            KernelEvent::Done => (self.ordered, self.refused) = (None, None),
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

    fn unmet(&self, now: Time, lease: u64) -> Option<&'static str> {
        let refuses = self.refused.is_some_and(|since| since.plus(lease) <= now);
        match (self.is_silent(now, lease), refuses) {
            (true, _) => Some(SILENT),
            (false, true) => Some(REFUSES),
            (false, false) => None,
        }
    }
}

impl Agent {
    /// Whether this daemon has a kernel that listens to it: if not, somebody else should look after the node.
    pub fn speaks_for_kernel(&self, now: Time) -> bool {
        let lease = self.settings.timing.lease();
        !self.kernel_watch.is_silent(now, lease)
    }

    /// A need is unmet, or met again. The others get to know at once.
    pub(super) fn need(&mut self, now: Time, need: Need, unmet: Option<String>) {
        if let Some(text) = self.share.needs.set(now, need, unmet) {
            self.notice("need", Some(self.settings.me), text);
            self.send_facts(now);
        }
    }

    pub(super) fn watch_kernel(&mut self, now: Time) {
        let lease = self.settings.timing.lease();
        let unmet = self.kernel_watch.unmet(now, lease).map(str::to_owned);
        self.need(now, Need::Kernel, unmet);
        let is_wanted = self.share.needs.is_any_unmet() || self.kernel_watch.refused.is_some();
        let is_due = self.kernel_watch.mended.plus(MEND_EVERY) <= now;
        if is_wanted && is_due && !self.kernel_watch.mending {
            self.mend(now);
        }
    }

    /// What is missing of the cluster on this machine is to be put back.
    pub(super) fn mend(&mut self, now: Time) {
        if !self.present {
            return;
        }
        if self.kernel_watch.mending {
            self.kernel_watch.again = true;
            return;
        }
        self.kernel_watch.mending = true;
        self.kernel_watch.mended = now;
        self.out.push(Action::Mend);
    }

    /// It was tried.
    pub(super) fn mended(&mut self, now: Time, unmet: Option<String>) {
        self.kernel_watch.mending = false;
        if unmet.is_none() {
            // With nothing owned there may be no command by which to find out.
            self.kernel_watch.refused = None;
        }
        self.need(now, Need::Cluster, unmet);
        if std::mem::take(&mut self.kernel_watch.again) {
            self.mend(now);
        }
    }
}
