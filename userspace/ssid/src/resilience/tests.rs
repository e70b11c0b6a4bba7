// SPDX-License-Identifier: GPL-2.0-only

//! Resilience of files with one node and more.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use ssi_group_comm::datagram::Listed;

use super::*;

fn config(nodes: &[(&str, u32)], lease: u64) -> Config {
    config_with(nodes, lease, "corosync", "")
}

fn config_with(nodes: &[(&str, u32)], lease: u64, engine: &str, more: &str) -> Config {
    let mut text = format!(
        "name = \"store\"\nvips = [\"10.0.0.100/24\"]\ninterface = \"eth0\"\nbuckets = 8\n[daemon]\nengine = \"{engine}\"\nlease = {lease}\n{more}"
    );
    for (rank, (name, weight)) in nodes.iter().enumerate() {
        text += &format!("[[node]]\nname = \"{name}\"\nrank = {rank}\nweight = {weight}\n");
    }
    static FOLDERS: AtomicU32 = AtomicU32::new(0);
    let folder = std::env::temp_dir().join(format!(
        "ssid-check-{}-{}",
        std::process::id(),
        FOLDERS.fetch_add(1, Ordering::Relaxed)
    ));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("store.toml");
    std::fs::write(&path, text).unwrap();
    let config = Config::read(path.to_str(), Some("n1")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    config
}

#[test]
fn two_nodes_without_a_witness_survive_nothing() {
    let two = Resilience::of(&config(&[("n1", 100), ("n2", 100)], 1500), None, None);
    assert_eq!((two.quorum, two.survives), (2, 0));
    assert!(two.warnings[0].contains("witness"), "{:?}", two.warnings);
    assert!(two.refused.is_empty(), "{:?}", two.refused);
    let three = config(&[("n1", 100), ("n2", 100), ("w", 0)], 1501);
    let three = Resilience::of(&three, None, None);
    assert_eq!((three.serving, three.witnesses, three.survives), (2, 1, 1));
    assert!(three.warnings.is_empty(), "{:?}", three.warnings);
}

#[test]
fn two_nodes_with_fencing_survive_one_once_that_is_confirmed() {
    let two = config_with(
        &[("n1", 100), ("n2", 100)],
        600,
        "datagram",
        "two-node = \"fenced\"\n",
    );
    let two = Resilience::of(&two, None, None);
    assert_eq!(
        (two.survives, two.survives_fenced, two.takeover),
        (0, 1, None)
    );
    assert!(two.warnings.is_empty(), "{:?}", two.warnings);
    let text = two.to_string();
    assert!(
        text.contains("takeover   613 ms after it is confirmed")
            && text.contains("ssictl confirm-dead"),
        "{text}"
    );
}

#[test]
fn a_quorum_device_is_no_voter_and_its_machine_is_where_one_may_run() {
    let device = Device {
        host: Some("10.8.0.3".to_owned()),
    };
    let of = |nodes: &[(&str, u32)], lease, engine| {
        let config = config_with(nodes, lease, engine, "");
        let mut resilience = Resilience::of(&config, None, None);
        resilience.beside(&device, &config);
        resilience
    };
    let two = of(&[("n1", 100), ("n2", 100)], 603, "datagram");
    assert_eq!(two.survives, 0);
    assert!(
        two.warnings[1].contains("run ssid on 10.8.0.3 as well"),
        "{:?}",
        two.warnings
    );
    let three = of(&[("n1", 100), ("n2", 100), ("w", 0)], 604, "datagram");
    assert_eq!((three.survives, three.warnings.len()), (1, 0));
    assert!(
        three
            .to_string()
            .contains("device     Corosync's (10.8.0.3) counts for Corosync"),
        "{three}"
    );
    let refused = of(&[("n1", 100), ("n2", 100), ("w", 0)], 605, "corosync");
    assert!(
        refused.refused[0].contains("remove the section device"),
        "{:?}",
        refused.refused
    );
}

fn list(votes: &[u32]) -> NodeList {
    linked(votes, 1)
}

/// The same with so many links.
fn linked(votes: &[u32], links: u8) -> NodeList {
    let all = (1..).zip(votes);
    all.map(|(node, votes)| {
        let address = |link| (link, IpAddr::from([10, link, 0, 1]));
        let listed = Listed {
            votes: *votes,
            addresses: (0..links).map(address).collect(),
        };
        (node, listed)
    })
    .collect()
}

#[test]
fn votes_of_corosync_count_and_who_has_too_many_is_named() {
    let three = config_with(
        &[("n1", 100), ("n2", 100), ("n3", 100)],
        601,
        "datagram",
        "",
    );
    let of = |votes: &[u32]| Resilience::of(&three, None, Some(&list(votes)));
    let even = of(&[1, 1, 1]);
    assert_eq!((even.quorum, even.survives), (2, 1));
    assert!(
        even.to_string().contains("2 of 3 make a quorum\n"),
        "{even}"
    );
    let heavy = of(&[3, 1, 1]);
    assert_eq!((heavy.quorum, heavy.survives), (3, 0));
    let text = heavy.to_string();
    assert!(
        text.contains("3 of 5 votes make a quorum\n  votes      n1 3, n2 1, n3 1\n"),
        "{text}"
    );
    assert!(
        heavy.warnings[0].contains("n1 has 3 of 5 votes: without it"),
        "{:?}",
        heavy.warnings
    );
    let light = of(&[2, 2, 1]);
    assert_eq!((light.quorum, light.survives), (3, 1));
    assert!(light.warnings.is_empty(), "{:?}", light.warnings);
    let unknown = Resilience::of(&three, None, None);
    let text = unknown.to_string();
    assert!(
        unknown.votes_assumed && text.contains("if each has one vote"),
        "{text}"
    );
}

#[test]
fn of_two_nodes_with_fencing_both_have_as_many_votes() {
    let two = config_with(
        &[("n1", 100), ("n2", 100)],
        602,
        "datagram",
        "two-node = \"fenced\"\n",
    );
    let two = Resilience::of(&two, None, Some(&list(&[2, 1])));
    assert!(
        two.warnings[0].contains("n1 has 2 of 3 votes")
            && two.warnings[0].contains("give both nodes as many votes"),
        "{:?}",
        two.warnings
    );
}

#[test]
fn a_token_that_outlasts_leases_is_refused() {
    let config = config(&[("n1", 100), ("n2", 100), ("n3", 100)], 1500);
    let of = |ms| Resilience::of(&config, Some(Duration::from_millis(ms)), None);
    let fast = of(500);
    assert_eq!((fast.detection, fast.takeover), (Some(1120), Some(1531)));
    assert!(fast.refused.is_empty(), "{:?}", fast.refused);
    let slow = of(3000);
    assert_eq!(slow.takeover, Some(6620));
    assert!(
        slow.refused[0].contains("lease = 6900"),
        "{:?}",
        slow.refused
    );
}

const NODES: [(&str, u32); 4] = [("n1", 100), ("n2", 100), ("n3", 100), ("n4", 100)];
const WITNESSED: [(&str, u32); 3] = [("n1", 100), ("n2", 100), ("w", 0)];

/// What each loss leads to: rows without their spaces.
fn table(resilience: &Resilience) -> Vec<String> {
    let losses = resilience.losses.iter();
    let rows = losses.map(|loss| [loss.what(), loss.then(), loss.after()].join(" | "));
    rows.collect()
}

fn by_default(nodes: &[(&str, u32)], more: &str) -> Vec<String> {
    table(&Resilience::of(
        &config_with(nodes, 600, "datagram", more),
        None,
        None,
    ))
}

/// What is the same whatever the nodes.
const COROSYNC: &str = "Corosync, at a node | all, as before | -";
const NETWORK: &str = "a network between the nodes | all, as before | -";
const CARRIER: &str = "a clients' link: no carrier | all, by the others | at once";
const LINK: &str = "a clients' link: up, passes nothing | all, by the others | 520 ms";
const LINK_OF_TWO: &str = "a clients' link: up, passes nothing | what the others have; its clients wait until it is mended, or its node drained | -";

#[test]
fn one_node_is_all_there_is() {
    let one = config_with(&NODES[..1], 1500, "alone", "");
    assert_eq!(
        table(&Resilience::of(&one, None, None)),
        [
            "a node | nothing until it is back | -",
            "a clients' link: no carrier | nothing until it is back | -",
            "a clients' link: up, passes nothing | nothing until it is mended | -",
        ]
    );
}

#[test]
fn two_plain_nodes_lose_all_with_either() {
    assert_eq!(
        by_default(&NODES[..2], ""),
        [
            "a node | nothing until it is back | -",
            "two nodes, one after the other | nothing until both are back | -",
            "two nodes at once | nothing until both are back | -",
            "a cut between halves | nothing until they reach each other again | -",
            COROSYNC,
            NETWORK,
            CARRIER,
            LINK_OF_TWO,
        ]
    );
}

#[test]
fn two_nodes_and_a_witness_lose_nothing_with_any() {
    assert_eq!(
        by_default(&WITNESSED, ""),
        [
            "a node | all, by the others | 613 ms",
            "two nodes, one after the other | nothing until one of them is back | -",
            "two nodes at once | nothing until one of them is back | -",
            "a cut between the nodes | all, by the part with a quorum | 613 ms",
            "a witness | all, as before | -",
            COROSYNC,
            NETWORK,
            CARRIER,
            "a clients' link: up, passes nothing | all, by the others, unless no witness is on the clients' network | 520 ms",
        ]
    );
}

#[test]
fn two_nodes_with_fencing_wait_for_a_confirmation() {
    let back = "both are back, or one, and the other is confirmed to be dead";
    assert_eq!(
        by_default(&NODES[..2], "two-node = \"fenced\"\n"),
        [
            "a node | all, by the others, once its death is confirmed | 613 ms after that",
            &format!("two nodes, one after the other | nothing until {back} | -"),
            &format!("two nodes at once | nothing until {back} | -"),
            "a cut between halves | nothing until they reach each other again, or one is confirmed to be dead | -",
            COROSYNC,
            NETWORK,
            CARRIER,
            LINK_OF_TWO,
        ]
    );
}

#[test]
fn three_nodes_lose_one_and_four_are_cut_in_halves() {
    assert_eq!(
        by_default(&NODES[..3], ""),
        [
            "a node | all, by the others | 613 ms",
            "two nodes, one after the other | nothing until one of them is back | -",
            "two nodes at once | nothing until one of them is back | -",
            "a cut between the nodes | all, by the part with a quorum | 613 ms",
            COROSYNC,
            NETWORK,
            CARRIER,
            LINK,
        ]
    );
    assert_eq!(
        by_default(&NODES, ""),
        [
            "a node | all, by the others | 613 ms",
            "two nodes, one after the other | nothing until one of them is back, unless the first was removed from the files before | -",
            "two nodes at once | nothing until one of them is back | -",
            "a cut between the nodes | all, by the part with a quorum | 613 ms",
            "a cut between halves | nothing until they reach each other again | -",
            COROSYNC,
            NETWORK,
            CARRIER,
            LINK,
        ]
    );
}

#[test]
fn who_has_more_votes_is_missed_more() {
    let three = config_with(&NODES[..3], 600, "datagram", "");
    let rows = table(&Resilience::of(&three, None, Some(&list(&[3, 1, 1]))));
    assert_eq!(
        rows[..7],
        [
            "a node (n1) | nothing until it is back | -",
            "a node (n2, n3) | all, by the others | 613 ms",
            "two nodes, one after the other (n1, n2) | nothing until n1 is back | -",
            "two nodes, one after the other (n2, n3) | all, by the others | 613 ms",
            "two nodes at once (n1, n2) | nothing until n1 is back | -",
            "two nodes at once (n2, n3) | all, by the others | 613 ms",
            "a cut between the nodes | all, by the part with a quorum | 613 ms",
        ]
    );
}

#[test]
fn witnesses_that_are_a_majority_keep_nothing_served() {
    let rows = by_default(&[("n1", 100), ("v", 0), ("w", 0)], "");
    assert!(
        rows.contains(
            &"a cut between the nodes (v, w) | nothing until they reach the others again | -"
                .to_owned()
        ),
        "{rows:#?}"
    );
}

#[test]
fn the_engine_corosync_needs_it_and_its_links() {
    let three = config_with(&NODES[..3], 1500, "corosync", "");
    let of = |links, token: Option<u64>| {
        let token = token.map(Duration::from_millis);
        table(&Resilience::of(
            &three,
            token,
            Some(&linked(&[1, 1, 1], links)),
        ))
    };
    let one = of(1, Some(500));
    let has = |rows: &[String], row: &str| assert!(rows.iter().any(|r| r == row), "{rows:#?}");
    has(&one, "a node | all, by the others | 1531 ms");
    has(&one, "Corosync, at a node | all, by the others | 1531 ms");
    has(
        &one,
        "a network between the nodes | nothing until it is back | -",
    );
    has(&one, LINK_OF_TWO);
    has(&of(2, Some(500)), NETWORK);
    has(&of(1, None), "a node | all, by the others | not known");
}

/// The fields of `Documentation/ssictl-json.md`.
#[test]
fn the_json_is_as_documented() {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../Documentation/ssictl-json.md"
    );
    let page = std::fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once("## `ssid --check`\n").unwrap();
    let rows = section.split("\n## ").next().unwrap().lines();
    let documented: BTreeSet<String> = rows
        .filter_map(|row| row.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    let device = Device { host: None };
    let config = config(&WITNESSED, 1500);
    let mut all = Resilience::of(&config, Some(Duration::from_millis(500)), None);
    all.beside(&device, &config);
    let json = serde_json::to_value(&all).unwrap();
    let keys = |value: &serde_json::Value, before: &str| -> Vec<String> {
        let keys = value.as_object().unwrap().keys();
        keys.map(|key| format!("{before}{key}")).collect()
    };
    let mut printed: BTreeSet<String> = keys(&json, "").into_iter().collect();
    printed.extend(keys(&json["losses"][0], "losses[]."));
    assert_eq!(printed, documented);
}

/// The table of `Documentation/start.md`.
#[test]
fn the_guide_shows_what_is_printed() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Documentation/start.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, shown) = page.split_once("n1# ssid --check store\n").unwrap();
    let shown = shown.split("```").next().unwrap();
    let witnessed = config_with(&WITNESSED, 600, "datagram", "");
    let named = Resilience {
        file: "/etc/ssi/store.toml".to_owned(),
        ..Resilience::of(&witnessed, None, Some(&list(&[1, 1, 1])))
    };
    assert_eq!(named.to_string(), shown);
}
