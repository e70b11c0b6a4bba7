// SPDX-License-Identifier: GPL-2.0-only

//! Detection of a node's loss by Corosync: how long it takes, and whether the leases of the nodes that are left last until then.

use std::time::Duration;

use ssi_protocol::Timing;

use crate::agent::Agent;

/// How long Corosync needs for a new membership, by measurement: 2.2 tokens, and a little.
pub fn detection(token: u64) -> u64 {
    token.saturating_mul(22) / 10 + 20
}

/// Why the nodes that are left stop for a while when one is gone, if they do: their leases are renewed by all that are in the
/// view, and a lease is up to two beats old.
pub fn gap(timing: &Timing, detection: u64) -> Option<String> {
    let lasts = timing
        .lease()
        .saturating_sub(2 * timing.beat())
        .saturating_sub(timing.slack());
    let wanted = detection
        .saturating_add(2 * timing.beat())
        .saturating_add(timing.slack());
    (lasts < detection).then(|| {
        format!(
            "Corosync needs {detection} ms to go on without a node, and leases of {} ms end before: all buckets are unserved \
             until then; give lease = {} or more, or Corosync a shorter token",
            timing.lease(),
            wanted.next_multiple_of(100)
        )
    })
}

impl Agent {
    /// How long after a node is gone its buckets are served again, in ms, where Corosync's token is known.
    pub(super) fn takeover(&self) -> Option<u64> {
        let timing = &self.settings.timing;
        let lease = timing.surely(timing.lease());
        self.detection().map(|detection| detection.max(lease))
    }

    /// What is wrong with the lease, if Corosync's token is as long as that.
    pub(super) fn lease_trouble(&self) -> Option<String> {
        gap(&self.settings.timing, self.detection()?)
    }

    fn detection(&self) -> Option<u64> {
        let ms = |token: Duration| u64::try_from(token.as_millis()).unwrap_or(u64::MAX);
        self.token.map(|token| detection(ms(token)))
    }
}
