// SPDX-License-Identifier: GPL-2.0-only

//! An interface's clusters as packets meet them, laid out for that.

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox,
        KVec, //
    },
    error::Result,
    sync::Arc, //
};

use super::{
    buckets::Buckets,
    counters::{
        self,
        Counters, //
    },
    link::ForwardLink, //
    peer_rx::PeerRx,
};
use crate::{
    abstractions::{
        device::Device,
        perfect_hash::PerfectHashMap, //
    },
    logic::{
        fast_path::{
            self,
            RxFastPath,
            TxFastPath, //
        }, //
        frame::ETH_P_IP,
        rules::{
            Forward,
            Rules, //
        },
    },
};

/// The clusters; never changed, only replaced whole.
///
/// Most interfaces have one cluster, and most clusters one address, so the first of each is compared
/// at once. The others are found by one look, however many they are.
#[repr(C)]
pub(crate) struct Table {
    pub(super) first: Entry,
    pub(super) tx: TxFastPath,
    /// EtherType, in network order, of what is let go if it is not to the first cluster's MAC: none if
    /// there are others.
    pub(super) pass: EtherType,
    /// Whether all others are in `bases`.
    pub(super) is_whole: bool,
    others: KVec<Arc<Entry>>,
    /// The others by their MACs.
    bases: PerfectHashMap<Option<Arc<Entry>>>,
    /// All clusters' IPv4 addresses, as they lie in a frame, and whose each is: 0 is the first.
    sources: PerfectHashMap<(u64, usize)>,
}

/// An EtherType in network order, or none.
#[derive(Clone, Copy)]
pub(super) struct EtherType(u32);

impl EtherType {
    fn ip4_if(is_it: bool) -> Self {
        Self(match is_it {
            true => ETH_P_IP.to_be().into(),
            false => u32::MAX,
        })
    }

    /// Whether this is it.
    #[inline(always)]
    pub(super) fn is(self, protocol: u16) -> bool {
        u32::from(protocol.to_be()) == self.0
    }
}

/// One cluster of a table, in cache lines of its own: the first is all that most packets read.
#[repr(C, align(64))]
pub(crate) struct Entry {
    pub(super) base: u64,
    pub(super) fast_path: RxFastPath,
    pub(super) table: counters::Table,
    pub(super) counters: Counters,
    /// The IPv4 addresses that the fast path may lead to.
    vips: PerfectHashMap<u64>,
    pub(super) rules: Rules,
    pub(super) device: Device,
    pub(super) buckets: Arc<Buckets>,
    pub(super) path: Option<ForwardPath>,
    pub(super) peer_rx: KBox<PeerRx>,
}

/// The path of requests to the node that serves them, in mode forward.
pub(crate) struct ForwardPath {
    /// To whom.
    pub(crate) forward: Forward,
    /// By what.
    pub(crate) link: ForwardLink,
}

impl Entry {
    /// The cluster that `rules` describe, on `device`.
    pub(crate) fn new(
        rules: Rules,
        device: Device,
        buckets: Arc<Buckets>,
        counters: Counters,
        path: Option<ForwardPath>,
        peer_rx: KBox<PeerRx>,
    ) -> Result<Self> {
        Ok(Self {
            // The MAC that clients send to, but for its group bit.
            base: rules.advertised_mac().base().to_bits(),
            fast_path: RxFastPath::new(&rules),
            table: counters.beside(buckets.states())?,
            counters,
            vips: PerfectHashMap::new(
                fast_path::vips(&rules).map(|vip| (vip, vip)),
                fast_path::vips(&rules),
                || fast_path::NONE,
            )?,
            rules,
            device,
            buckets,
            path,
            peer_rx,
        })
    }

    /// Whether this is one of the cluster's IPv4 addresses that the fast path may lead to.
    #[inline(always)]
    pub(super) fn is_vip(&self, address: u64) -> bool {
        *self.vips.get(address) == address
    }
}

impl Table {
    /// A table of these clusters.
    pub(crate) fn new(first: Entry, others: KVec<Arc<Entry>>) -> Result<KBox<Self>> {
        let bases = PerfectHashMap::new(
            others.iter().map(|entry| (entry.base, Some(entry.clone()))),
            others.iter().map(|entry| entry.base),
            || None,
        )?;
        let all = core::iter::once(&first).chain(others.iter().map(|entry| &**entry));
        let sources = all.zip(0..usize::MAX).flat_map(|(entry, at)| {
            let vips = entry.rules.vips.as_v4().iter();
            vips.map(move |vip| (fast_path::as_it_lies(*vip), at))
        });
        let sources = PerfectHashMap::new(
            sources.clone().map(|source| (source.0, source)),
            sources.map(|(address, _)| address),
            || (fast_path::NONE, 0),
        )?;
        let table = Self {
            tx: TxFastPath::new(&first.rules, !others.is_empty()),
            first,
            pass: EtherType::ip4_if(others.is_empty()),
            is_whole: bases.is_whole(),
            others,
            bases,
            sources,
        };
        Ok(KBox::new(table, GFP_KERNEL_ACCOUNT)?)
    }

    /// All clusters.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        core::iter::once(&self.first).chain(self.others.iter().map(|entry| &**entry))
    }

    /// The cluster of this MAC, if it is one of `bases`.
    #[inline(always)]
    pub(super) fn other(&self, base: u64) -> Option<&Entry> {
        let slot = self.bases.get(base);
        slot.as_deref().filter(|entry| entry.base == base)
    }

    /// The cluster of this MAC.
    pub(super) fn entry(&self, base: u64) -> Option<&Entry> {
        match self.first.base == base {
            true => Some(&self.first),
            false if self.is_whole => self.other(base),
            false => self.entries().find(|entry| entry.base == base),
        }
    }

    /// The cluster that has this IPv4 address, as it lies in a frame.
    #[inline(always)]
    pub(super) fn source(&self, address: u64) -> Found<'_> {
        match *self.sources.get(address) {
            (known, _) if known != address && self.sources.is_whole() => Found::None,
            (known, _) if known != address => Found::Unknown,
            (_, 0) => Found::One(&self.first),
            (_, at) => self
                .others
                .get(at.wrapping_sub(1))
                .map_or(Found::Unknown, |entry| Found::One(entry)),
        }
    }
}

/// Whose an address is.
pub(super) enum Found<'a> {
    /// This cluster's.
    One(&'a Entry),
    /// No cluster's.
    None,
    /// There are too many to know it at once.
    Unknown,
}
