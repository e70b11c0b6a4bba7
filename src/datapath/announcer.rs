// SPDX-License-Identifier: GPL-2.0-only

//! Announcements: to the other nodes every second (claims 2, 16, 30), and as the master to everybody where something is new.

use core::{
    net::IpAddr,
    sync::atomic::{
        AtomicBool,
        AtomicU32,
        Ordering::Relaxed, //
    }, //
};

use kernel::{
    alloc::{
        KBox,
        KVVec,
        KVec, //
    },
    error::Result,
    sync::Arc, //
};

use super::{
    agreement::BROADCAST,
    buckets::Buckets,
    peering::Peering,
    trust::Trust, //
};
use crate::{
    abstractions::{
        device::Device,
        hrtimer::{
            PeriodicCallback,
            PeriodicTimer, //
        },
        rcu::{
            RcuBox,
            Reader, //
        },
        skb::xmit::Made,
        vec, //
    },
    logic::{
        announcement::{
            address,
            fields::OwnFields,
            parts,
            write,
            Addresses,
            Body,
            Header,
            Hello,
            Stamp,
            ETH_P_SSI,
            PART, //
        },
        config::{
            Config,
            Function, //
        },
        frame::ETH_P_ARP,
        frame6::ETH_P_IPV6,
        gratuitous,
        mac::Mac,
        owned, //
    },
};

/// All hosts of the network.
const EVERYBODY: Mac = Mac([0xff; 6]);

/// The contents of announcements.
pub(crate) struct Announcement {
    /// The cluster's interface.
    pub(crate) device: Device,
    /// The one by which the nodes talk to each other: in mode multicast that one.
    pub(crate) nodes: Device,
    /// What the cluster is.
    pub(crate) config: Config,
    /// Its addresses, as messages have them.
    pub(crate) addresses: KVec<u8>,
    /// What else a hello has.
    pub(crate) fields: OwnFields,
    /// Number of the bucket table.
    pub(crate) generation: u64,
    /// The bucket table.
    pub(crate) owned: KVVec<u8>,
    /// Whether the lease has run out.
    pub(crate) buckets: Arc<Buckets>,
    /// What is known of the others, and what authenticates this node's messages, where the nodes share a key.
    pub(crate) peering: Peering,
}

/// A cluster's addresses, as messages have them.
pub(crate) fn addresses(config: &Config) -> Result<KVec<u8>> {
    Ok(vec::collect(config.vips.iter().flat_map(address))?)
}

struct AnnounceState {
    announcement: RcuBox<Announcement>,
    /// How often a second has begun since the master had something to announce; 0: it is still to be announced.
    since: AtomicU32,
    /// Whether the next time comes before its second is over, since there is news.
    is_early: AtomicBool,
}

/// Sends announcements every second.
pub(crate) struct Announcer(PeriodicTimer<AnnounceState>);

impl Announcer {
    /// Not started yet.
    pub(crate) fn new(announcement: KBox<Announcement>) -> Result<Self> {
        let state = AnnounceState {
            announcement: RcuBox::new(announcement),
            since: AtomicU32::new(0),
            is_early: AtomicBool::new(true),
        };
        Ok(Self(PeriodicTimer::new(state)?))
    }

    /// Begins, at once.
    pub(crate) fn begin(&mut self) {
        self.0.start_now();
    }

    /// Announces something else from now on, and at once; to everybody, if that is `news` for them.
    pub(crate) fn change(&mut self, announcement: KBox<Announcement>, news: bool) {
        let state = self.0.callback();
        if news {
            state.since.store(0, Relaxed);
        }
        state.announcement.replace(announcement);
        state.is_early.store(true, Relaxed);
        self.0.start_now();
    }
}

impl AnnounceState {
    /// Whether the master is to announce itself, which it does `every` so many seconds. A second has passed, if this does not come `early`.
    fn is_due(&self, early: bool, every: u32) -> bool {
        let since = self.since.load(Relaxed);
        if early && since != 0 {
            return false;
        }
        // News that come at this moment are announced at once.
        let next = since.saturating_add(1);
        let _ = self.since.compare_exchange(since, next, Relaxed, Relaxed);
        gratuitous::is_due(since, every)
    }
}

