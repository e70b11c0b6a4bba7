// SPDX-License-Identifier: GPL-2.0-only

//! The forward interface of clusters: what comes in there.
//!
//! 1. to a cluster's group MAC: messages of nodes are read, forwarded requests go on as if
//!    they had come in at the cluster's interface, where the packet path filters them;
//! 2. to this node's own MAC and a cluster address: as 1, forwarded to the owner;
//! 3. all else stays.
//!
//! That the frame goes on as the cluster's interface's is what makes reverse path filters, sockets
//! bound to an interface and packet filters see what they would without forwarding.

use core::sync::atomic::{
    AtomicBool,
    Ordering::Relaxed, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox,
        KVec, //
    },
    error::Result, //
};

use super::{
    counters::Counters,
    peer_rx::PeerRx, //
};
use crate::{
    abstractions::{
        rcu::{
            self,
            RcuBox,
            Reader, //
        },
        redirect::{
            Redirect, //
            RelayVerdict,
        },
        skb::{
            Received,
            Scratch, //
        },
        vec, //
    },
    logic::{
        announcement::{
            self,
            Message,
            ETH_P_SSI,
            LONGEST, //
        },
        counter::Counter,
        frame::{
            Ip4,
            ETH_P_IP,
            NEEDED, //
        },
        frame6::{
            Ip6,
            ETH_P_IPV6, //
        },
        mac::{
            Mac,
            BASE_BITS, //
        }, //
    },
};

/// One cluster.
pub(crate) struct Entry {
    base: u64,
    peer_rx: KBox<PeerRx>,
    counters: Counters,
    /// Whether its cluster is in the packet path of `device`: what came there without would meet no
    /// filter.
    is_open: AtomicBool,
}

impl Entry {
    /// The cluster whose nodes send so.
    pub(crate) fn new(
        peer_rx: KBox<PeerRx>,
        counters: Counters,
        is_open: bool,
    ) -> Result<KBox<Self>> {
        let entry = Self {
            base: peer_rx.config.mac.to_bits(),
            peer_rx,
            counters,
            is_open: AtomicBool::new(is_open),
        };
        Ok(KBox::new(entry, GFP_KERNEL_ACCOUNT)?)
    }
}

/// All clusters that forward by an interface.
pub(crate) struct Table(KVec<KBox<Entry>>);

impl Table {
    /// Of these.
    pub(crate) fn new(
        entries: impl IntoIterator<Item = Result<KBox<Entry>>>,
    ) -> Result<KBox<Self>> {
        let mut table = KVec::new();
        for entry in entries {
            vec::push(&mut table, entry?)?;
        }
        Ok(KBox::new(Self(table), GFP_KERNEL_ACCOUNT)?)
    }
}

/// What comes in at the interface.
pub(crate) struct Relay(pub(crate) RcuBox<Table>);

impl Redirect for Relay {
    fn receive(&self, frame: &Received, reader: Reader<'_>) -> RelayVerdict {
        if frame.is_in_vlan() || frame.is_looped() {
            return RelayVerdict::Stay;
        }
        let table = self.0.read(reader);
        let destination = frame.destination() & BASE_BITS;
        if let Some(entry) = table.entries().find(|entry| entry.base == destination) {
            return entry.receive(frame);
        }
        match frame.is_to_host() {
            true => table.to_owner(frame),
            false => RelayVerdict::Stay,
        }
    }
}

impl Entry {
    fn receive(&self, frame: &Received) -> RelayVerdict {
        if frame.protocol() != ETH_P_SSI {
            return RelayVerdict::To(self.peer_rx.device);
        }
        self.receive_message(frame);
        RelayVerdict::Done
    }

    #[inline(never)]
    fn receive_message(&self, frame: &Received) {
        let mut scratch = Scratch::<LONGEST>::new();
        let read = match announcement::read(frame.packet(LONGEST, &mut scratch)) {
            None => Err(Counter::RxMalformed),
            Some(message) => self.accept(frame, &message),
        };
        if let Err(counter) = read {
            self.counters.count(counter);
        }
    }

    /// Accepts a message if it belongs here and is another node's.
    fn accept(&self, frame: &Received, message: &Message<'_>) -> Result<(), Counter> {
        match frame.is_to_group() {
            true => self.peer_rx.accept(frame.source(), message),
            false => Err(Counter::RxRefused),
        }
    }
}

impl Relay {
    /// Begins to receive for the cluster of this MAC.
    pub(crate) fn open(&self, mac: Mac) {
        self.set(mac, true);
    }

    /// Ends to, which takes no memory; when this returns, no packet meets the cluster any more.
    pub(crate) fn close(&self, mac: Mac) {
        self.set(mac, false);
        rcu::synchronize_net();
    }

    /// Whether it receives for the cluster of this base MAC.
    pub(crate) fn is_open(&self, mac: Mac) -> bool {
        let base = mac.to_bits();
        rcu::read(|reader| {
            self.0
                .read(reader)
                .entries()
                .any(|entry| entry.base == base)
        })
    }

    fn set(&self, mac: Mac, is_open: bool) {
        let base = mac.to_bits();
        rcu::read(|reader| {
            let entries = self.0.read(reader).0.iter();
            for entry in entries.filter(|entry| entry.base == base) {
                entry.is_open.store(is_open, Relaxed);
            }
        });
    }
}

impl Table {
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.0.iter().map(|entry| &**entry);
        entries.filter(|entry| entry.is_open.load(Relaxed))
    }

    /// A frame to this node's MAC may be one that was forwarded to it as the owner.
    fn to_owner(&self, frame: &Received) -> RelayVerdict {
        let mut scratch = Scratch::<NEEDED>::new();
        let packet = frame.packet(NEEDED, &mut scratch);
        let is_for = |entry: &&Entry| {
            let vips = &entry.peer_rx.config.vips;
            match frame.protocol() {
                ETH_P_IP => Ip4::new(packet).is_some_and(|ip| vips.contains_v4(ip.destination())),
                ETH_P_IPV6 => Ip6::new(packet).is_some_and(|ip| vips.contains_v6(ip.destination())),
                _ => false,
            }
        };
        match self.entries().find(is_for) {
            Some(Entry { peer_rx, .. }) => {
                RelayVerdict::As(peer_rx.device, peer_rx.config.group_mac)
            }
            None => RelayVerdict::Stay,
        }
    }
}
