// SPDX-License-Identifier: GPL-2.0-only

//! The netlink family `ssi` (`Documentation/netlink/specs/ssi.yaml`), a file an operation.
//!
//! All of it runs in process context and may sleep; what changes a cluster is made ready (`cluster/ready.rs`), and takes
//! the RTNL then.

mod add;
mod attributes;
mod bucket_stats;
mod del;
mod get;
mod lease;
mod message;
mod netns;
pub(crate) mod notify;
mod peers;
mod request;
mod set;
mod settle;
mod stats;
mod table;

use core::{
    marker::PhantomData,
    sync::atomic::{
        AtomicBool,
        Ordering, //
    }, //
};

use kernel::ThisModule;

use crate::{
    abstractions::{
        genl::{
            self,
            Do,
            Failure,
            Family,
            Group,
            Kind,
            Operation,
            Policy,
            Request, //
        },
        rtnl::Rtnl, //
    },
    logic::{
        refusal::Refusal,
        wire::{
            cluster,
            command,
            vip,
            EVENTS,
            FAMILY,
            VERSION, //
        }, //
    }, //
};

static NAME_ONLY: Policy = Policy::new(&[(cluster::NAME, Kind::String)]);
static NOTHING: Policy = Policy::new(&[]);
static VIP: Policy = Policy::new(&[(vip::ADDRESS, Kind::Binary)]);

static NEW: Policy = Policy::new(&[
    (cluster::NAME, Kind::String),
    (cluster::IFINDEX, Kind::U32),
    (cluster::MODE, Kind::U32),
    (cluster::MAC, Kind::Binary),
    (cluster::GROUP_MAC, Kind::Binary),
    (cluster::FORWARD, Kind::U32),
    (cluster::FORWARD_IFINDEX, Kind::U32),
    (cluster::REPLY_MAC, Kind::U32),
    (cluster::FUNCTION, Kind::U32),
    (cluster::BUCKETS, Kind::U32),
    (cluster::NODE, Kind::U32),
    (cluster::NODES, Kind::U32),
    (cluster::HASH, Kind::U32),
    (cluster::HASH_SEED, Kind::Binary),
    (cluster::MASTER, Kind::U8),
    (cluster::VIP, Kind::Nest(&VIP)),
    (cluster::OWNED, Kind::Binary),
    (cluster::HOOK, Kind::U32),
    (cluster::DRAIN_TIME, Kind::U32),
    (cluster::LEASE_EXPIRY, Kind::U32),
    (cluster::KEY, Kind::Binary),
]);

static SET: Policy = Policy::new(&[
    (cluster::NAME, Kind::String),
    (cluster::FORWARD, Kind::U32),
    (cluster::REPLY_MAC, Kind::U32),
    (cluster::FUNCTION, Kind::U32),
    (cluster::BUCKETS, Kind::U32),
    (cluster::NODE, Kind::U32),
    (cluster::NODES, Kind::U32),
    (cluster::HASH, Kind::U32),
    (cluster::HASH_SEED, Kind::Binary),
    (cluster::MASTER, Kind::U8),
    (cluster::VIP, Kind::Nest(&VIP)),
    (cluster::OWNED, Kind::Binary),
    (cluster::GENERATION, Kind::U64),
    (cluster::DRAIN_TIME, Kind::U32),
    (cluster::LEASE_EXPIRY, Kind::U32),
    (cluster::KEY, Kind::Binary),
]);

static TABLE_SET: Policy = Policy::new(&[
    (cluster::NAME, Kind::String),
    (cluster::BUCKETS, Kind::U32),
    (cluster::OWNED, Kind::Binary),
    (cluster::GENERATION, Kind::U64),
    (cluster::COLD, Kind::Binary),
    (cluster::LEASE, Kind::U32),
    (cluster::LEASE_UNTIL, Kind::U64),
]);

static SETTLE: Policy = Policy::new(&[
    (cluster::NAME, Kind::String),
    (cluster::SETTLED, Kind::Binary),
]);

static LEASE: Policy = Policy::new(&[
    (cluster::NAME, Kind::String),
    (cluster::LEASE, Kind::U32),
    (cluster::LEASE_UNTIL, Kind::U64),
]);

static NETNS: Policy = Policy::new(&[(cluster::NAME, Kind::String), (cluster::NETNS, Kind::U32)]);

/// An operation that changes something: not in a network namespace that anybody may have made, unless the
/// module's parameter allows it.
struct Changing<D>(PhantomData<D>);

impl<D: Do> Do for Changing<D> {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let anywhere = crate::module_parameters::userns.value();
        if !anywhere && !request.net().is_machines() {
            return Err(Refusal::UserNamespace.into());
        }
        D::run(request)
    }
}

const fn changing<D: Do>(command: u8, policy: &'static Policy) -> Operation {
    Operation::new_do::<Changing<D>>(command, policy).for_admins()
}

/// In the order of commands; an operation that does comes before one that lists.
static OPERATIONS: [Operation; 15] = [
    changing::<add::ClusterNew>(command::CLUSTER_NEW, &NEW),
    changing::<set::ClusterSet>(command::CLUSTER_SET, &SET),
    changing::<del::ClusterDel>(command::CLUSTER_DEL, &NAME_ONLY),
    Operation::new_do::<get::ClusterGet>(command::CLUSTER_GET, &NAME_ONLY),
    Operation::new_dump::<get::ClusterGet>(command::CLUSTER_GET, &NOTHING),
    Operation::new_do::<table::TableGet>(command::TABLE_GET, &NAME_ONLY),
    changing::<table::TableSet>(command::TABLE_SET, &TABLE_SET),
    Operation::new_do::<stats::StatsGet>(command::STATS_GET, &NAME_ONLY),
    Operation::new_dump::<stats::StatsGet>(command::STATS_GET, &NOTHING),
    // Buckets that are busy show who the clients are.
    Operation::new_dump::<bucket_stats::BucketStatsGet>(command::BUCKET_STATS_GET, &NAME_ONLY)
        .for_admins(),
    Operation::new_dump::<peers::PeerGet>(command::PEER_GET, &NAME_ONLY),
    changing::<settle::Settle>(command::SETTLE, &SETTLE),
    changing::<lease::LeaseRenew>(command::LEASE_RENEW, &LEASE),
    Operation::new_dump::<netns::NetnsClusterGet>(command::NETNS_CLUSTER_GET, &NOTHING)
        .for_machine_admins(),
    Operation::new_do::<netns::NetnsClusterDel>(command::NETNS_CLUSTER_DEL, &NETNS)
        .for_machine_admins(),
];

static GROUPS: [Group; 1] = [Group::new(EVENTS)];

static FAMILY_SSI: Family = Family::new(FAMILY, VERSION, &OPERATIONS, &GROUPS);

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
