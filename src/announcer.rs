// SPDX-License-Identifier: GPL-2.0-only

//! What a node says of itself: to the other nodes every second (mode forward; claims 2, 16, 30),
//! and as a new master to everybody.

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

use crate::{
    buckets::Buckets,
    facility::{
        device::Device,
        rcu::{
            Published,
            Reader, //
        },
        skb::Made,
        timer::{
            EverySecond,
            Tick, //
        },
        vec, //
    },
    forwarding::Forwarding,
    logic::{
        announcement::{
            address,
            parts,
            write,
            Addresses,
            Body,
            Header,
            Hello,
            ETH_P_SSI, //
        },
        config::Config,
        frame::ETH_P_ARP,
        frame6::ETH_P_IPV6,
        gratuitous,
        mac::Mac,
        session::Stamp, //
    },
    trust::Trust, //
};

/// How often a new master announces itself, once a second.
const TIMES: u32 = 3;

/// What there is to say.
pub(crate) struct Words {
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
    /// What the others say.
    pub(crate) state: Arc<Forwarding>,
    /// What shows that it is this node who speaks, where the nodes share a key.
    pub(crate) trust: Option<Arc<Trust>>,
}

/// A cluster's addresses, as messages have them.
pub(crate) fn addresses(config: &Config) -> Result<KVec<u8>> {
    Ok(vec::collect(config.vips.iter().flat_map(address))?)
}

struct Voice {
    words: Published<Words>,
    /// So many announcements of the master are still to come.
    left: AtomicU32,
    /// Whether the next time comes before its second is over, since there is news.
    is_early: AtomicBool,
}

/// Says it every second.
pub(crate) struct Announcer(EverySecond<Voice>);

impl Announcer {
    /// Silent yet.
    pub(crate) fn new(words: KBox<Words>) -> Result<Self> {
        let left = if words.config.master { TIMES } else { 0 };
        let voice = Voice {
            words: Published::new(words),
            left: AtomicU32::new(left),
            is_early: AtomicBool::new(true),
        };
        Ok(Self(EverySecond::new(voice)?))
    }

    /// Begins, at once.
    pub(crate) fn begin(&mut self) {
        self.0.begin_now();
    }

    /// Says something else from now on, and at once.
    pub(crate) fn change(&mut self, words: KBox<Words>, is_new_master: bool) {
        let voice = self.0.what();
        if is_new_master {
            voice.left.store(TIMES, Relaxed);
        }
        voice.words.replace(words);
        voice.is_early.store(true, Relaxed);
        self.0.begin_now();
    }
}

impl Voice {
    /// Whether an announcement is still to come; then it is one less.
    fn take(&self) -> bool {
        let less = |left: u32| left.checked_sub(1);
        self.left.fetch_update(Relaxed, Relaxed, less).is_ok()
    }
}

impl Tick for Voice {
    fn tick(&self, reader: Reader<'_>) {
        let words = self.words.read(reader);
        let now = match self.is_early.swap(false, Relaxed) {
            true => words.state.now(),
            false => {
                if let Some(trust) = &words.trust {
                    trust.tick();
                }
                words.state.tick()
            }
        };
        words.say(now, self.take());
    }
}

impl Words {
    fn say(&self, sequence: u32, announce: bool) {
        let master = self.config.master && !self.buckets.has_lapsed();
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
        self.tell(&header, &Body::Hello(hello));
        for part in parts(&self.owned, self.config.buckets) {
            self.tell(&header, &Body::Owned(part));
        }
        if let Some(trust) = &self.trust {
            trust.speak(|body| self.tell(&header, body));
        }
        if master {
            // Behind the hello: the next one tells that this came before.
            let base = self.config.mac;
            self.send(self.device, (base, base), &header, &Body::Keepalive);
            if announce {
                gratuitous(self.device, &self.config);
            }
        }
    }

    fn tell(&self, header: &Header, body: &Body<'_>) {
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

/// Tells everybody at which MAC the cluster addresses are. Any context.
pub(crate) fn gratuitous(device: Device, config: &Config) {
    let Ok(rules) = config.rules() else {
        return;
    };
    let told = rules.told();
    // In mode forward switches are to learn where the base MAC is.
    let source = match config.is_forward() {
        true => config.mac,
        false => device.mac_now(),
    };
    for vip in config.vips.iter() {
        let _ = match vip {
            IpAddr::V4(v4) => {
                let frame = gratuitous::arp(v4, told, source);
                Made::send(device, ETH_P_ARP, &[&frame])
            }
            IpAddr::V6(v6) => {
                let frame = gratuitous::na(v6, told, source);
                Made::send(device, ETH_P_IPV6, &[&frame])
            }
        };
    }
}
