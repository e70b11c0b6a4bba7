// SPDX-License-Identifier: GPL-2.0-only

//! Peers of a node in mode forward, as their messages describe them.
//!
//! Written in softirq, by frames; read there and by requests. Each field is whole by itself.

use core::sync::atomic::{
    AtomicU32,
    AtomicU64,
    Ordering::Relaxed, //
};

use kernel::{
    alloc::KVVec,
    error::Result, //
};

use crate::{
    abstractions::vec,
    logic::{
        announcement::{
            Body,
            Header, //
        },
        config::Config,
        flood::Flood,
        mac::Mac,
        owners::{
            self,
            Owner, //
        },
        rules::Forward, //
    }, //
};

/// A node is taken for dead after so many seconds without a message.
const SILENCE: u32 = 3;

/// The state of one peer.
struct Peer {
    /// The second of its last message; 0: none.
    last_seen: AtomicU32,
    /// 1: master, 2: its configuration goes with ours.
    flags: AtomicU32,
    node_mac: AtomicU64,
    forward_mac: AtomicU64,
    generation: AtomicU64,
}

const MASTER: u32 = 1;
const AGREES: u32 = 2;

/// The state of one peer, to be shown.
#[allow(missing_docs)]
pub(crate) struct Seen {
    pub(crate) node: u32,
    pub(crate) node_mac: Mac,
    pub(crate) forward_mac: Mac,
    pub(crate) master: bool,
    pub(crate) agrees: bool,
    /// Seconds ago.
    pub(crate) age: u32,
    pub(crate) generation: u64,
}

/// What is known.
pub(crate) struct Forwarding {
    owners: KVVec<Owner>,
    peers: KVVec<Peer>,
    flood: Flood,
    /// Seconds since this began, from 1.
    clock: AtomicU32,
}

impl Forwarding {
    /// Nothing yet.
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let owners = vec::filled(config.buckets as usize, Owner::new)?;
        let ranks = config.nodes.min(owners::RANKS);
        let peers = vec::filled(ranks as usize, || Peer {
            last_seen: AtomicU32::new(0),
            flags: AtomicU32::new(0),
            node_mac: AtomicU64::new(0),
            forward_mac: AtomicU64::new(0),
            generation: AtomicU64::new(0),
        })?;
        Ok(Self {
            owners,
            peers,
            flood: Flood::new(),
            clock: AtomicU32::new(1),
        })
    }

    /// A second has passed; its number.
    pub(crate) fn tick(&self) -> u32 {
        self.clock.fetch_add(1, Relaxed).wrapping_add(1)
    }

    /// Its number.
    pub(crate) fn now(&self) -> u32 {
        self.clock.load(Relaxed)
    }

    /// Whether the network gives frames to the base MAC to all nodes.
    pub(crate) fn is_flooded(&self) -> bool {
        self.flood.is_flooded()
    }

    /// Whether it does, if that is known.
    pub(crate) fn flooded(&self) -> Option<bool> {
        self.flood.known()
    }

    /// The master's flood probe came through.
    pub(crate) fn flood_probe(&self, header: &Header) {
        self.flood.flood_probe(header.sequence);
    }

    /// A node's message, in a frame from `source`.
    pub(crate) fn receive(&self, source: Mac, header: &Header, body: &Body<'_>, config: &Config) {
        let Some(peer) = self.peers.get(header.node as usize) else {
            return;
        };
        match body {
            Body::FloodProbe | Body::Challenge(_) | Body::Response(_) => return,
            Body::Hello(hello) => {
                let flags = [(header.master, MASTER), (hello.agrees(config), AGREES)];
                let set = flags.iter().filter(|(set, _)| *set);
                peer.flags
                    .store(set.fold(0, |all, (_, flag)| all | flag), Relaxed);
                peer.node_mac.store(hello.node_mac.to_bits(), Relaxed);
                peer.generation.store(hello.generation, Relaxed);
                if header.master {
                    self.flood.hello(header.node, header.sequence);
                }
                if let Some(flooded) = header.flooded {
                    self.flood.reported(flooded, config.master);
                }
            }
            Body::Owned(part) => owners::update(&self.owners, header.node, part),
        }
        peer.forward_mac.store(source.to_bits(), Relaxed);
        peer.last_seen.store(self.now(), Relaxed);
    }

    /// The MAC of the bucket's owner, if it is known for sure.
    pub(crate) fn owner(&self, forward: Forward, bucket: u32) -> Option<Mac> {
        if forward == Forward::All {
            return None;
        }
        let rank = self.owners.get(bucket as usize)?.rank()?;
        let peer = self.peers.get(rank as usize)?;
        let is_alive = self.age(peer)? <= SILENCE && peer.flags.load(Relaxed) & AGREES != 0;
        is_alive.then(|| Mac::from_bits(peer.forward_mac.load(Relaxed)))
    }

    /// The peers with a message, and when it came.
    pub(crate) fn seen(&self) -> impl Iterator<Item = Seen> + '_ {
        let numbered = (0..u32::MAX).zip(&self.peers);
        numbered.filter_map(|(node, peer)| self.look(node, peer))
    }

    /// The master, if it is alive.
    pub(crate) fn master(&self) -> Option<Seen> {
        let node = self.flood.master()?;
        let seen = self.look(node, self.peers.get(node as usize)?)?;
        (seen.master && seen.age <= SILENCE).then_some(seen)
    }

    fn look(&self, node: u32, peer: &Peer) -> Option<Seen> {
        let age = self.age(peer)?;
        let flags = peer.flags.load(Relaxed);
        Some(Seen {
            node,
            node_mac: Mac::from_bits(peer.node_mac.load(Relaxed)),
            forward_mac: Mac::from_bits(peer.forward_mac.load(Relaxed)),
            master: flags & MASTER != 0,
            agrees: flags & AGREES != 0,
            age,
            generation: peer.generation.load(Relaxed),
        })
    }

    fn age(&self, peer: &Peer) -> Option<u32> {
        match peer.last_seen.load(Relaxed) {
            0 => None,
            last => Some(self.now().wrapping_sub(last)),
        }
    }
}
