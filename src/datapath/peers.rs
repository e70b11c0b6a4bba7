// SPDX-License-Identifier: GPL-2.0-only

//! Peers of a node, as their messages describe them.
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

use super::agreement::{
    Agreement,
    Reported,
    Seen,
    SILENCE, //
};
use crate::{
    abstractions::{
        delayed_work::DelayedWork,
        vec, //
    },
    logic::{
        agreement::{
            differences,
            Differences, //
        },
        announcement::{
            Body,
            Header,
            Part, //
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

/// What is known.
pub(crate) struct Peers {
    /// In mode forward.
    owners: KVVec<Owner>,
    peers: KVVec<Peer>,
    flood: Flood,
    /// In what they go together, and in what they do not.
    pub(crate) agreement: Agreement,
    /// Seconds since this began, from 1.
    clock: AtomicU32,
}

impl Peers {
    /// Nothing yet. The work is scheduled when differences have come or gone.
    pub(crate) fn new(config: &Config, work: &'static DelayedWork) -> Result<Self> {
        let owners = match config.is_forward() {
            true => config.buckets,
            false => 0,
        };
        let owners = vec::filled(owners as usize, Owner::new)?;
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
            agreement: Agreement::new(ranks, work)?,
            clock: AtomicU32::new(1),
        })
    }

    /// A second has passed; its number. `is_master`: this node is the master.
    pub(crate) fn tick(&self, config: &Config, is_master: bool) -> u32 {
        let now = self.clock.fetch_add(1, Relaxed).wrapping_add(1);
        let live = self.peers.iter().map(|peer| {
            let is_alive = self.age(peer).is_some_and(|age| age <= SILENCE);
            is_alive.then(|| peer.flags.load(Relaxed) & MASTER != 0)
        });
        self.agreement.look(live, (config, is_master), now);
        now
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

    /// A node's message, in a frame from `source`; `overlaps` is whether a part of a bitmap has a bucket that is this
    /// node's.
    pub(crate) fn receive(
        &self,
        source: Mac,
        header: &Header,
        body: &Body<'_>,
        config: &Config,
        overlaps: impl FnOnce(&Part<'_>) -> bool,
    ) {
        let now = self.now();
        let Some(peer) = self.peers.get(header.node as usize) else {
            return self.agreement.note_misfit(header, body, config, now);
        };
        let is_alive = self.age(peer).is_some_and(|age| age <= SILENCE);
        match body {
            Body::FloodProbe | Body::Challenge(_) | Body::Response(_) => return,
            Body::Hello(hello) => {
                let differs = differences(header.base, hello, config);
                let flags = [(header.master, MASTER), (differs.agrees(), AGREES)];
                let set = flags.iter().filter(|(set, _)| *set);
                peer.flags
                    .store(set.fold(0, |all, (_, flag)| all | flag), Relaxed);
                let mac = hello.node_mac.to_bits();
                let was_other = peer.node_mac.swap(mac, Relaxed) != mac;
                peer.generation.store(hello.generation, Relaxed);
                let reported = Reported::new(differs, hello);
                self.agreement
                    .note(header.node, &reported, is_alive && was_other, now);
                if header.master {
                    self.flood.hello(header.node, header.sequence);
                }
                if let Some(flooded) = header.flooded {
                    self.flood.reported(flooded, config.master);
                }
            }
            Body::Owned(part) => {
                if part.buckets == config.buckets && overlaps(part) {
                    self.agreement.note_overlap(header.node, now);
                }
                owners::update(&self.owners, header.node, part);
            }
        }
        peer.forward_mac.store(source.to_bits(), Relaxed);
        peer.last_seen.store(now, Relaxed);
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

    /// The peers with a message, each with its place, in rising order: those that have the rank of a node of this
    /// cluster, then those that do not fit in.
    pub(crate) fn seen(&self) -> impl Iterator<Item = (usize, Seen)> + '_ {
        let numbered = (0..u32::MAX).zip(&self.peers);
        let seen =
            numbered.filter_map(|(node, peer)| Some((node as usize, self.look(node, peer)?)));
        let first = self.peers.len();
        let misfits = self.agreement.misfits(self.now());
        seen.chain(misfits.map(move |(at, seen)| (first.saturating_add(at), seen)))
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
        let slot = self.agreement.of(node)?;
        Some(Seen {
            node,
            node_mac: Mac::from_bits(peer.node_mac.load(Relaxed)),
            forward_mac: match self.owners.is_empty() {
                true => None,
                false => Some(Mac::from_bits(peer.forward_mac.load(Relaxed))),
            },
            master: flags & MASTER != 0,
            agrees: flags & AGREES != 0,
            age,
            generation: peer.generation.load(Relaxed),
            differs: match age <= SILENCE {
                true => slot.now(),
                false => Differences::NONE,
            },
            buckets: slot.buckets(),
            nodes: slot.nodes(),
        })
    }

    fn age(&self, peer: &Peer) -> Option<u32> {
        match peer.last_seen.load(Relaxed) {
            0 => None,
            last => Some(self.now().wrapping_sub(last)),
        }
    }
}
