// SPDX-License-Identifier: GPL-2.0-only

//! Data path: all that the module does with a packet.
//!
//! Received (softirq), each exit with its counter:
//! 1. not for a cluster's MAC, no ARP, no other group: out at once;
//! 2. ARP or ND for a cluster address: the master's stack answers, the others drop;
//!    what is to a cluster address, but broadcast or to another group: dropped, as it came to all;
//! 3. in a VLAN, other protocol, other destination: left alone;
//! 4. key, bucket: owned, to the stack as addressed to this host; else dropped;
//!    under a lease the clock is looked at before something new is served;
//! 5. a bucket in transition: what is a connection's goes to the node that has it, by the kernel's
//!    own socket table, and by that of connection tracking; what a dead node had is answered by a reset.
//!
//! In mode forward (claim 3) a frame to the base MAC is one that the network gave to this node: what
//! is another's is sent on over the nodes' VLAN, where it is received by `relay.rs`, and comes from
//! there as a frame to the group MAC, for which the steps above hold.
//!
//! Sent (bottom halves off): from a cluster address, the source MAC is set by `reply-mac`; ARP
//! and ND that carry a cluster address get the cluster's MAC in their payload as well.
//!
//! Steps 1 to 4 and the source MAC are the *fast path*, inlined into the hook: what nearly all packets
//! go. What it is not made for goes the *slow path*, which does not differ but in what it costs.
//!
//! Steps 2 to 5 are decided in `logic/receive.rs` and `logic/transition.rs`, sending in `logic/send.rs`; here they are done
//! and counted. Nothing here sleeps or waits for a lock. A request takes no memory, but for a reset that answers it; a
//! buffer that somebody shares is copied before it is written or sent on, and so are, in mode forward, answers
//! of ARP and ND.

pub(crate) mod agreement;
pub(crate) mod announcer;
pub(crate) mod buckets;
mod classify;
pub(crate) mod counters;
mod forward;
mod gate;
pub(crate) mod lease;
pub(crate) mod link;
pub(crate) mod orphans;
pub(crate) mod peer_rx;
pub(crate) mod peering;
pub(crate) mod peers;
pub(crate) mod relay;
mod reset;
mod rx;
pub(crate) mod sessions;
pub(crate) mod table;
pub(crate) mod trust;
mod tx;

use self::table::Table;
use crate::abstractions::{
    path::{
        Arrival,
        Path,
        ReturnCodes,
        RxVerdict,
        TxVerdict, //
    },
    rcu::{
        RcuBox,
        Reader, //
    },
    skb::{
        Received,
        Sent, //
    }, //
};

/// The data path of one interface.
pub(crate) struct PacketPath(pub(crate) RcuBox<Table>);

impl Path for PacketPath {
    #[inline(always)]
    fn receive<C: ReturnCodes>(&self, frame: Received, reader: Reader<'_>) -> RxVerdict<C> {
        rx::receive(self.0.read(reader), frame)
    }

    fn receive_tagged<C: ReturnCodes>(&self, frame: Received, reader: Reader<'_>) -> RxVerdict<C> {
        rx::tagged(self.0.read(reader), frame)
    }

    fn gate<C: ReturnCodes>(&self, arrival: Arrival<'_>, reader: Reader<'_>) -> RxVerdict<C> {
        let left = gate::decide(self.0.read(reader), arrival);
        left.map_or_else(RxVerdict::consumed, RxVerdict::pass)
    }

    #[inline(always)]
    fn send(&self, frame: Sent, reader: Reader<'_>) -> TxVerdict {
        tx::send(self.0.read(reader), frame)
    }

    fn send_tagged(&self, frame: Sent, reader: Reader<'_>) -> TxVerdict {
        tx::tagged(self.0.read(reader), frame)
    }
}
