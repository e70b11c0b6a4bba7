// SPDX-License-Identifier: GPL-2.0-only

//! What follows where a need of this node is unmet: the others get to know it, and what is missing is put back.

use ssi_protocol::Time;

use crate::agent::needs::Need;
use crate::agent::{Action, Agent};
use crate::log_kind::LogKind;

/// How often the cluster is to be put back while something is unmet, in ms.
const MEND_EVERY: u64 = 1000;

impl Agent {
    /// Whether this daemon has a kernel that listens to it: if not, somebody else should look after the node.
    pub fn speaks_for_kernel(&self, now: Time) -> bool {
        let lease = self.settings.timing.lease();
        !self.kernel_watch.is_silent(now, lease)
    }

    /// A need is unmet, or met again. The others get to know at once.
    pub(super) fn need(&mut self, now: Time, need: Need, unmet: Option<String>) {
        if let Some(text) = self.share.needs.set(now, need, unmet) {
            self.notice(LogKind::Need, Some(self.settings.me), text);
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
