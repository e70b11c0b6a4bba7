// SPDX-License-Identifier: GPL-2.0-only

//! Announcements: to the other nodes every second (mode forward; claims 2, 16, 30), and as a new
//! master to everybody.

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
    buckets::Buckets,
    peers::Forwarding,
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
            parts,
            write,
            Addresses,
            Body,
            Header,
            Hello,
            Stamp,
            ETH_P_SSI, //
        },
        config::Config,
        frame::ETH_P_ARP,
        frame6::ETH_P_IPV6,
        gratuitous,
        mac::Mac, //
    },
};

/// How often a new master announces itself, once a second.
const GRATUITOUS_COUNT: u32 = 3;

/// The contents of announcements.
pub(crate) struct Announcement {
    /// The cluster's interface.
    pub(crate) device: Device,
    /// The one to the other nodes.
    pub(crate) forward: Device,
    /// What the cluster is.
    pub(crate) config: Config,
    /// Its addresses, as messages have them.
    pub(crate) addresses: KVec<u8>,
    /// Number of the bucket table.
    pub(crate) generation: u64,
    /// The bucket table.
    pub(crate) owned: KVVec<u8>,
    /// Whether the lease has run out.
    pub(crate) buckets: Arc<Buckets>,
    /// What is known of the others.
    pub(crate) state: Arc<Forwarding>,
    /// Authenticates this node's messages, where the nodes share a key.
    pub(crate) trust: Option<Arc<Trust>>,
}

/// A cluster's addresses, as messages have them.
pub(crate) fn addresses(config: &Config) -> Result<KVec<u8>> {
    Ok(vec::collect(config.vips.iter().flat_map(address))?)
}

struct AnnounceState {
    announcement: RcuBox<Announcement>,
    /// So many announcements of the master are still to come.
    left: AtomicU32,
    /// Whether the next time comes before its second is over, since there is news.
    is_early: AtomicBool,
}

/// Sends announcements every second.
pub(crate) struct Announcer(PeriodicTimer<AnnounceState>);

impl Announcer {
    /// Not started yet.
    pub(crate) fn new(announcement: KBox<Announcement>) -> Result<Self> {
        let left = if announcement.config.master {
            GRATUITOUS_COUNT
        } else {
            0
        };
        let state = AnnounceState {
            announcement: RcuBox::new(announcement),
            left: AtomicU32::new(left),
            is_early: AtomicBool::new(true),
        };
        Ok(Self(PeriodicTimer::new(state)?))
    }

    /// Begins, at once.
    pub(crate) fn begin(&mut self) {
        self.0.start_now();
    }

    /// Announces something else from now on, and at once.
    pub(crate) fn change(&mut self, announcement: KBox<Announcement>, is_new_master: bool) {
        let state = self.0.callback();
        if is_new_master {
            state.left.store(GRATUITOUS_COUNT, Relaxed);
        }
        state.announcement.replace(announcement);
        state.is_early.store(true, Relaxed);
        self.0.start_now();
    }
}

impl AnnounceState {
    /// Whether an announcement is still to come; then it is one less.
    fn take(&self) -> bool {
        let less = |left: u32| left.checked_sub(1);
        self.left.fetch_update(Relaxed, Relaxed, less).is_ok()
    }
}

impl PeriodicCallback for AnnounceState {
    fn tick(&self, reader: Reader<'_>) {
        let announcement = self.announcement.read(reader);
        let now = match self.is_early.swap(false, Relaxed) {
            true => announcement.state.now(),
            false => {
                if let Some(trust) = &announcement.trust {
                    trust.tick();
                }
                announcement.state.tick()
            }
        };
        announcement.send_all(now, self.take());
    }
}

impl Announcement {
    fn send_all(&self, sequence: u32, announce: bool) {
        let master = self.config.master && !self.buckets.has_expired();
        let header = Header {
            base: self.config.mac,
            node: self.config.node,
            master,
            flooded: self.state.flooded(),
            sequence,
            stamp: Stamp::default(),
        };
        let addresses = Addresses::new(&self.addresses);
        let node_mac = self.device.mac_now();
        let hello = Hello::new(&self.config, addresses, self.generation, node_mac);
        self.send_body(&header, &Body::Hello(hello));
        for part in parts(&self.owned, self.config.buckets) {
            self.send_body(&header, &Body::Owned(part));
        }
        if let Some(trust) = &self.trust {
            trust.send_proofs(|body| self.send_body(&header, body));
        }
        if master {
            // Behind the hello: the next one shows that this came before.
            let base = self.config.mac;
            self.send(self.device, (base, base), &header, &Body::FloodProbe);
            if announce {
                gratuitous(self.device, &self.config);
            }
        }
    }

    fn send_body(&self, header: &Header, body: &Body<'_>) {
        let source = self.forward.mac_now();
        self.send(self.forward, (self.config.group_mac, source), header, body);
    }

    /// A frame that does not go, for lack of memory or as the interface is down, comes again.
    #[inline(never)]
    fn send(&self, device: Device, (to, from): (Mac, Mac), header: &Header, body: &Body<'_>) {
        let trust = self.trust.as_deref();
        let header = Header {
            stamp: trust.map_or(header.stamp, Trust::stamp),
            ..*header
        };
        let tag = trust.map(|trust| |covered: &[&[u8]; 5]| trust.tag(covered));
        let kind = ETH_P_SSI.to_be_bytes();
        let _ = write(&header, body, (to, from), tag, |[a, b, c, d]| {
            Made::send(device, ETH_P_SSI, &[&to.0, &from.0, &kind, a, b, c, d])
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
