// SPDX-License-Identifier: GPL-2.0-only

//! The numbers of `Documentation/netlink/specs/ssi.yaml`.
//!
//! Nothing here is chosen: `tests/spec.rs` reads the file and compares each number and each name.

use crate::numbered::numbered;

/// The family's name.
pub const FAMILY: &str = "ssi";
/// The family's version.
pub const VERSION: u8 = 1;
/// The multicast group that events come from.
pub const EVENTS: &str = "events";

/// Bytes in a cluster's name, without the closing NUL.
pub const NAME_MAX: usize = 15;
/// Cluster addresses of one cluster.
pub const VIPS_MAX: usize = 32;
/// Buckets of one cluster.
pub const BUCKETS_MAX: u32 = 65_536;

numbered! {
    /// What a message is about.
    Op: u8 {
        ClusterNew = 1 "cluster-new",
        ClusterSet = 2 "cluster-set",
        ClusterDel = 3 "cluster-del",
        ClusterGet = 4 "cluster-get",
        TableGet = 5 "table-get",
        TableSet = 6 "table-set",
        StatsGet = 7 "stats-get",
        BucketStatsGet = 8 "bucket-stats-get",
        ClusterNewNtf = 9 "cluster-new-ntf",
        ClusterSetNtf = 10 "cluster-set-ntf",
        ClusterDelNtf = 11 "cluster-del-ntf",
        PeerGet = 12 "peer-get",
        Settle = 13 "settle",
        LeaseRenew = 14 "lease-renew",
        DrainedNtf = 15 "drained-ntf",
        LapsedNtf = 16 "lapsed-ntf",
        NetnsClusterGet = 17 "netns-cluster-get",
        NetnsClusterDel = 18 "netns-cluster-del",
    }
}

numbered! {
    /// Attributes of every message.
    Attr: u16 {
        Name = 1 "name",
        Ifindex = 2 "ifindex",
        Mode = 3 "mode",
        Mac = 4 "mac",
        GroupMac = 5 "group-mac",
        ReplyMac = 6 "reply-mac",
        Function = 7 "function",
        Buckets = 8 "buckets",
        Node = 9 "node",
        Nodes = 10 "nodes",
        Hash = 11 "hash",
        HashSeed = 12 "hash-seed",
        Master = 13 "master",
        Vip = 14 "vip",
        Owned = 15 "owned",
        Generation = 16 "generation",
        Hook = 17 "hook",
        Reason = 18 "reason",
        Stats = 19 "stats",
        BucketStats = 20 "bucket-stats",
        Pad = 21 "pad",
        Forward = 22 "forward",
        ForwardIfindex = 23 "forward-ifindex",
        MasterMac = 24 "master-mac",
        Flooded = 25 "flooded",
        Peer = 26 "peer",
        DrainTime = 27 "drain-time",
        LeaseExpiry = 28 "lease-expiry",
        Lease = 29 "lease",
        Lapsed = 30 "lapsed",
        Cold = 31 "cold",
        Settled = 32 "settled",
        Draining = 33 "draining",
        Adopting = 34 "adopting",
        Drained = 35 "drained",
        Connections = 36 "connections",
        LeaseUntil = 37 "lease-until",
        Netns = 38 "netns",
        Key = 39 "key",
        KeyId = 40 "key-id",
    }
}

numbered! {
    /// Attributes inside [`Attr::Vip`].
    VipAttr: u16 {
        Address = 1 "address",
    }
}

numbered! {
    /// Counters inside [`Attr::Stats`]: packets by the way they left the packet path.
    Counter: u16 {
        RxServed = 2 "rx-served",
        RxOther = 3 "rx-other",
        RxNotVip = 4 "rx-not-vip",
        RxMalformed = 5 "rx-malformed",
        RxArpAnswered = 6 "rx-arp-answered",
        RxArpIgnored = 7 "rx-arp-ignored",
        RxArpReply = 8 "rx-arp-reply",
        RxArpOwn = 9 "rx-arp-own",
        RxArpConflict = 10 "rx-arp-conflict",
        RxNdAnswered = 11 "rx-nd-answered",
        RxNdIgnored = 12 "rx-nd-ignored",
        RxNdReply = 13 "rx-nd-reply",
        RxNdOwn = 14 "rx-nd-own",
        RxNdConflict = 15 "rx-nd-conflict",
        RxForwarded = 16 "rx-forwarded",
        RxPassedOn = 17 "rx-passed-on",
        RxForwardFailed = 18 "rx-forward-failed",
        RxFlooded = 19 "rx-flooded",
        RxFloodProbe = 20 "rx-flood-probe",
        TxReply = 21 "tx-reply",
        TxUntouched = 22 "tx-untouched",
        TxArp = 23 "tx-arp",
        TxNd = 24 "tx-nd",
        TxNoMemory = 25 "tx-no-memory",
        RxDraining = 26 "rx-draining",
        RxLeft = 27 "rx-left",
        RxGate = 28 "rx-gate",
        RxBroadcast = 29 "rx-broadcast",
        TxProbe = 30 "tx-probe",
        RxRefused = 31 "rx-refused",
        RxReplayed = 32 "rx-replayed",
    }
}

numbered! {
    /// Attributes inside [`Attr::Peer`].
    PeerAttr: u16 {
        Pad = 1 "pad",
        Node = 2 "node",
        Mac = 3 "mac",
        ForwardMac = 4 "forward-mac",
        Master = 5 "master",
        Age = 6 "age",
        Agrees = 7 "agrees",
        Generation = 8 "generation",
    }
}

numbered! {
    /// Attributes inside [`Attr::BucketStats`].
    BucketAttr: u16 {
        Pad = 1 "pad",
        Bucket = 2 "bucket",
        SeenPackets = 3 "seen-packets",
        SeenBytes = 4 "seen-bytes",
        ServedPackets = 5 "served-packets",
        ServedBytes = 6 "served-bytes",
        Sessions = 7 "sessions",
    }
}

numbered! {
    /// How a request reaches every node.
    Mode: u32 {
        Multicast = 0 "multicast",
        Forward = 1 "forward",
    }
}

numbered! {
    /// In mode forward, whom a request is forwarded to.
    Forward: u32 {
        All = 0 "all",
        Owner = 1 "owner",
    }
}

numbered! {
    /// What makes the owned bitmap when none is given.
    Function: u32 {
        Modulo = 0 "modulo",
        Bitmap = 1 "bitmap",
    }
}

numbered! {
    /// What the bucket is taken of.
    Hash: u32 {
        None = 0 "none",
        Siphash = 1 "siphash",
    }
}

numbered! {
    /// Source MAC of frames that leave with a cluster address.
    ReplyMac: u32 {
        Cluster = 0 "cluster",
        Group = 1 "group",
        Node = 2 "node",
    }
}

numbered! {
    /// Where the module meets received frames.
    Hook: u32 {
        Auto = 0 "auto",
        RxHandler = 1 "rx-handler",
        Ingress = 2 "ingress",
    }
}

numbered! {
    /// Why an event happened.
    Reason: u32 {
        Request = 0 "request",
        DeviceGone = 1 "device-gone",
        Empty = 2 "empty",
        Deadline = 3 "deadline",
        Lease = 4 "lease",
    }
}

numbered! {
    /// What becomes of connections when the lease has run out.
    LeaseExpiry: u32 {
        Drain = 0 "drain",
        Drop = 1 "drop",
    }
}
