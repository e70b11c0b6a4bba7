// SPDX-License-Identifier: GPL-2.0-only

//! Numbers and names, generated from Documentation/netlink/specs/ssi.yaml by scripts/generate: do not edit.

use core::{
    ffi::CStr,
    ops::RangeInclusive, //
};

use super::numbered::{
    numbered,
    Unknown, //
};

/// The family's name.
pub const FAMILY: &CStr = c"ssi";
/// The family's version.
pub const VERSION: u8 = 1;
/// A multicast group's name.
pub const EVENTS: &CStr = c"events";

/// Bytes in a cluster's name, without the closing NUL.
pub const NAME_MAX: usize = 15;
/// Cluster addresses of one cluster.
pub const VIPS_MAX: usize = 32;
/// Buckets of one cluster.
pub const BUCKETS_MAX: u32 = 65536;

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
    pub const AGREEMENT_NTF: u8 = 19;
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
    pub const DIFFERS: u16 = 41;
    pub const CLIENT_KEY: u16 = 42;
    pub const PREFIX4: u16 = 43;
    pub const PREFIX6: u16 = 44;
    pub const ANNOUNCE_EVERY: u16 = 45;
    pub const STICKING: u16 = 46;
}

/// Attributes of the set `stats`.
#[allow(missing_docs)]
pub mod stats {
    pub const PAD: u16 = 1;
    pub const RX_SERVED: u16 = 2;
    pub const RX_OTHER: u16 = 3;
    pub const RX_NOT_VIP: u16 = 4;
    pub const RX_MALFORMED: u16 = 5;
    pub const RX_ARP_ANSWERED: u16 = 6;
    pub const RX_ARP_IGNORED: u16 = 7;
    pub const RX_ARP_REPLY: u16 = 8;
    pub const RX_ARP_OWN: u16 = 9;
    pub const RX_ARP_CONFLICT: u16 = 10;
    pub const RX_ND_ANSWERED: u16 = 11;
    pub const RX_ND_IGNORED: u16 = 12;
    pub const RX_ND_REPLY: u16 = 13;
    pub const RX_ND_OWN: u16 = 14;
    pub const RX_ND_CONFLICT: u16 = 15;
    pub const RX_FORWARDED: u16 = 16;
    pub const RX_PASSED_ON: u16 = 17;
    pub const RX_FORWARD_FAILED: u16 = 18;
    pub const RX_FLOODED: u16 = 19;
    pub const RX_FLOOD_PROBE: u16 = 20;
    pub const TX_REPLY: u16 = 21;
    pub const TX_UNTOUCHED: u16 = 22;
    pub const TX_ARP: u16 = 23;
    pub const TX_ND: u16 = 24;
    pub const TX_NO_MEMORY: u16 = 25;
    pub const RX_DRAINING: u16 = 26;
    pub const RX_LEFT: u16 = 27;
    pub const RX_GATE: u16 = 28;
    pub const RX_BROADCAST: u16 = 29;
    pub const TX_PROBE: u16 = 30;
    pub const RX_REFUSED: u16 = 31;
    pub const RX_REPLAYED: u16 = 32;
    pub const RX_RESET: u16 = 33;
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
    pub const DIFFERS: u16 = 9;
    pub const BUCKETS: u16 = 10;
    pub const NODES: u16 = 11;
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

/// Values of `reason`.
#[allow(missing_docs)]
pub mod reason {
    pub const REQUEST: u32 = 0;
    pub const DEVICE_GONE: u32 = 1;
    pub const EMPTY: u32 = 2;
    pub const DEADLINE: u32 = 3;
    pub const LEASE: u32 = 4;
    pub const PEERS: u32 = 5;
}

numbered! {
    /// What a message is about.
    Op: u8 {
        ClusterNew = 1 "cluster-new" "Make a cluster.",
        ClusterSet = 2 "cluster-set" "Change what is given and leave the rest. All vip attributes together replace the list. A change of function, node, nodes or buckets without owned gives this node the buckets m with m mod nodes = node; where the lease has run out that is refused (ESTALE). Buckets that change hands are in transition for the drain-time, unless buckets, hash or client-key change.",
        ClusterDel = 3 "cluster-del" "Take a cluster away; its packets are the stack's own business again. With the last cluster of all namespaces the module can be unloaded.",
        ClusterGet = 4 "cluster-get" "Configuration of one cluster, or of all in the namespace.",
        TableGet = 5 "table-get" "The bucket table of one cluster, and its lease; all of one moment.",
        TableSet = 6 "table-set" "Replace the whole bucket table: buckets, owned, and the generation the new table shall have, which must be greater than the one in force. It turns function modulo into bitmap. When it is answered, no packet meets the table before any more: what was lost is served by no one here but on connections that there are, and another node may take it. It also begins, renews or, with 0, takes away a lease; a node whose lease has run out has none afterwards where none is given.",
        StatsGet = 7 "stats-get" "Counters of one cluster, or of all in the namespace.",
        BucketStatsGet = 8 "bucket-stats-get" "Counters of one cluster's buckets; several messages. They show who the clients are, and so are not for everybody. Where they take more than 256 KiB they are made when they are first asked for, and count from then on.",
        ClusterNewNtf = 9 "cluster-new-ntf" "A cluster was made.",
        ClusterSetNtf = 10 "cluster-set-ntf" "A cluster's configuration or table changed.",
        ClusterDelNtf = 11 "cluster-del-ntf" "A cluster went; the reason is in reason.",
        PeerGet = 12 "peer-get" "The nodes that a cluster has seen; several messages.",
        Settle = 13 "settle" "End the transitions of the buckets of the bitmap settled: what drains is not served any more, what is adopted is owned and nothing else.",
        LeaseRenew = 14 "lease-renew" "Let the lease run for so many milliseconds from now, or until lease-until, if that is longer. It waits for no lock. Refused where there is none, or where it has run out (ESTALE).",
        DrainedNtf = 15 "drained-ntf" "Buckets of the bitmap drained are drained: this node serves nothing in them any more. The reason is empty or deadline.",
        LapsedNtf = 16 "lapsed-ntf" "The lease has run out; the cluster owns no bucket any more.",
        NetnsClusterGet = 17 "netns-cluster-get" "The clusters of all network namespaces, each with its namespace. While there is one the module stays loaded.",
        NetnsClusterDel = 18 "netns-cluster-del" "Take a cluster away in whatever network namespace it is. Its addresses stay on its interface.",
        AgreementNtf = 19 "agreement-ntf" "In what the nodes do not go together has changed: differs has it, and peer-get whose it is.",
    }
}

numbered! {
    /// Attributes of the set `cluster`.
    Attr: u16 {
        Name = 1 "name" "The cluster's name. Letters, digits, dot, dash and underscore; not a leading dot.",
        Ifindex = 2 "ifindex" "The interface's number.",
        Mode = 3 "mode" "How a request reaches every node.",
        Mac = 4 "mac" "The base MAC: unicast, locally administered. Without it 02:5a and the four bytes of the lowest IPv4 cluster address are taken (of a hash of the lowest IPv6 address where there is no IPv4 one).",
        GroupMac = 5 "group-mac" "The group MAC, which clients send to in mode multicast. Without it, and always in mode forward, the base MAC with the first bit of its first byte set.",
        ReplyMac = 6 "reply-mac" "Source MAC of frames that leave with a cluster address.",
        Function = 7 "function" "What makes the owned bitmap when none is given.",
        Buckets = 8 "buckets" "Number of buckets. With function modulo it is the number of nodes.",
        Node = 9 "node" "This node's rank, 0 to nodes - 1.",
        Nodes = 10 "nodes" "Number of nodes.",
        Hash = 11 "hash" "What the bucket is taken of.",
        HashSeed = 12 "hash-seed" "The key of SipHash-2-4, bytes as in its reference code.",
        Master = 13 "master" "Whether this node answers ARP and neighbour solicitations for the cluster addresses.",
        Vip = 14 "vip" "The cluster addresses.",
        Owned = 15 "owned" "The buckets that this node serves. One bit a bucket, (k + 7) / 8 bytes: bucket m is bit m mod 8, from the least significant, of byte m / 8. Bits past k are zero.",
        Generation = 16 "generation" "Number of the bucket table in force. Each change of owned, buckets, function, node, nodes, hash, hash-seed, client-key, prefix4 or prefix6 makes the next, as does the end of a lease, which empties owned. In a request: the generation the change is meant for; another one in force refuses it (ESTALE). In table-set at most 2^62, or the next after the one in force.",
        Hook = 17 "hook" "Asked for in cluster-new; the one in use in a reply.",
        Reason = 18 "reason" "Why an event happened.",
        Stats = 19 "stats" "",
        BucketStats = 20 "bucket-stats" "",
        Forward = 22 "forward" "Mode forward only.",
        ForwardIfindex = 23 "forward-ifindex" "Mode forward only: number of the forward interface. The Ethernet interface that the nodes have among themselves, a VLAN. No cluster may be on it.",
        MasterMac = 24 "master-mac" "Mode forward only: the master's own MAC on its cluster interface, as it announced it within the last seconds; absent at the master. Reply only.",
        Flooded = 25 "flooded" "Mode forward only: whether frames to the base MAC come to every node, so that the master alone forwards; also while nothing is known yet. Reply only.",
        Peer = 26 "peer" "",
        DrainTime = 27 "drain-time" "Seconds for which connections stay where they are when their bucket moves to or from this node (0: they do not; 4294967295: for as long as they last). 600 where none is given. A bucket that this node loses drains so long: connections that are in its socket table are served, new ones are not. One that it gets is adopted a little longer: new connections are served, and segments of a connection that it does not know are left, in silence, to the node that does. UDP, ICMP requests and the like move at once. What is in transition already keeps its time.",
        LeaseExpiry = 28 "lease-expiry" "What becomes of connections when the lease has run out.",
        Lease = 29 "lease" "Milliseconds for which this node serves without renewal; absent where it serves always, and where none are left. 1 to 3600000. In table-set 0 takes the lease away.",
        Lapsed = 30 "lapsed" "Whether the lease has run out: then the node owns no bucket until it gets a table. Reply only.",
        Cold = 31 "cold" "A bitmap as owned: of the buckets that this node has by the new table, those whose former node is gone. They are not adopted: a segment of a connection that the node does not know is answered with a reset, so that the client comes back at once.",
        Settled = 32 "settled" "A bitmap as owned.",
        Draining = 33 "draining" "The buckets that this node gave away and whose connections it serves. A bitmap as owned.",
        Adopting = 34 "adopting" "Of owned, the buckets whose former node serves the connections that it has. A bitmap as owned.",
        Drained = 35 "drained" "The buckets in which this node serves nothing any more. A bitmap as owned.",
        Connections = 36 "connections" "Connections in draining buckets, counted each second; TIME_WAIT left out.",
        LeaseUntil = 37 "lease-until" "When the lease ends, in milliseconds of CLOCK_BOOTTIME as it is in the time namespace of who asks. In events as it is in the first; at most 3600000 from now. Given in the place of lease by who may be stopped between reckoning and asking: that lengthens nothing then. A time that is past is refused (ESTALE), but for a table that owns no bucket: after that the lease has run out. In a reply rounded up.",
        Netns = 38 "netns" "Number of the network namespace: the inode's of /proc/PID/ns/net and of files in /run/netns.",
        Key = 39 "key" "Request only: 32 bytes that all nodes share. Nodes' announcements carry a tag made with it, and messages without the right one are not believed. No bytes take it away. Nobody can read it back; key-id shows whether there is one.",
        KeyId = 40 "key-id" "Distinguishes the key that nodes share from others; absent where there is none, so that nodes' messages are not authenticated. Reply only. The same on nodes with the same key.",
        Differs = 41 "differs" "In what the nodes whose messages came within the last seconds, and this one, do not go together. Reply only. A difference counts when it has lasted for three seconds, and is over when it was gone for as long.",
        ClientKey = 42 "client-key" "What of a client the bucket is taken of, plain or hashed.",
        Prefix4 = 43 "prefix4" "Bits of an IPv4 client's address that are its network's; 24 where none are given. With client-key prefix only.",
        Prefix6 = 44 "prefix6" "Bits of an IPv6 client's address that are its network's; 64 where none are given. With client-key prefix only.",
        AnnounceEvery = 45 "announce-every" "Seconds after which the master announces the cluster addresses again, for ever; 0: not after the first four times. 0 where none is given. Gratuitous ARP and unsolicited neighbour advertisements, besides those at once and 1, 2 and 4 seconds after an address, a MAC or the master is new.",
        Sticking = 46 "sticking" "Clients that stick to the node that drains their bucket: it takes new TCP connections of theirs while it has a lease, and the node that adopts the bucket leaves these alone. Whoever sets tables has to give the list to both, and to the one that adopts first. At most 8000 numbers of 8 bytes in the machine's byte order, in rising order: the bucket in the upper half, in the lower one the lower half of SipHash-2-4 of the client's address, an IPv4 address mapped to IPv6, under the key \"ssi: who stays\" and two zeros. The list is the table's: another table has the one that comes with it, or none. Of a lease that has run out nothing is left of it.",
    }
}

numbered! {
    /// Attributes of the set `vip`.
    VipAttr: u16 {
        Address = 1 "address" "4 bytes (IPv4) or 16 (IPv6), network byte order.",
    }
}

numbered! {
    /// Packets by the way they left the packet path, since cluster-new.
    Counter: u16 {
        RxServed = 2 "rx-served" "in an owned bucket, given to this node's stack",
        RxOther = 3 "rx-other" "in another node's bucket, dropped",
        RxNotVip = 4 "rx-not-vip" "to the cluster's MAC, but no cluster address, another protocol, or a VLAN tag; left alone",
        RxMalformed = 5 "rx-malformed" "to the cluster's MAC, without a whole IP or ARP header, or an ICMP error without its quote; dropped",
        RxArpAnswered = 6 "rx-arp-answered" "ARP request for a cluster address, given to this node (the master)",
        RxArpIgnored = 7 "rx-arp-ignored" "ARP request for a cluster address, dropped by this node (no master)",
        RxArpReply = 8 "rx-arp-reply" "ARP reply to a cluster address; every node gets it, as any of them may have asked",
        RxArpOwn = 9 "rx-arp-own" "ARP that another node sent as the cluster; dropped",
        RxArpConflict = 10 "rx-arp-conflict" "ARP in which a foreign MAC claims a cluster address; dropped",
        RxNdAnswered = 11 "rx-nd-answered" "neighbour solicitation for a cluster address, given to this node (the master)",
        RxNdIgnored = 12 "rx-nd-ignored" "neighbour solicitation for a cluster address, dropped by this node (no master)",
        RxNdReply = 13 "rx-nd-reply" "neighbour advertisement to a cluster address; every node gets it, as any of them may have asked",
        RxNdOwn = 14 "rx-nd-own" "neighbour discovery that another node sent as the cluster; dropped",
        RxNdConflict = 15 "rx-nd-conflict" "neighbour discovery in which a foreign MAC claims a cluster address; dropped",
        RxForwarded = 16 "rx-forwarded" "mode forward: in another node's bucket, sent on to it or to all",
        RxPassedOn = 17 "rx-passed-on" "mode forward: ARP or neighbour discovery that may be meant for any node, or a part of a TCP segment whose node follows from its port, sent on to all",
        RxForwardFailed = 18 "rx-forward-failed" "mode forward: to be sent on, but too long for the forward interface, or that is down; dropped",
        RxFlooded = 19 "rx-flooded" "mode forward: dropped, as the master has got the frame too and forwards it",
        RxFloodProbe = 20 "rx-flood-probe" "mode forward: the master's frame from the base MAC to the base MAC, which only a network that floods gives to others",
        TxReply = 21 "tx-reply" "frame from a cluster address whose source MAC was set",
        TxUntouched = 22 "tx-untouched" "frame from a cluster address that leaves as it is (reply-mac node)",
        TxArp = 23 "tx-arp" "ARP with a cluster address that got the cluster's MAC",
        TxNd = 24 "tx-nd" "neighbour discovery with a cluster address that got the cluster's MAC",
        TxNoMemory = 25 "tx-no-memory" "frame dropped since its header could not be made writable, or has a VLAN's tag in it",
        RxDraining = 26 "rx-draining" "in a bucket that this node gave away, on a connection that it has; given to its stack",
        RxLeft = 27 "rx-left" "in a bucket that this node takes over, on a connection that it does not know; dropped, and left to the node that had the bucket",
        RxGate = 28 "rx-gate" "hook ingress: decided behind the hook, which it had not met, and counted by its own counter as well; or met there, and decided otherwise here since the table had changed, dropped",
        RxBroadcast = 29 "rx-broadcast" "to a cluster address, but by broadcast or to another group than the cluster's; dropped, as every node would answer",
        TxProbe = 30 "tx-probe" "probe for a cluster address (duplicate address detection) from the node's own MAC, with reply-mac node; dropped",
        RxRefused = 31 "rx-refused" "a message of the nodes' kind that came where it does not belong, or without the right tag; dropped. Also where more come than nodes send",
        RxReplayed = 32 "rx-replayed" "a message with the right tag that is not new, or whose sender has not proven yet that it is there; dropped",
        RxReset = 33 "rx-reset" "in a bucket taken from a dead node, on a connection that nobody has; answered by a reset",
    }
}

numbered! {
    /// A bucket without any packet or session is left out.
    BucketAttr: u16 {
        Bucket = 2 "bucket" "Which bucket.",
        SeenPackets = 3 "seen-packets" "Packets of all clients in the bucket, whoever owns it.",
        SeenBytes = 4 "seen-bytes" "Their bytes, from the IP header on.",
        ServedPackets = 5 "served-packets" "Packets that this node served.",
        ServedBytes = 6 "served-bytes" "Their bytes.",
        Sessions = 7 "sessions" "TCP connections of this node in the bucket, TIME_WAIT left out, when they were counted last. They are counted each second while a bucket of the cluster drains (less often where that takes long); absent where the last count is older than ten seconds.",
    }
}

numbered! {
    /// A node that was seen, by its last announcement.
    PeerAttr: u16 {
        Node = 2 "node" "Its rank.",
        Mac = 3 "mac" "Its own MAC on its cluster interface.",
        ForwardMac = 4 "forward-mac" "Mode forward only, its MAC on the forward interface.",
        Master = 5 "master" "Whether it is the master.",
        Age = 6 "age" "Seconds since its last announcement.",
        Agrees = 7 "agrees" "Whether it has the same nodes, buckets, function, hash, seed, client-key and cluster addresses as this node.",
        Generation = 8 "generation" "Number of its bucket table.",
        Differs = 9 "differs" "In what it and this node do not go together, by what was heard of it last.",
        Buckets = 10 "buckets" "Its number of buckets.",
        Nodes = 11 "nodes" "Its number of nodes.",
    }
}

numbered! {
    /// How a request reaches every node.
    Mode: u32 {
        Multicast = 0 "multicast" "Clients send to the group MAC; the network floods it.",
        Forward = 1 "forward" "Clients send to the base MAC; the node that gets a frame, the master as a rule, forwards what others serve by an interface that the nodes have among themselves.",
    }
}

numbered! {
    /// In mode forward, whom a request is forwarded to.
    Forward: u32 {
        All = 0 "all" "All nodes, to the group MAC; each filters it.",
        Owner = 1 "owner" "The node whose bucket it is in, to its own MAC; all, where that is not known for sure.",
    }
}

numbered! {
    /// What makes the owned bitmap when none is given.
    Function: u32 {
        Modulo = 0 "modulo" "As many buckets as nodes; node i owns bucket i.",
        Bitmap = 1 "bitmap" "Any number of buckets; the owned bitmap says which are this node's.",
    }
}

numbered! {
    /// What the bucket is taken of.
    Hash: u32 {
        None = 0 "none" "The source address itself, a big-endian integer.",
        Siphash = 1 "siphash" "The upper 32 bits of SipHash-2-4 of the source address's bytes, in network order, under the hash-seed.",
    }
}

numbered! {
    /// What of a client the bucket is taken of, plain or hashed.
    ClientKey: u32 {
        Source = 0 "source" "Its address.",
        SourcePort = 1 "source-port" "Its address and its port, of TCP, UDP, UDP-Lite, SCTP and DCCP; its address alone of all else, and of fragments. With hash siphash only. What is hashed is the address and the two bytes of the port.",
        Prefix = 2 "prefix" "The number of its network, which is its address without the bits behind prefix4 or prefix6.",
    }
}

numbered! {
    /// Source MAC of frames that leave with a cluster address.
    ReplyMac: u32 {
        Cluster = 0 "cluster" "The base MAC.",
        Group = 1 "group" "The group MAC. Linux bridges and many switches drop such frames.",
        Node = 2 "node" "The interface's own MAC. Nothing is rewritten but ARP payload.",
    }
}

numbered! {
    /// Where the module meets received frames.
    Hook: u32 {
        Auto = 0 "auto" "In a request only; rx-handler where the interface has none yet, else ingress.",
        RxHandler = 1 "rx-handler" "",
        Ingress = 2 "ingress" "The netfilter hook of family netdev.",
    }
}

numbered! {
    /// Why an event happened.
    Reason: u32 {
        Request = 0 "request" "A request asked for it.",
        DeviceGone = 1 "device-gone" "The interface was deleted or moved to another namespace.",
        Empty = 2 "empty" "The buckets have no connection any more.",
        Deadline = 3 "deadline" "The drain-time is over; connections that are left are not served.",
        Lease = 4 "lease" "The lease has run out.",
        Peers = 5 "peers" "What the other nodes announce.",
    }
}

numbered! {
    /// What becomes of connections when the lease has run out.
    LeaseExpiry: u32 {
        Drain = 0 "drain" "They are served for the drain-time, as those of a lost bucket are, and 600 s at most.",
        Drop = 1 "drop" "They are not served any more.",
    }
}

numbered! {
    /// In what nodes that announce themselves do not go together.
    Difference: u32 {
        Mode = 0 "mode" "It has another mode.",
        Mac = 1 "mac" "It has one of the cluster addresses and another base MAC.",
        GroupMac = 2 "group-mac" "It has another group MAC.",
        Buckets = 3 "buckets" "It has another number of buckets.",
        Nodes = 4 "nodes" "It has another number of nodes.",
        Function = 5 "function" "It has another function.",
        Hash = 6 "hash" "It has another hash.",
        HashSeed = 7 "hash-seed" "It has another seed of the hash.",
        Vip = 8 "vip" "It has other cluster addresses.",
        Node = 9 "node" "Two nodes have its rank.",
        Owned = 10 "owned" "It owns a bucket that this node owns too.",
        Master = 11 "master" "It is a master, and not the only one.",
        NoMaster = 12 "no-master" "No node whose messages come is the master, nor is this one.",
        Claimed = 13 "claimed" "Another host claims a cluster address.",
        Key = 14 "key" "It has another client-key.",
    }
}

/// The highest number of an attribute, in any set.
pub const ATTR_MAX: usize = 46;

/// Names of the files in which sysfs shows the counters.
pub const COUNTER_FILES: [&CStr; Counter::ALL.len()] = [
    c"rx_served",
    c"rx_other",
    c"rx_not_vip",
    c"rx_malformed",
    c"rx_arp_answered",
    c"rx_arp_ignored",
    c"rx_arp_reply",
    c"rx_arp_own",
    c"rx_arp_conflict",
    c"rx_nd_answered",
    c"rx_nd_ignored",
    c"rx_nd_reply",
    c"rx_nd_own",
    c"rx_nd_conflict",
    c"rx_forwarded",
    c"rx_passed_on",
    c"rx_forward_failed",
    c"rx_flooded",
    c"rx_flood_probe",
    c"tx_reply",
    c"tx_untouched",
    c"tx_arp",
    c"tx_nd",
    c"tx_no_memory",
    c"rx_draining",
    c"rx_left",
    c"rx_gate",
    c"rx_broadcast",
    c"tx_probe",
    c"rx_refused",
    c"rx_replayed",
    c"rx_reset",
];

/// Attributes of 32 bits that cluster-set changes, and their files in sysfs.
pub const TUNABLE: [(Attr, &CStr); 13] = [
    (Attr::ReplyMac, c"reply_mac"),
    (Attr::Function, c"function"),
    (Attr::Buckets, c"buckets"),
    (Attr::Node, c"node"),
    (Attr::Nodes, c"nodes"),
    (Attr::Hash, c"hash"),
    (Attr::Forward, c"forward"),
    (Attr::DrainTime, c"drain_time"),
    (Attr::LeaseExpiry, c"lease_expiry"),
    (Attr::ClientKey, c"client_key"),
    (Attr::Prefix4, c"prefix4"),
    (Attr::Prefix6, c"prefix6"),
    (Attr::AnnounceEvery, c"announce_every"),
];

impl Attr {
    /// What its value has to be, for whoever gave another one; not of all.
    pub const fn rule(self) -> Option<&'static CStr> {
        Some(match self {
            Self::Mode => c"mode is multicast (0) or forward (1)",
            Self::Mac => c"mac has 6 bytes",
            Self::GroupMac => c"group-mac has 6 bytes",
            Self::ReplyMac => c"reply-mac is cluster (0), group (1) or node (2)",
            Self::Function => c"function is modulo (0) or bitmap (1)",
            Self::Buckets => c"buckets is 1 to 65536",
            Self::Nodes => c"nodes is 1 to 65536",
            Self::Hash => c"hash is none (0) or siphash (1)",
            Self::HashSeed => c"hash-seed has 16 bytes",
            Self::Hook => c"hook is auto (0), rx-handler (1) or ingress (2)",
            Self::Reason => c"reason is request (0), device-gone (1), empty (2), deadline (3), lease (4) or peers (5)",
            Self::Forward => c"forward is all (0) or owner (1)",
            Self::MasterMac => c"master-mac has 6 bytes",
            Self::LeaseExpiry => c"lease-expiry is drain (0) or drop (1)",
            Self::ClientKey => c"client-key is source (0), source-port (1) or prefix (2)",
            Self::Prefix4 => c"prefix4 is 1 to 32",
            Self::Prefix6 => c"prefix6 is 1 to 128",
            Self::AnnounceEvery => c"announce-every is 0 to 86400",
            _ => return None,
        })
    }

    /// The numbers that it takes, where the specification has both ends.
    pub const fn range(self) -> Option<RangeInclusive<u32>> {
        Some(match self {
            Self::Buckets => 1..=65536,
            Self::Nodes => 1..=65536,
            Self::Prefix4 => 1..=32,
            Self::Prefix6 => 1..=128,
            Self::AnnounceEvery => 0..=86400,
            _ => return None,
        })
    }

    /// The names of its values, from 0 on, where they have names.
    pub const fn names(self) -> Option<&'static [&'static str]> {
        Some(match self {
            Self::Mode => Mode::NAMES,
            Self::ReplyMac => ReplyMac::NAMES,
            Self::Function => Function::NAMES,
            Self::Hash => Hash::NAMES,
            Self::Hook => Hook::NAMES,
            Self::Reason => Reason::NAMES,
            Self::Forward => Forward::NAMES,
            Self::LeaseExpiry => LeaseExpiry::NAMES,
            Self::ClientKey => ClientKey::NAMES,
            _ => return None,
        })
    }
}
