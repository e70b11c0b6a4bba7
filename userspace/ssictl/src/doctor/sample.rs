// SPDX-License-Identifier: GPL-2.0-only

//! A node of a cluster in which all is well, and what is found once something is not.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;
use ssi_cluster::fake::{sample, sample_peer, sample_table};
use ssi_netlink::link::Details;
use ssi_netlink::neighbour::NeighbourTable;
use ssi_netlink::spec::{Counter, Forward, Function, Mode};
use ssi_netlink::{Peer, Stats};

use super::facts::{ClusterFacts, Facts, Heard, Machine, Pinged, Probe};
use super::firewall::Ruleset;
use super::view::{Report, Shown};
use crate::services::Socket;

/// The cluster's address.
pub const VIP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 100));
/// The interface that a cluster in mode forward forwards by, among the links.
pub const BELOW: u32 = 2;

/// An interface.
pub fn link(ifindex: u32, name: &str) -> Details {
    Details {
        ifindex,
        name: name.into(),
        mtu: 1500,
        up: true,
        carrier: true,
        ..Details::default()
    }
}

fn peer(node: u8) -> Peer {
    Peer {
        age: 1,
        ..sample_peer(node)
    }
}

fn stats() -> Stats {
    Stats {
        name: "store".into(),
        counters: Counter::ALL.iter().map(|counter| (*counter, 10)).collect(),
    }
}

/// Node 1 of three; node 0 is master. A service waits at TCP port 7000 of all addresses.
pub fn well() -> Facts {
    let mut cluster = sample(Function::Modulo);
    cluster.ifindex = 2;
    cluster.vips = vec![VIP];
    cluster.mac = [2, 0x5a, 10, 9, 0, 100];
    cluster.group_mac = [3, 0x5a, 10, 9, 0, 100];
    let heard = |node| Heard {
        node,
        group: 4,
        broadcast: 1,
        missing: 0,
    };
    let probe = Probe {
        time: 4500,
        heard: vec![heard(0), heard(2)],
        arp: vec![([10, 9, 0, 100].into(), vec![cluster.group_mac])],
        askers: vec![([10, 9, 1, 1].into(), 1)],
        pinged: vec![Pinged {
            node: 0,
            address: Some([10, 9, 0, 1].into()),
            plain: true,
            group: true,
            base: true,
            long: true,
        }],
    };
    let one = ClusterFacts {
        table: Some(sample_table()),
        peers: vec![peer(0), peer(2)],
        before: Some(stats()),
        stats: Some(stats()),
        groups: vec![cluster.group_mac],
        redirects: 0,
        main: Vec::new(),
        replies: Vec::new(),
        status: Ok(None),
        probe: Ok(probe),
        answers: Default::default(),
        asked: Ok(Vec::new()),
        cluster,
    };
    Facts {
        machine: Machine {
            name: "n1".into(),
            release: "7.3.4".into(),
            version: "0.2.0".into(),
            module: Some("0.2.0".into()),
            kernels: vec![("7.3.4".into(), true)],
            clock_source: Some("tsc".into()),
            own_clock: false,
            conntrack: Some((10, 1000)),
            corosync: None,
            daemons: BTreeMap::new(),
        },
        links: vec![link(1, "lo"), link(2, "eth0"), link(3, "eth0.100")],
        neighbours: Vec::new(),
        tables: vec![NeighbourTable {
            name: "arp_cache".into(),
            entries: 10,
            most: 1024,
            full: 0,
        }],
        sysctls: BTreeMap::new(),
        reverse_path_drops: 0,
        firewall: Ok(Ruleset::default()),
        sockets: vec![Socket {
            tcp: true,
            address: [0, 0, 0, 0].into(),
            port: 7000,
        }],
        addresses: vec![(2, [10, 9, 0, 2].into(), 16), (2, VIP, 32)],
        clusters: vec![one],
    }
}

/// The cluster in mode forward.
pub fn forwards(facts: &mut Facts) {
    let cluster = &mut facts.clusters[0].cluster;
    cluster.mode = Mode::Forward;
    cluster.forward = Some(Forward::Owner);
    cluster.forward_ifindex = Some(BELOW + 1);
}

/// Another count.
pub fn count(facts: &mut Facts, counter: Counter, count: u64) {
    let one = &mut facts.clusters[0];
    for stats in [&mut one.before, &mut one.stats].into_iter().flatten() {
        let mut counters = stats.counters.iter_mut();
        counters.find(|(other, _)| *other == counter).unwrap().1 = count;
    }
}

/// A count that rose by so much meanwhile.
pub fn rises(facts: &mut Facts, counter: Counter, by: u64) {
    let stats = facts.clusters[0].stats.as_mut().unwrap();
    let mut counters = stats.counters.iter_mut();
    counters.find(|(other, _)| *other == counter).unwrap().1 += by;
}

/// Rules, as nft lists them.
pub fn rules(text: &str) -> Ruleset {
    let list: Vec<Value> = serde_json::from_str(text).unwrap();
    Ruleset::of(&list)
}

fn found(change: impl Fn(&mut Facts)) -> Report {
    let mut facts = well();
    change(&mut facts);
    Report::of(&facts)
}

/// With this change these checks find something, and no others do.
pub fn finds_these(ids: &[&str], change: impl Fn(&mut Facts)) -> Vec<Shown> {
    let found = found(change);
    let mut all: Vec<&str> = found.findings.iter().map(|one| one.check).collect();
    let mut due = ids.to_vec();
    all.sort_unstable();
    due.sort_unstable();
    assert_eq!(all, due, "{found:?}");
    let by = |id: &&str| {
        found
            .findings
            .iter()
            .filter(|one| one.check == *id)
            .cloned()
            .collect::<Vec<_>>()
    };
    let mut ids = ids.to_vec();
    ids.dedup();
    ids.iter().flat_map(by).collect()
}

/// With this change this check finds one thing, and no other anything.
pub fn finds(id: &str, change: impl Fn(&mut Facts)) -> Shown {
    finds_these(&[id], change).remove(0)
}

/// This change is nothing that anybody finds.
pub fn finds_nothing(change: impl Fn(&mut Facts)) {
    finds_these(&[], change);
}

/// With this change this check cannot look; why.
pub fn skips(id: &str, change: impl Fn(&mut Facts)) -> String {
    let found = found(change);
    let skipped = found.skipped.iter().find(|one| one.check == id);
    skipped.unwrap_or_else(|| panic!("{found:?}")).why.clone()
}