impl PeriodicCallback for AnnounceState {
    fn tick(&self, reader: Reader<'_>) {
        let announcement = self.announcement.read(reader);
        let early = self.is_early.swap(false, Relaxed);
        let now = match early {
            true => announcement.peering.state.now(),
            false => announcement.tick(),
        };
        let every = announcement.config.announce_every;
        announcement.send_all(now, self.is_due(early, every));
    }
}

impl Announcement {
    fn is_master(&self) -> bool {
        self.config.master && !self.buckets.has_expired()
    }

    /// A second has passed; its number.
    fn tick(&self) -> u32 {
        if let Some(trust) = &self.peering.trust {
            trust.tick();
        }
        self.peering.state.tick(&self.config, self.is_master())
    }

    fn send_all(&self, sequence: u32, announce: bool) {
        let master = self.is_master();
        let header = Header {
            base: self.config.mac,
            node: self.config.node,
            master,
            flooded: self.peering.state.flooded(),
            sequence,
            stamp: Stamp::default(),
        };
        let addresses = Addresses::new(&self.addresses);
        let node_mac = self.device.mac_now();
        let fields = self.fields.get();
        let hello = Hello::new(&self.config, addresses, fields, self.generation, node_mac);
        let hello = Body::Hello(hello);
        self.send_body(&header, &hello);
        self.send_owned(&header);
        if let Some(trust) = &self.peering.trust {
            trust.send_proofs(|body| self.send_body(&header, body));
        }
        if sequence % BROADCAST == 0 {
            // A node with another MAC or mode does not get the rest.
            self.send(self.device, (EVERYBODY, node_mac), &header, &hello);
        }
        if master && self.config.is_forward() {
            // Behind the hello: the next one shows that this came before.
            let base = self.config.mac;
            self.send(self.device, (base, base), &header, &Body::FloodProbe);
        }
        if master && announce {
            gratuitous(self.device, &self.config);
        }
    }

    /// Which buckets this node owns: in mode forward all that is known of it. In mode multicast it is there to be
    /// compared: a part each second, and none where ranks or leases see to it that no two nodes own one.
    fn send_owned(&self, header: &Header) {
        let k = self.config.buckets;
        let mut parts = parts(&self.owned, k);
        if self.config.is_forward() {
            return parts.for_each(|part| self.send_body(header, &Body::Owned(part)));
        }
        if self.config.function == Function::Modulo || self.buckets.shared_lease().is_some() {
            return;
        }
        let count = u32::try_from(owned::len(k).div_ceil(PART)).unwrap_or(1);
        let turn = header.sequence.checked_rem(count).unwrap_or(0);
        if let Some(part) = parts.nth(turn as usize) {
            self.send_body(header, &Body::Owned(part));
        }
    }

    fn send_body(&self, header: &Header, body: &Body<'_>) {
        let source = self.nodes.mac_now();
        self.send(self.nodes, (self.config.group_mac, source), header, body);
    }

    /// A frame that does not go, for lack of memory or as the interface is down, comes again.
    #[inline(never)]
    fn send(&self, device: Device, (to, from): (Mac, Mac), header: &Header, body: &Body<'_>) {
        let trust = self.peering.trust.as_deref();
        let header = Header {
            stamp: trust.map_or(header.stamp, Trust::stamp),
            ..*header
        };
        let tag = trust.map(|trust| |covered: &[&[u8]; 6]| trust.tag(covered));
        let kind = ETH_P_SSI.to_be_bytes();
        let _ = write(&header, body, (to, from), tag, |[a, b, c, d, e]| {
            Made::send(device, ETH_P_SSI, &[&to.0, &from.0, &kind, a, b, c, d, e])
        });
    }
}

/// Announces the cluster addresses' MAC to everybody. Any context.
pub(crate) fn gratuitous(device: Device, config: &Config) {
    let Ok(rules) = config.rules() else {
        return;
    };
    let advertised = rules.advertised_mac();
    // In mode forward switches are to learn where the base MAC is.
    let source = match config.is_forward() {
        true => config.mac,
        false => device.mac_now(),
    };
    for vip in config.vips.iter() {
        let _ = match vip {
            IpAddr::V4(v4) => {
                let frame = gratuitous::arp(v4, advertised, source);
                Made::send(device, ETH_P_ARP, &[&frame])
            }
            IpAddr::V6(v6) => {
                let frame = gratuitous::na(v6, advertised, source);
                Made::send(device, ETH_P_IPV6, &[&frame])
            }
        };
    }
}
