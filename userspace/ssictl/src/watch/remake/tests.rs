// SPDX-License-Identifier: GPL-2.0-only

//! A machine whose cluster went with its interface.

use ssi_cluster::change::What;
use ssi_cluster::fake::Fake;
use ssi_cluster::sample::{STORE, parse};
use ssi_netlink::link::Link;

use super::*;
use crate::apply::tests::{WEB, edited, options};
use crate::output::Text as _;

/// A machine with an interface, where the cluster of `WEB` was applied.
fn machine() -> Fake {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    fake.state.links.push(link("eth0", 2));
    apply::done(&mut fake, &parse(WEB).unwrap(), "n1", &options("")).unwrap();
    fake
}

fn link(name: &str, ifindex: u32) -> Link {
    Link {
        ifindex,
        name: name.into(),
        alias: None,
        up: true,
        carrier: true,
        running: true,
        vlan: None,
    }
}

/// The interface goes, and what was on it.
fn unplugged(fake: &mut Fake) -> Cluster {
    let (was, _) = fake.state.clusters.remove("web").unwrap();
    fake.state.links.clear();
    fake.state.addresses.clear();
    fake.steps.clear();
    was
}

fn remake(fake: &mut Fake, file: &ClusterFile, was: &Cluster) -> Result<Attempt, Failure> {
    let remake = Remake {
        file: None,
        node: None,
        memory: PathBuf::from(FOLDER),
    };
    remake.by(fake, "web", file, "n1", was)
}

/// It is refused, with a sentence, and nothing was begun.
fn refused(fake: &mut Fake, file: &ClusterFile, was: &Cluster, part: &str) {
    fake.state.links.push(link("eth0", 3));
    let Err(Failure::Refused(sentence)) = remake(fake, file, was) else {
        panic!("made: {part}");
    };
    assert!(sentence.contains(part), "{sentence}");
    assert_eq!(fake.steps, [""; 0], "{part}");
}

#[test]
fn it_comes_back_with_what_it_had_once_its_interface_is_there() {
    let mut fake = machine();
    let file = parse(WEB).unwrap();
    let had = fake.state.clusters.clone();
    let was = unplugged(&mut fake);
    let waits = Attempt::Waits("eth0".into());
    assert_eq!(remake(&mut fake, &file, &was).unwrap(), waits);
    assert_eq!(fake.steps, [""; 0]);
    fake.state.links.push(link("eth0", 3));
    let Attempt::Made(made) = remake(&mut fake, &file, &was).unwrap() else {
        panic!("it waits");
    };
    assert_eq!(
        made.text(),
        "web: eth0 is there again; made again as n1 of web.toml\n"
    );
    assert_eq!(fake.state.clusters, had);
}

#[test]
fn an_edit_of_the_file_takes_nothing() {
    let mut fake = machine();
    let file = parse(WEB).unwrap();
    let was = unplugged(&mut fake);
    fake.state.links.push(link("eth0", 3));
    let leave = What::Leave {
        node: "n3".into(),
        master: None,
    };
    let fewer = edited(&file, leave);
    remake(&mut fake, &fewer, &was).unwrap();
    let (_, owned) = &fake.state.clusters["web"];
    // Four of twelve, as before; what n3 has is taken by apply --adopt.
    assert_eq!(crate::value::Buckets::of(owned, 12).len(), 4);
}

#[test]
fn another_file_makes_nothing() {
    let mut fake = machine();
    let was = unplugged(&mut fake);
    let with = |from: &str, to: &str| parse(&WEB.replace(from, to)).unwrap();
    let other = with("\"web\"", "\"db\"");
    refused(&mut fake, &other, &was, "this is the file of db");
    let more = with("buckets = 12", "buckets = 24");
    refused(&mut fake, &more, &was, "web has 12 here");
    let mac = with("02:5a:c0:00:02:0a", "02:5a:c0:00:02:0b");
    refused(&mut fake, &mac, &was, "mac: web has");
    let daemon = parse(&STORE.replace("\"store\"", "\"web\"")).unwrap();
    refused(&mut fake, &daemon, &was, "ssid runs this cluster");
    let others = with("\"n1\"", "\"n4\"");
    refused(&mut fake, &others, &was, "this machine is n1");
}

#[test]
fn a_node_that_leaves_stays_away() {
    let mut fake = machine();
    let was = unplugged(&mut fake);
    let leave = What::Leave {
        node: "n1".into(),
        master: Some("n2".into()),
    };
    let leaving = edited(&parse(WEB).unwrap(), leave);
    refused(&mut fake, &leaving, &was, "n1 leaves the cluster");
}

#[test]
fn nobody_knows_what_was_there_by_hand() {
    let mut fake = machine();
    let file = parse(WEB).unwrap();
    let mut was = unplugged(&mut fake);
    was.generation += 1;
    refused(&mut fake, &file, &was, "ssictl apply did not make");
    was.lease = Some(1000);
    refused(&mut fake, &file, &was, "had a lease here");
    was.lease = None;
    was.generation -= 1;
    fake.state.files.clear();
    refused(&mut fake, &file, &was, "ssictl apply did not make");
}

#[test]
fn a_forward_interface_is_waited_for() {
    let mut fake = Fake::with(&["10.0.0.1/24"]);
    fake.state.links.push(link("eth0", 2));
    let text = WEB.replace(
        "buckets",
        "mode = \"forward\"\nforward-interface = \"eth9\"\nbuckets",
    );
    let file = parse(&text).unwrap();
    let waits = Attempt::Waits("eth9".into());
    let was = Cluster::default();
    assert_eq!(remake(&mut fake, &file, &was).unwrap(), waits);
}

#[test]
fn without_a_file_nothing_is_waited_for() {
    let folder = std::env::temp_dir().join(format!("ssictl-remake-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let mut remake = Remake {
        file: None,
        node: None,
        memory: PathBuf::from(FOLDER),
    };
    let Err(Failure::Refused(sentence)) = remake.path("web", &folder) else {
        panic!("there is none");
    };
    assert!(sentence.contains("there is no "), "{sentence}");
    let file = folder.join("web.toml");
    std::fs::write(&file, "").unwrap();
    assert_eq!(remake.path("web", &folder), Ok(file));
    remake.file = Some("other.toml".into());
    assert_eq!(remake.path("web", &folder), Ok("other.toml".into()));
    std::fs::remove_dir_all(&folder).unwrap();
}
