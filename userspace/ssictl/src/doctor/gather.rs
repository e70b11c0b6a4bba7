// SPDX-License-Identifier: GPL-2.0-only

//! Looks at all that the checks judge. Nothing is changed; what is sent, and for how long is listened, is in [`probe`].

mod ask;
mod frames;
mod machine;
mod probe;
mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

use ssi_cluster::failure::Failure;
use ssi_cluster::replies;
use ssi_cluster::system::{Live, System as _};
use ssi_netlink::link::Details;
use ssi_netlink::route::Route;
use ssi_netlink::routing::{Family, MAIN};
use ssi_netlink::{Cluster, Error};
use ssid_api::Status;

use super::facts::{ClusterFacts, Facts, Seen};
use crate::answers::Moment;
use crate::daemon::Place;
use crate::proc_net;
use crate::services;

/// Settings of an interface that are looked at.
const SETTINGS: [&str; 3] = ["rp_filter", "arp_ignore", "drop_unicast_in_l2_multicast"];
/// Why nothing was sent.
const LOOKS_ONLY: &str = "--no-probe";

/// Looks at one cluster, or at all, and where it may, asks the network.
pub fn gather(name: Option<&str>, may_probe: bool) -> Result<Facts, Failure> {
    let mut live = Live::default();
    let machine = machine::look();
    let clusters = match (name, &machine.module) {
        // Without the module there is nothing to ask, and that is a finding.
        (_, None) => Vec::new(),
        (Some(name), _) => vec![live.cluster(name).map_err(|e| Failure::refused(name, &e))?],
        (None, _) => live.clusters()?,
    };
    let mut route = Route::open()?;
    let links = route.all_links()?;
    let mut addresses = Vec::new();
    for link in &links {
        // One that went meanwhile has none.
        let bound = live.addresses(link.ifindex).unwrap_or_default();
        addresses.extend(
            bound
                .iter()
                .map(|bound| (link.ifindex, bound.address, bound.prefix)),
        );
    }
    let groups = fs::read_to_string("/proc/net/dev_mcast").unwrap_or_default();
    let clusters = clusters
        .into_iter()
        .map(|cluster| around(&mut live, cluster, &groups));
    let mut facts = Facts {
        machine,
        sysctls: sysctls(&links),
        reverse_path_drops: proc_net::netstat("IPReversePathFilter"),
        firewall: rules::look(),
        sockets: services::look(),
        neighbours: route.neighbours().unwrap_or_default(),
        tables: route.neighbour_tables().unwrap_or_default(),
        links,
        addresses,
        clusters: clusters.collect::<Result<_, _>>()?,
    };
    if may_probe {
        probe_all(&mut facts);
        for one in &mut facts.clusters {
            one.answers.1 = Moment::last(&mut live, &one.cluster);
            one.stats = live.stats(&one.cluster.name).ok();
            // Who was heard meanwhile is there.
            one.peers = live.peers(&one.cluster.name)?;
        }
    }
    Ok(facts)
}

/// What the kernel and the daemon know of a cluster.
fn around(live: &mut Live, cluster: Cluster, groups: &str) -> Result<ClusterFacts, Error> {
    let name = cluster.name.as_str();
    let answers = Moment::first(live, &cluster);
    let stats = live.stats(name).ok();
    let mut of_table = |table| {
        let all = Family::ALL.into_iter();
        all.flat_map(|family| live.paths(family, table).unwrap_or_default())
            .collect::<Vec<_>>()
    };
    let (main, replies) = (of_table(MAIN), of_table(replies::table(cluster.ifindex)));
    Ok(ClusterFacts {
        table: live.table(name).ok(),
        peers: live.peers(name)?,
        before: stats.clone(),
        stats,
        groups: groups_of(groups, cluster.ifindex),
        redirects: live.redirects_to(cluster.ifindex).unwrap_or_default(),
        main,
        replies,
        status: status(name),
        probe: Err(LOOKS_ONLY.to_owned()),
        answers: (answers.clone(), answers),
        asked: Err(LOOKS_ONLY.to_owned()),
        cluster,
    })
}

/// Asks the network about all clusters at once: what takes time is listening.
fn probe_all(facts: &mut Facts) {
    let seen: &Facts = facts;
    let answers: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = seen
            .clusters
            .iter()
            .enumerate()
            .map(|(at, one)| {
                scope.spawn(move || (probe::probe(seen, one, at == 0), ask::ask(seen, one)))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().ok())
            .collect()
    });
    for (one, answer) in facts.clusters.iter_mut().zip(answers) {
        if let Some((probe, asked)) = answer {
            one.probe = probe;
            one.asked = Ok(asked);
        }
    }
}

/// What its ssid says, where there is one.
fn status(name: &str) -> Seen<Option<Status>> {
    if !ssid_api::socket(name).exists() {
        return Ok(None);
    }
    let status = Place::find(Some(name)).and_then(|place| place.status());
    status.map(Some).map_err(|failure| match failure {
        Failure::Refused(sentence) | Failure::Usage(sentence) => sentence,
        Failure::ReaderGone => String::new(),
    })
}

/// Group MACs of an interface, of the list of all (`/proc/net/dev_mcast`).
fn groups_of(text: &str, ifindex: u32) -> Vec<[u8; 6]> {
    let of_line = |line: &str| {
        let mut words = line.split_whitespace();
        let is_its = words.next()?.parse() == Ok(ifindex);
        let digits = words.last().filter(|digits| is_its && digits.len() == 12)?;
        let mut mac = [0; 6];
        for (at, byte) in mac.iter_mut().enumerate() {
            *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(mac)
    };
    text.lines().filter_map(of_line).collect()
}

fn sysctls(links: &[Details]) -> BTreeMap<String, u32> {
    let mut all = BTreeMap::new();
    let names = links.iter().map(|link| link.name.as_str()).chain(["all"]);
    for name in names {
        for setting in SETTINGS {
            let path = format!("ipv4/conf/{name}/{setting}");
            let text = fs::read_to_string(Path::new("/proc/sys/net").join(&path));
            let value = text.ok().and_then(|text| text.trim().parse().ok());
            all.extend(value.map(|value| (path, value)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_of_the_kernel() {
        let text = "2    eth0            1     0     01005e000001\n2    eth0            1     0     035a0a090064\n\
                    3    eth1            1     0     333300000001\nnonsense\n2 eth0 1 0 03\n";
        assert_eq!(
            groups_of(text, 2),
            [[1, 0, 0x5e, 0, 0, 1], [3, 0x5a, 10, 9, 0, 0x64]]
        );
        assert_eq!(groups_of(text, 4), Vec::<[u8; 6]>::new());
    }
}
