// SPDX-License-Identifier: GPL-2.0-only

//! All that doctor looks at, as it was at one moment. Who looks is [`gather`](super::gather); a test makes them by hand.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use ssi_netlink::link::Details;
use ssi_netlink::neighbour::{Neighbour, NeighbourTable};
use ssi_netlink::routing::Path;
use ssi_netlink::spec::Counter;
use ssi_netlink::{Cluster, Peer, Stats, Table};
use ssid_api::Status;

use super::firewall::{Kind, Ruleset};
use crate::answers::Moment;
use crate::services::Socket;

/// What was seen, or why it was not.
pub type Seen<T> = Result<T, String>;

/// A moment of this node.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The machine.
    pub machine: Machine,
    /// All interfaces.
    pub links: Vec<Details>,
    /// All neighbours.
    pub neighbours: Vec<Neighbour>,
    /// The kernel's tables of neighbours.
    pub tables: Vec<NeighbourTable>,
    /// Numbers in `/proc/sys/net`, by their path there.
    pub sysctls: BTreeMap<String, u32>,
    /// Packets that came by an interface which is not the one back (`IPReversePathFilter`).
    pub reverse_path_drops: u64,
    /// The rules of nftables.
    pub firewall: Seen<Ruleset>,
    /// Sockets that wait for clients.
    pub sockets: Vec<Socket>,
    /// Addresses of all interfaces, with the interfaces' numbers.
    pub addresses: Vec<(u32, IpAddr, u8)>,
    /// The clusters.
    pub clusters: Vec<ClusterFacts>,
}

/// The machine and what runs on it.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// The kernel that runs.
    pub release: String,
    /// Version of this program.
    pub version: String,
    /// Version of the module, if it is loaded.
    pub module: Option<String>,
    /// The kernels that are installed, by rising version, and whether each has the module.
    pub kernels: Vec<(String, bool)>,
    /// The kernel's clock.
    pub clock_source: Option<String>,
    /// Whether this program's clock is another than the machine's.
    pub own_clock: bool,
    /// Connections that are tracked, and how many may be.
    pub conntrack: Option<(u64, u64)>,
    /// Corosync's configuration, if there is one.
    pub corosync: Option<String>,
    /// Clusters that have a file here with a section `[daemon]`.
    pub daemons: BTreeMap<String, Daemon>,
}

/// A section `[daemon]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// Its engine's name.
    pub engine: String,
    /// The port of its datagrams.
    pub port: u16,
}

impl Socket {
    /// The packets that it waits for.
    pub fn kind(&self) -> Kind {
        if self.tcp { Kind::Tcp } else { Kind::Udp }
    }
}

/// A cluster, and what is around it.
#[derive(Clone, Debug)]
pub struct ClusterFacts {
    /// The kernel's configuration.
    pub cluster: Cluster,
    /// Its table.
    pub table: Option<Table>,
    /// The nodes that it has seen.
    pub peers: Vec<Peer>,
    /// Its counters, before the network was listened to.
    pub before: Option<Stats>,
    /// Its counters, at last.
    pub stats: Option<Stats>,
    /// Group MACs that its interface lets in.
    pub groups: Vec<[u8; 6]>,
    /// Actions of tc that redirect frames to its interface.
    pub redirects: usize,
    /// Routes of the main table.
    pub main: Vec<Path>,
    /// Routes of the interface's table for replies.
    pub replies: Vec<Path>,
    /// What its ssid says; none where there is none to ask.
    pub status: Seen<Option<Status>>,
    /// What the network said.
    pub probe: Seen<Probe>,
    /// Whether what it is given is answered: before the network was listened to, and at last.
    pub answers: (Moment, Moment),
    /// UDP servers that were asked at the cluster's address, and from where they answered.
    pub asked: Seen<Vec<Asked>>,
}

/// A UDP server that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The cluster's address.
    pub vip: IpAddr,
    /// The port.
    pub port: u16,
    /// Where its answer came from, if one came.
    pub from: Option<IpAddr>,
}

/// What the network said while it was listened to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// Milliseconds of listening.
    pub time: u64,
    /// Other nodes whose messages were heard.
    pub heard: Vec<Heard>,
    /// The cluster's addresses that were asked for by ARP, and who answered.
    pub arp: Vec<(Ipv4Addr, Vec<[u8; 6]>)>,
    /// Who asked for the cluster's addresses by ARP, and how often; this node not.
    pub askers: Vec<(IpAddr, u32)>,
    /// Other nodes that were pinged.
    pub pinged: Vec<Pinged>,
}

/// A node's messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Its rank.
    pub node: u32,
    /// Frames to the cluster's group MAC.
    pub group: u32,
    /// Frames to everybody.
    pub broadcast: u32,
    /// Messages to the group MAC that it sent between the first and the last of these, and that did not come.
    pub missing: u32,
}

/// Answers of a node to pings of its own address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pinged {
    /// Its rank.
    pub node: u32,
    /// Its own address.
    pub address: Option<Ipv4Addr>,
    /// To a plain one.
    pub plain: bool,
    /// To one that came by the cluster's group MAC.
    pub group: bool,
    /// To one from the cluster's base MAC.
    pub base: bool,
    /// To one as long as the interface's MTU.
    pub long: bool,
}

impl Facts {
    /// A setting of an interface and a family, where the greater one of it and of `all` counts.
    pub fn conf(&self, family: &str, device: &str, name: &str) -> u32 {
        let value = |of: &str| self.sysctls.get(&format!("{family}/conf/{of}/{name}"));
        let values = [value("all"), value(device)];
        values.into_iter().flatten().copied().max().unwrap_or(0)
    }

    /// An interface by its number.
    pub fn link(&self, ifindex: u32) -> Option<&Details> {
        self.links.iter().find(|link| link.ifindex == ifindex)
    }

    /// An interface's name.
    pub fn device(&self, ifindex: u32) -> String {
        match self.link(ifindex) {
            Some(link) => link.name.clone(),
            None => format!("#{ifindex}"),
        }
    }
}

impl ClusterFacts {
    /// A counter; zero where it is not known.
    pub fn count(&self, counter: Counter) -> u64 {
        count(self.stats.as_ref(), counter)
    }

    /// By how much a counter has risen while the network was listened to.
    pub fn risen(&self, counter: Counter) -> u64 {
        self.count(counter)
            .saturating_sub(count(self.before.as_ref(), counter))
    }

    /// Its IPv4 addresses.
    pub fn vips4(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.cluster.vips.iter().filter_map(|vip| match vip {
            IpAddr::V4(v4) => Some(*v4),
            IpAddr::V6(_) => None,
        })
    }
}

fn count(stats: Option<&Stats>, counter: Counter) -> u64 {
    let mut counters = stats.into_iter().flat_map(|stats| &stats.counters);
    let found = counters.find(|(one, _)| *one == counter);
    found.map_or(0, |(_, count)| *count)
}
