// SPDX-License-Identifier: GPL-2.0-only

//! Delayed work: the events of nodes that do not go together any more, or do again.

use super::{
    holds::hold,
    observer,
    registry::ClusterIndex,
    work::AGREEMENT_WORK, //
};
use crate::{
    abstractions::delayed_work::EnabledWork,
    logic::wire::{
        command,
        reason, //
    }, //
};

/// Most clusters that one hold of the RTNL looks at.
const CLUSTERS: usize = 32;

/// From now on the work may be scheduled.
pub(crate) fn enable() -> EnabledWork {
    AGREEMENT_WORK.enable(notify)
}

/// Sends the events of all clusters whose differences have changed.
fn notify() {
    let mut next = Some(ClusterIndex::FIRST);
    while let Some(from) = next.filter(|_| !AGREEMENT_WORK.is_cancelled()) {
        next = hold(|registry, _token| {
            let registry = &*registry;
            registry.visit(from, CLUSTERS, |seen| {
                if !seen.cluster.peering.state.agreement.take_news() {
                    return;
                }
                if let Some((place, _)) = registry.again(&seen) {
                    let subject = registry.subject(place);
                    observer::notify(command::AGREEMENT_NTF, subject, reason::PEERS);
                }
            })
        });
    }
}
