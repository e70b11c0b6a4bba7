// SPDX-License-Identifier: GPL-2.0-only

//! The numbers of `Documentation/netlink/specs/ssi.yaml`, which a test compares with these.

/// The family's name.
pub const FAMILY: &core::ffi::CStr = c"ssi";
/// The family's version.
pub const VERSION: u32 = 1;
/// The multicast group's name.
pub const EVENTS: &core::ffi::CStr = c"events";

/// Commands.
#[allow(missing_docs)]
pub mod command {
    pub const CLUSTER_NEW: u8 = 1;
    pub const CLUSTER_SET: u8 = 2;
    pub const CLUSTER_DEL: u8 = 3;
    pub const CLUSTER_GET: u8 = 4;
    pub const TABLE_GET: u8 = 5;
    pub const TABLE_SET: u8 = 6;
    pub const STATS_GET: u8 = 7;
    pub const BUCKET_STATS_GET: u8 = 8;
    pub const CLUSTER_NEW_NTF: u8 = 9;
    pub const CLUSTER_SET_NTF: u8 = 10;
    pub const CLUSTER_DEL_NTF: u8 = 11;
    pub const PEER_GET: u8 = 12;
    pub const SETTLE: u8 = 13;
    pub const LEASE_RENEW: u8 = 14;
    pub const DRAINED_NTF: u8 = 15;
    pub const LAPSED_NTF: u8 = 16;
    pub const NETNS_CLUSTER_GET: u8 = 17;
    pub const NETNS_CLUSTER_DEL: u8 = 18;
}

/// Attributes of the set `vip`.
#[allow(missing_docs)]
pub mod vip {
    pub const ADDRESS: u16 = 1;
}

/// Attributes of the set `cluster`.
#[allow(missing_docs)]
pub mod cluster {
    pub const NAME: u16 = 1;
    pub const IFINDEX: u16 = 2;
    pub const MODE: u16 = 3;
    pub const MAC: u16 = 4;
    pub const GROUP_MAC: u16 = 5;
    pub const REPLY_MAC: u16 = 6;
    pub const FUNCTION: u16 = 7;
    pub const BUCKETS: u16 = 8;
    pub const NODE: u16 = 9;
    pub const NODES: u16 = 10;
    pub const HASH: u16 = 11;
    pub const HASH_SEED: u16 = 12;
    pub const MASTER: u16 = 13;
    pub const VIP: u16 = 14;
    pub const OWNED: u16 = 15;
    pub const GENERATION: u16 = 16;
    pub const HOOK: u16 = 17;
    pub const REASON: u16 = 18;
    pub const STATS: u16 = 19;
    pub const BUCKET_STATS: u16 = 20;
    pub const PAD: u16 = 21;
    pub const FORWARD: u16 = 22;
    pub const FORWARD_IFINDEX: u16 = 23;
    pub const MASTER_MAC: u16 = 24;
    pub const FLOODED: u16 = 25;
    pub const PEER: u16 = 26;
    pub const DRAIN_TIME: u16 = 27;
    pub const LEASE_EXPIRY: u16 = 28;
    pub const LEASE: u16 = 29;
    pub const LAPSED: u16 = 30;
    pub const COLD: u16 = 31;
    pub const SETTLED: u16 = 32;
    pub const DRAINING: u16 = 33;
    pub const ADOPTING: u16 = 34;
    pub const DRAINED: u16 = 35;
    pub const CONNECTIONS: u16 = 36;
    pub const LEASE_UNTIL: u16 = 37;
    pub const NETNS: u16 = 38;
    pub const KEY: u16 = 39;
    pub const KEY_ID: u16 = 40;
}

/// Attributes of the set `stats`: the pad, then one for each `counter::Counter`.
#[allow(missing_docs)]
pub mod stats {
    pub const PAD: u16 = 1;
    pub const FIRST: u16 = 2;
}

/// Attributes of the set `bucket-stats`.
#[allow(missing_docs)]
pub mod bucket_stats {
    pub const PAD: u16 = 1;
    pub const BUCKET: u16 = 2;
    pub const SEEN_PACKETS: u16 = 3;
    pub const SEEN_BYTES: u16 = 4;
    pub const SERVED_PACKETS: u16 = 5;
    pub const SERVED_BYTES: u16 = 6;
    pub const SESSIONS: u16 = 7;
}

/// Attributes of the set `peer`.
#[allow(missing_docs)]
pub mod peer {
    pub const PAD: u16 = 1;
    pub const NODE: u16 = 2;
    pub const MAC: u16 = 3;
    pub const FORWARD_MAC: u16 = 4;
    pub const MASTER: u16 = 5;
    pub const AGE: u16 = 6;
    pub const AGREES: u16 = 7;
    pub const GENERATION: u16 = 8;
}

/// Values of `reason`.
#[allow(missing_docs)]
pub mod reason {
    pub const REQUEST: u32 = 0;
    pub const DEVICE_GONE: u32 = 1;
    pub const EMPTY: u32 = 2;
    pub const DEADLINE: u32 = 3;
    pub const LEASE: u32 = 4;
}
