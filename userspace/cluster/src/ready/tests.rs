// SPDX-License-Identifier: GPL-2.0-only

//! Tests of what ssid configures, what it leaves alone, and that failures leave no trace.

use ssi_netlink::spec::{Forward, Function, LeaseExpiry, ReplyMac};

use super::*;
use crate::fake::Fake;
use crate::sample::{STORE, parse};

fn store(old: &str, new: &str) -> ClusterFile {
    parse(&STORE.replacen(old, new, 1)).unwrap()
}

fn made(file: &ClusterFile) -> Fake {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    ready(&mut fake, file, &file.nodes[0]).unwrap();
    fake.steps.clear();
    fake
}

/// A cluster that ssid left: it serves under a lease.
fn left(file: &ClusterFile) -> Fake {
    let mut fake = made(file);
    let (cluster, owned) = fake.state.clusters.get_mut("store").unwrap();
    cluster.lease = Some(2000);
    cluster.master = true;
    cluster.generation = 9;
    owned[0] = 0b101;
    fake
}

#[track_caller]
fn refused(result: Result<Found, Failure>, part: &str) {
    match result {
        Err(Failure::Refused(sentence)) => assert!(sentence.contains(part), "{sentence}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_cluster_serves_nothing() {
    let file = store(
        "[daemon]",
        "drain-time = 5\nannounce-every = 60\n[daemon]\nlease-expiry = \"drop\"",
    );
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    let found = ready(&mut fake, &file, &file.nodes[1]).unwrap();
    assert_eq!(fake.steps, ["create store", "bind 10.0.0.100"]);
    let Found { cluster, table } = found;
    assert_eq!((cluster.function, cluster.buckets), (Function::Bitmap, 8));
    assert_eq!((cluster.node, cluster.nodes), (1, 1024));
    assert!(!cluster.master && cluster.lease.is_none());
    assert_eq!(
        (
            cluster.drain_time,
            cluster.announce_every,
            cluster.lease_expiry
        ),
        (5, 60, LeaseExpiry::Drop)
    );
    assert_eq!(table.owned, [0]);
    assert_eq!(fake.addresses(), ["10.0.0.1/24", "10.0.0.100/24"]);
    // A second time there is nothing to do.
    fake.steps.clear();
    ready(&mut fake, &file, &file.nodes[1]).unwrap();
    assert!(fake.steps.is_empty());
}

#[test]
fn an_interface_that_was_renamed_is_named_in_a_sentence() {
    let mut fake = left(&parse(STORE).unwrap());
    let before = fake.state.clone();
    let file = store("\"eth0\"", "\"eth7\"");
    let result = ready(&mut fake, &file, &file.nodes[0]);
    refused(result, "store is on eth0 here, and the file has eth7");
    assert_eq!(fake.state, before);
}

#[test]
fn what_ssid_left_keeps_its_table() {
    let file = parse(STORE).unwrap();
    let mut fake = left(&file);
    let found = ready(&mut fake, &file, &file.nodes[0]).unwrap();
    assert!(fake.steps.is_empty() && found.cluster.master);
    assert_eq!(
        (found.table.generation, found.table.owned),
        (9, vec![0b101])
    );
    // Whoever joins changes nothing here.
    let more = parse(&format!("{STORE}[[node]]\nname = \"n4\"\nrank = 9\n")).unwrap();
    ready(&mut fake, &more, &more.nodes[0]).unwrap();
    assert!(fake.steps.is_empty());
    fake.state.clusters.get_mut("store").unwrap().0.lease = None;
    fake.state.clusters.get_mut("store").unwrap().0.lapsed = true;
    ready(&mut fake, &file, &file.nodes[0]).unwrap();
    assert!(fake.steps.is_empty());
}

#[test]
fn what_may_change_does_without_a_table() {
    let file = store(
        "[\"10.0.0.100/24\"]",
        "[\"10.0.0.101/24\", \"10.0.0.102/24\"]",
    );
    let file = ClusterFile {
        reply_mac: ReplyMac::Node,
        drain_time: 7,
        ..file
    };
    let mut fake = left(&parse(STORE).unwrap());
    let found = ready(&mut fake, &file, &file.nodes[0]).unwrap();
    assert_eq!(
        fake.steps,
        [
            "unbind 10.0.0.100",
            "change store",
            "bind 10.0.0.101",
            "bind 10.0.0.102"
        ]
    );
    assert_eq!(found.table.owned, [0b101]);
    assert!(found.cluster.master && found.cluster.lease.is_some());
    assert_eq!(
        (found.cluster.reply_mac, found.cluster.drain_time),
        (ReplyMac::Node, 7)
    );
    let vips: Vec<String> = found.cluster.vips.iter().map(ToString::to_string).collect();
    assert_eq!(vips, ["10.0.0.101", "10.0.0.102"]);
}

#[test]
fn whatever_fails_leaves_all_as_it_was() {
    let forward = "vlan = 7\nmode = \"forward\"\n[daemon]\nlease-expiry = \"drop\"";
    let first = store("[daemon]", &forward.replace("drop", "drain"));
    let second = parse(
        &STORE
            .replacen("[daemon]", &format!("forward = \"owner\"\n{forward}"), 1)
            .replacen("10.0.0.100", "10.0.0.101", 1),
    )
    .unwrap();
    let nothing = Fake::with(&["10.0.0.1/24"]);
    let mut lapsed = left(&first);
    let (cluster, owned) = lapsed.state.clusters.get_mut("store").unwrap();
    (cluster.lease, cluster.lapsed) = (None, true);
    owned[0] = 0;
    for (start, file) in [
        (nothing, &first),
        (left(&first), &second),
        (lapsed, &second),
    ] {
        let mut whole = start.clone();
        let found = ready(&mut whole, file, &file.nodes[0]).unwrap();
        assert_eq!(found.cluster.forward, file.forward);
        assert!(matches!(
            found.cluster.forward,
            Some(Forward::All | Forward::Owner)
        ));
        let steps = whole.steps.len();
        assert!(steps > 2);
        for fails in 0..steps {
            let mut fake = start.clone();
            fake.fails = Some(fails);
            assert!(
                ready(&mut fake, file, &file.nodes[0]).is_err(),
                "step {fails}"
            );
            assert_eq!(fake.addresses(), start.addresses(), "{:?}", fake.steps);
            assert_eq!(fake.clusters(), start.clusters(), "{:?}", fake.steps);
            assert_eq!(fake.state.links, start.state.links, "{:?}", fake.steps);
        }
    }
}

#[test]
fn what_is_not_for_ssid_is_refused() {
    let file = parse(STORE).unwrap();
    refused(
        ready(&mut Fake::with(&[]), &file, &file.nodes[2]),
        "n3 is a witness",
    );
    let web = parse(crate::sample::WEB).unwrap();
    refused(
        ready(&mut Fake::with(&[]), &web, &web.nodes[0]),
        "no section [daemon]",
    );
    let mut fake = left(&file);
    fake.state.clusters.get_mut("store").unwrap().0.lease = None;
    let before = fake.state.clone();
    let part = "store is here already and serves 2 buckets without a lease";
    refused(ready(&mut fake, &file, &file.nodes[0]), part);
    let result = gone(&mut fake, &file, &file.nodes[0]);
    assert!(matches!(result, Err(Failure::Refused(sentence)) if sentence.contains(part)));
    assert_eq!(fake.state, before);
}

#[test]
fn what_no_change_makes_so_is_refused() {
    let fake = left(&parse(STORE).unwrap());
    for (old, new, part) in [
        (
            "buckets = 8",
            "buckets = 16",
            "buckets: store has 8 here, and the file has 16",
        ),
        (
            "rank = 0",
            "rank = 5",
            "rank: store has 0 of 1024 here, and the file has 5 of 1024",
        ),
        (
            "02:5a:c0:00:02:0a",
            "02:5a:c0:00:02:0b",
            "mac: store has 02:5a:c0:00:02:0a here",
        ),
        (
            "buckets",
            "hook = \"ingress\"\nbuckets",
            "ssictl cluster del store and start ssid again",
        ),
    ] {
        let file = store(old, new);
        let mut fake = fake.clone();
        refused(ready(&mut fake, &file, &file.nodes[0]), part);
        assert!(fake.steps.is_empty());
    }
}

#[test]
fn gone_takes_all_away() {
    let forward = "vlan = 7\nmode = \"forward\"\n[daemon]";
    let file = store("[daemon]", forward);
    let mut fake = left(&file);
    assert_eq!(fake.state.links.len(), 1);
    assert_eq!(gone(&mut fake, &file, &file.nodes[0]), Ok(()));
    assert_eq!(fake.state, Fake::with(&["10.0.0.1/24"]).state);
    fake.steps.clear();
    assert_eq!(gone(&mut fake, &file, &file.nodes[0]), Ok(()));
    assert!(fake.steps.is_empty());
}

#[test]
fn gone_takes_addresses_that_an_unloaded_module_left() {
    let file = parse(STORE).unwrap();
    let mut fake = left(&file);
    fake.state.clusters.clear();
    assert_eq!(gone(&mut fake, &file, &file.nodes[0]), Ok(()));
    assert_eq!(fake.addresses(), ["10.0.0.1/24"]);
}
