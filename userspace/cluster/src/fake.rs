// SPDX-License-Identifier: GPL-2.0-only

//! A kernel for tests: one interface, and a step that fails.

mod system;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use logic::agreement::Differences;
use logic::config::DRAIN_TIME_DEFAULT;
use logic::owned::fill_by_rank;
use ssi_netlink::link::Link;
use ssi_netlink::packet::Frame;
use ssi_netlink::route::Bound;
use ssi_netlink::routing::{Path as RoutePath, Rule};
use ssi_netlink::sock_diag::Session;
use ssi_netlink::spec::{Function, Hook};
use ssi_netlink::tc::{Place, SourceRule};
use ssi_netlink::{Cluster, Error, Extack, Peer, Refusal, Request, Table};

/// The interface's name and number.
pub const DEVICE: (&str, u32) = ("eth0", 2);

/// What a failed command must leave as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Clusters and the buckets that they own, by name.
    pub clusters: BTreeMap<String, (Cluster, Vec<u8>)>,
    /// Oldest first, as the kernel lists them.
    pub addresses: Vec<Bound>,
    /// Interfaces apart from `DEVICE`.
    pub links: Vec<Link>,
    /// Rules at `DEVICE`'s egress.
    pub rules: Vec<SourceRule>,
    /// Routes with their tables, and rules for replies.
    pub paths: Vec<(u32, RoutePath)>,
    /// The rules.
    pub reply_rules: Vec<Rule>,
    /// Texts that are kept.
    pub files: BTreeMap<PathBuf, String>,
}

/// The kernel.
#[derive(Clone, Debug, Default)]
pub struct Fake {
    /// What is there.
    pub state: State,
    /// Whether younger addresses survive the oldest of their subnet.
    pub promote: bool,
    /// Whether `DEVICE` may have rules at its egress.
    pub place: Option<Place>,
    /// How many actions redirect to it.
    pub redirects: usize,
    /// Which change fails, counted from 0.
    pub fails: Option<usize>,
    /// All changes that were tried.
    pub steps: Vec<String>,
    /// Nodes that the cluster has seen.
    pub peers: Vec<Peer>,
    /// Frames that will come, one each 0.1 s.
    pub frames: VecDeque<Frame>,
    /// What comes back for a frame that is sent.
    pub echo: Option<Echo>,
    /// The time.
    pub now: Duration,
    /// How long connections go on in buckets that are given away.
    pub connections: Duration,
    /// A cluster's buckets that drain, and until when.
    draining: BTreeMap<String, (Vec<u8>, Duration)>,
    /// What the last table's cold buckets were.
    pub cold: Option<Vec<u8>>,
    /// TCP connections.
    pub sessions: Vec<Session>,
    /// Whether the kernel has nothing to end them with.
    pub cannot_end: bool,
    /// Whether the module is not loaded, as far as clusters are asked for.
    pub no_module: bool,
    /// Who answers a probe for an address.
    pub in_use: Option<[u8; 6]>,
}

/// What comes back for a frame.
pub type Echo = fn(&[u8]) -> Vec<Frame>;

impl Fake {
    /// One with these addresses on its interface.
    pub fn with(addresses: &[&str]) -> Self {
        let mut fake = Self::default();
        for text in addresses {
            let (address, prefix) = address_of(text);
            let bound = Bound::cluster(DEVICE.1, address, prefix);
            fake.state.addresses.push(bound);
        }
        fake
    }

    /// Adds an address of the node's own.
    pub fn owning(mut self, text: &str) -> Self {
        let (address, prefix) = address_of(text);
        let bound = Bound::plain(DEVICE.1, address, prefix);
        self.state.addresses.push(bound);
        self
    }

    /// The addresses as text, sorted: their order on the interface is not at stake.
    pub fn addresses(&self) -> Vec<String> {
        let text = |bound: &Bound| format!("{}/{}", bound.address, bound.prefix);
        let mut list: Vec<String> = self.state.addresses.iter().map(text).collect();
        list.sort();
        list
    }

    /// Clusters apart from their generations.
    pub fn clusters(&self) -> Vec<(Cluster, Vec<u8>)> {
        let mut list: Vec<_> = self.state.clusters.values().cloned().collect();
        list.iter_mut().for_each(|(c, _)| c.generation = 0);
        list
    }

    fn step(&mut self, what: String) -> Result<(), Error> {
        let fails = self.fails == Some(self.steps.len());
        self.steps.push(what);
        if fails { Err(refusal(5)) } else { Ok(()) }
    }
}

/// ADDR/LEN; a group's too, which an interface may have and a cluster may not.
fn address_of(text: &str) -> (IpAddr, u8) {
    let (address, prefix) = text.split_once('/').unwrap();
    (address.parse().unwrap(), prefix.parse().unwrap())
}

/// A cluster of three nodes with rank 1.
pub fn sample(function: Function) -> Cluster {
    Cluster {
        name: "store".into(),
        ifindex: DEVICE.1,
        mac: [2, 0x5a, 192, 0, 2, 10],
        group_mac: [3, 0x5a, 192, 0, 2, 10],
        function,
        buckets: 3,
        node: 1,
        nodes: 3,
        vips: vec![IpAddr::from([192, 0, 2, 10])],
        generation: 4,
        hook: Hook::RxHandler,
        drain_time: DRAIN_TIME_DEFAULT,
        ..Cluster::default()
    }
}

/// Its table: bucket 1 is this node's, and nothing moves.
pub fn sample_table() -> Table {
    Table {
        name: "store".into(),
        buckets: 3,
        owned: vec![0b010],
        generation: 4,
        draining: vec![0],
        adopting: vec![0],
        connections: 0,
        lease_until: None,
        lapsed: false,
        sticking: Vec::new(),
    }
}

/// Another of its nodes, heard within the last second; rank 0 is master.
pub fn sample_peer(node: u8) -> Peer {
    Peer {
        node: node.into(),
        mac: [6, 0, 0, 0, 0, node],
        forward_mac: None,
        master: node == 0,
        age: 0,
        agrees: true,
        generation: 1,
        differs: Differences::NONE,
        buckets: 3,
        nodes: 3,
    }
}

/// The kernel's answer to a change that it refuses.
pub fn refusal(errno: i32) -> Error {
    Error::Refused(Refusal {
        errno,
        extack: Extack::default(),
    })
}

fn subnet(bound: &Bound) -> (u8, u32) {
    match bound.address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(bound.prefix))
                .unwrap_or(0);
            (bound.prefix, v4.to_bits() & mask)
        }
        IpAddr::V6(_) => (255, 0),
    }
}

fn changed(old: &Cluster, request: &Request) -> Cluster {
    let mut new = old.clone();
    new.take(request);
    new.buckets = request.buckets.unwrap_or(match new.function {
        Function::Modulo => new.nodes,
        Function::Bitmap => old.buckets,
    });
    if let Some(key) = &request.key {
        let key = <[u8; 32]>::try_from(key.0.as_slice()).ok();
        new.key_id = key.map(|key| crate::value::Key(key).id());
    }
    new.generation += 1;
    new
}

fn table(cluster: &Cluster, request: &Request) -> Vec<u8> {
    request.owned.clone().unwrap_or_else(|| {
        let mut owned = vec![0; logic::owned::len(cluster.buckets)];
        fill_by_rank(&mut owned, cluster.buckets, cluster.node, cluster.nodes);
        owned
    })
}
