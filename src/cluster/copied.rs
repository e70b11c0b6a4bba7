// SPDX-License-Identifier: GPL-2.0-only

//! This machine is a copy, or began anew from a snapshot: what it was allowed then it is not now.

use super::{
    registry::{
        leases,
        REGISTRY, //
    },
    work::TRANSITION_WORK, //
};
use crate::abstractions::rtnl::Rtnl;

/// Ends all leases: its clocks do not show how long it was away.
pub(crate) fn copied() {
    leases::end_all();
    // Those that a change is about to put in force are found when it is over.
    let mut rtnl = Rtnl::lock();
    let (registry, _token) = REGISTRY.get(&mut rtnl);
    registry.end_leases();
    TRANSITION_WORK.schedule(0);
}
