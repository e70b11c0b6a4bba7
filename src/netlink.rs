// SPDX-License-Identifier: GPL-2.0-only

//! The netlink family `ssi` (`Documentation/netlink/specs/ssi.yaml`), a file an operation.
//!
//! All of it runs in process context and may sleep; what changes a cluster is made ready (`cluster/ready.rs`), and takes
//! the RTNL then.

mod add;
mod attributes;
mod bucket_stats;
mod changing;
mod del;
mod get;
mod lease;
mod message;
mod netns;
pub(crate) mod notify;
mod peers;
mod policy;
mod request;
mod set;
mod settle;
mod stats;
mod table;

use core::sync::atomic::{
    AtomicBool,
    Ordering, //
};

use kernel::ThisModule;

use self::{
    add::ClusterNew,
    bucket_stats::BucketStatsGet,
    del::ClusterDel,
    get::ClusterGet,
    lease::LeaseRenew,
    netns::{
        NetnsClusterDel,
        NetnsClusterGet, //
    },
    peers::PeerGet,
    set::ClusterSet,
    settle::Settle,
    stats::StatsGet,
    table::{
        TableGet,
        TableSet, //
    }, //
};

use crate::{
    abstractions::{
        genl::{
            self,
            Family,
            Group, //
        },
        rtnl::Rtnl, //
    },
    logic::wire::{
        EVENTS,
        FAMILY,
        VERSION, //
    }, //
};

static GROUPS: [Group; 1] = [Group::new(EVENTS)];

static FAMILY_SSI: Family = Family::new(FAMILY, VERSION, &policy::OPERATIONS, &GROUPS);

/// The registered family.
pub(crate) struct Registration {
    _family: genl::Registration,
}

/// Whether there is a family to send events by; written and read under the RTNL.
static EVENTS_WANTED: AtomicBool = AtomicBool::new(false);

impl Registration {
    /// Registers the family.
    pub(crate) fn new(module: &'static ThisModule) -> kernel::error::Result<Self> {
        let family = FAMILY_SSI.register(module)?;
        let _rtnl = Rtnl::lock();
        EVENTS_WANTED.store(true, Ordering::Relaxed);
        Ok(Self { _family: family })
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let _rtnl = Rtnl::lock();
        EVENTS_WANTED.store(false, Ordering::Relaxed);
    }
}
