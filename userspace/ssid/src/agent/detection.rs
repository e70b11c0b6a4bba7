// SPDX-License-Identifier: GPL-2.0-only

//! Detection of a node's loss, by Corosync or over datagrams: how long it takes, and whether the leases of the nodes that are left last until then.

use ssi_protocol::Timing;

/// How long Corosync needs for a new membership, by measurement: 2.2 tokens, and a little.
pub fn detection(token: u64) -> u64 {
    token.saturating_mul(22) / 10 + 20
}

/// How long nodes need over datagrams: their patience, and a beat or two to agree.
pub fn by_datagrams(patience: u64, timing: &Timing) -> u64 {
    patience.saturating_add(2 * timing.beat())
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
            "the others need {detection} ms to go on without a node, and leases of {} ms end before: all buckets are \
             unserved until then; give lease = {} or more, or Corosync a shorter token",
            timing.lease(),
            wanted.next_multiple_of(100)
        )
    })
}
