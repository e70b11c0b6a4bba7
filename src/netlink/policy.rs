// SPDX-License-Identifier: GPL-2.0-only

//! Policies and operations, generated from Documentation/netlink/specs/ssi.yaml by scripts/generate: do not edit.

use super::{
    changing::changing,
    BucketStatsGet,
    ClusterDel,
    ClusterGet,
    ClusterNew,
    ClusterSet,
    LeaseRenew,
    NetnsClusterDel, //
    NetnsClusterGet,
    PeerGet,
    Settle,
    StatsGet,
    TableGet,
    TableSet,
};
use crate::{
    abstractions::genl::{
        Kind,
        Operation,
        Policy, //
    },
    logic::wire::{
        cluster,
        command,
        vip, //
    }, //
};

static VIP: Policy = Policy::new(&[(vip::ADDRESS, Kind::Binary)]);

static CLUSTER_NEW_DO: Policy = Policy::new(&[
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
    (cluster::CLIENT_KEY, Kind::U32),
    (cluster::PREFIX4, Kind::U32),
    (cluster::PREFIX6, Kind::U32),
    (cluster::MASTER, Kind::U8),
    (cluster::VIP, Kind::Nest(&VIP)),
    (cluster::OWNED, Kind::Binary),
    (cluster::HOOK, Kind::U32),
    (cluster::DRAIN_TIME, Kind::U32),
    (cluster::LEASE_EXPIRY, Kind::U32),
    (cluster::KEY, Kind::Binary),
    (cluster::ANNOUNCE_EVERY, Kind::U32),
]);

static CLUSTER_SET_DO: Policy = Policy::new(&[
    (cluster::NAME, Kind::String),
    (cluster::FORWARD, Kind::U32),
    (cluster::REPLY_MAC, Kind::U32),
    (cluster::FUNCTION, Kind::U32),
    (cluster::BUCKETS, Kind::U32),
    (cluster::NODE, Kind::U32),
    (cluster::NODES, Kind::U32),
    (cluster::HASH, Kind::U32),
    (cluster::HASH_SEED, Kind::Binary),
    (cluster::CLIENT_KEY, Kind::U32),
    (cluster::PREFIX4, Kind::U32),
    (cluster::PREFIX6, Kind::U32),
    (cluster::MASTER, Kind::U8),
    (cluster::VIP, Kind::Nest(&VIP)),
    (cluster::OWNED, Kind::Binary),
    (cluster::GENERATION, Kind::U64),
    (cluster::DRAIN_TIME, Kind::U32),
    (cluster::LEASE_EXPIRY, Kind::U32),
    (cluster::KEY, Kind::Binary),
    (cluster::ANNOUNCE_EVERY, Kind::U32),
]);

static CLUSTER_DEL_DO: Policy = Policy::new(&[(cluster::NAME, Kind::String)]);

static CLUSTER_GET_DUMP: Policy = Policy::new(&[]);

static TABLE_SET_DO: Policy = Policy::new(&[
    (cluster::NAME, Kind::String),
    (cluster::BUCKETS, Kind::U32),
    (cluster::OWNED, Kind::Binary),
    (cluster::GENERATION, Kind::U64),
    (cluster::COLD, Kind::Binary),
    (cluster::LEASE, Kind::U32),
    (cluster::LEASE_UNTIL, Kind::U64),
    (cluster::STICKING, Kind::Binary),
]);

static SETTLE_DO: Policy = Policy::new(&[
    (cluster::NAME, Kind::String),
    (cluster::SETTLED, Kind::Binary),
]);

static LEASE_RENEW_DO: Policy = Policy::new(&[
    (cluster::NAME, Kind::String),
    (cluster::LEASE, Kind::U32),
    (cluster::LEASE_UNTIL, Kind::U64),
]);

static NETNS_CLUSTER_DEL_DO: Policy =
    Policy::new(&[(cluster::NAME, Kind::String), (cluster::NETNS, Kind::U32)]);

/// In the order of commands; what is done comes before what is listed.
pub(super) static OPERATIONS: [Operation; 15] = [
    changing::<ClusterNew>(command::CLUSTER_NEW, &CLUSTER_NEW_DO),
    changing::<ClusterSet>(command::CLUSTER_SET, &CLUSTER_SET_DO),
    changing::<ClusterDel>(command::CLUSTER_DEL, &CLUSTER_DEL_DO),
    Operation::new_do::<ClusterGet>(command::CLUSTER_GET, &CLUSTER_DEL_DO),
    Operation::new_dump::<ClusterGet>(command::CLUSTER_GET, &CLUSTER_GET_DUMP),
    Operation::new_do::<TableGet>(command::TABLE_GET, &CLUSTER_DEL_DO),
    changing::<TableSet>(command::TABLE_SET, &TABLE_SET_DO),
    Operation::new_do::<StatsGet>(command::STATS_GET, &CLUSTER_DEL_DO),
    Operation::new_dump::<StatsGet>(command::STATS_GET, &CLUSTER_GET_DUMP),
    Operation::new_dump::<BucketStatsGet>(command::BUCKET_STATS_GET, &CLUSTER_DEL_DO).for_admins(),
    Operation::new_dump::<PeerGet>(command::PEER_GET, &CLUSTER_DEL_DO),
    changing::<Settle>(command::SETTLE, &SETTLE_DO),
    changing::<LeaseRenew>(command::LEASE_RENEW, &LEASE_RENEW_DO),
    Operation::new_dump::<NetnsClusterGet>(command::NETNS_CLUSTER_GET, &CLUSTER_GET_DUMP)
        .for_machine_admins(),
    Operation::new_do::<NetnsClusterDel>(command::NETNS_CLUSTER_DEL, &NETNS_CLUSTER_DEL_DO)
        .for_machine_admins(),
];
