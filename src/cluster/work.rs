// SPDX-License-Identifier: GPL-2.0-only

//! The delayed work of clusters, to be scheduled in any context:
//! `transition_work.rs`, `walk.rs` and `agreement_work.rs` do it.

use crate::abstractions::delayed_work::DelayedWork;

/// Milliseconds from one run to the next, at least.
pub(super) const PERIOD: u32 = 1000;

/// Ends transitions, and makes the table of expired leases.
pub(super) static TRANSITION_WORK: DelayedWork = DelayedWork::new();
/// Sends events of nodes that do not go together.
pub(super) static AGREEMENT_WORK: DelayedWork = DelayedWork::new();
/// Walks the socket table that namespaces share.
pub(super) static SHARED_WALK: DelayedWork = DelayedWork::new();
/// Walks those that namespaces have of their own.
pub(super) static OWN_WALK: DelayedWork = DelayedWork::new();

/// Something is in transition from now on.
pub(super) fn begin() {
    TRANSITION_WORK.schedule(PERIOD);
    SHARED_WALK.schedule(PERIOD);
    OWN_WALK.schedule(PERIOD);
}
