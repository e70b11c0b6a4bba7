// SPDX-License-Identifier: GPL-2.0-only

//! Counters of the packet path: one for each way a frame leaves it.
//!
//! A frame that no cluster is concerned with is not counted: it leaves before any cluster is known,
//! and nearly all traffic is of this kind.

use core::ffi::CStr;

/// What becomes of a frame. The order is that of the attribute set `stats` in `netlink/specs/ssi.yaml`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Counter {
    /// In an owned bucket, given to this node's stack.
    RxServed,
    /// In another node's bucket, dropped.
    RxOther,
    /// To the cluster's MAC but to no cluster address; left alone.
    RxNotVip,
    /// To the cluster's MAC, but no whole IP or ARP header; dropped.
    RxMalformed,
    /// ARP request for a cluster address, given to this node, the master.
    RxArpAnswered,
    /// ARP request for a cluster address, dropped: this node is no master.
    RxArpIgnored,
    /// ARP reply to a cluster address; every node gets it, as any of them may have asked.
    RxArpReply,
    /// ARP that a node sent as the cluster; dropped.
    RxArpOwn,
    /// ARP in which a foreign MAC claims a cluster address; dropped.
    RxArpConflict,
    /// Neighbour solicitation for a cluster address, given to this node, the master.
    RxNdAnswered,
    /// Neighbour solicitation for a cluster address, dropped: this node is no master.
    RxNdIgnored,
    /// Neighbour advertisement to a cluster address; every node gets it.
    RxNdReply,
    /// Neighbour discovery that a node sent as the cluster; dropped.
    RxNdOwn,
    /// Neighbour discovery in which a foreign MAC claims a cluster address; dropped.
    RxNdConflict,
    /// Mode forward: in another node's bucket, sent on to it.
    RxForwarded,
    /// Mode forward: ARP or neighbour discovery sent on to all nodes, as any may be meant.
    RxPassedOn,
    /// Mode forward: to be sent on, but too long, or the forward interface is down; dropped.
    RxForwardFailed,
    /// Mode forward: the network gives every frame to every node, the master forwards; dropped.
    RxFlooded,
    /// Mode forward: the master's frame by which nodes find out about that.
    RxFloodProbe,
    /// From a cluster address; the source MAC was set.
    TxReply,
    /// From a cluster address; leaves as it is (reply-mac node).
    TxUntouched,
    /// ARP with a cluster address that got the cluster's MAC.
    TxArp,
    /// Neighbour discovery with a cluster address that got the cluster's MAC.
    TxNd,
    /// Dropped, since its header could not be made writable.
    TxNoMemory,
    /// In a bucket that this node gave away, on a connection that it has: given to its stack.
    RxDraining,
    /// In a bucket that this node takes over, on a connection that it has not: left to the node that
    /// has.
    RxLeft,
    /// Decided behind the hook, which it had not met, or would be decided otherwise by now.
    RxGate,
    /// To a cluster address, but by broadcast or to another group than the cluster's; dropped.
    RxBroadcast,
    /// Probe for a cluster address from the node's own MAC (reply-mac node); dropped.
    TxProbe,
    /// Mode forward: a message of the nodes where it does not belong, or without the right tag; dropped.
    RxRefused,
    /// Mode forward: a message with the right tag that is not new, or whose sender has not proven yet that
    /// it is there; dropped.
    RxReplayed,
}

impl Counter {
    /// Number of counters.
    pub const COUNT: usize = Self::RxReplayed as usize + 1;

    /// Names of the files in which sysfs shows the counters, in this order.
    pub const FILES: [&'static CStr; Self::COUNT] = [
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
    ];

    /// Files that sysfs shows besides for one release, by their former names.
    pub const FORMER: [(&'static CStr, Self); 1] = [(c"rx_keepalive", Self::RxFloodProbe)];

    /// Position among the counters.
    pub const fn index(self) -> usize {
        self as usize
    }
}
