// SPDX-License-Identifier: GPL-2.0-only

//! Tests of the verbs on sessions, with a kernel that has some.

use clap::Parser as _;
use ssi_cluster::fake::{Fake, sample};
use ssi_netlink::sock_diag::Session;
use ssi_netlink::spec::Function;

use super::*;
use crate::args::{Args, Verb};
use crate::json_tests::shows;
use crate::output::Text as _;
use crate::sessions::found::{by_client, named};
use crate::sessions::kick::kicked;

/// Client 198.51.100.N is in bucket (N + 1) mod 3. This node, of rank 1, has bucket 1, and drains nothing.
pub fn fake() -> Fake {
    let mut fake = Fake::default();
    let cluster = sample(Function::Modulo);
    fake.state
        .clusters
        .insert("store".into(), (cluster, vec![0b010]));
    fake.sessions = [
        ("192.0.2.10:2049", "198.51.100.7:900"),
        ("192.0.2.10:2049", "198.51.100.6:901"),
        ("192.0.2.10:2049", "198.51.100.6:900"),
        // The node's own, and with itself.
        ("192.0.2.1:22", "198.51.100.6:900"),
        ("192.0.2.10:80", "192.0.2.10:900"),
    ]
    .map(|(here, client)| Session::sample(here.parse().unwrap(), client.parse().unwrap()))
    .into();
    fake
}

fn verb(line: &str) -> Verb {
    let words = ["ssictl"].into_iter().chain(line.split_whitespace());
    Args::try_parse_from(words).unwrap().verb.unwrap()
}

fn listed(fake: &mut Fake, line: &str) -> Result<Listed, Failure> {
    let Verb::Sessions(sessions) = verb(line) else {
        panic!("{line}");
    };
    let which = Which {
        name: sessions.name.as_deref(),
        draining: sessions.draining,
        client: sessions.client.unwrap_or(Client::ANY),
    };
    Ok(Listed::new(&found(fake, &which)?))
}

fn kick(fake: &mut Fake, line: &str) -> Result<kick::Kicked, Failure> {
    let Verb::Kick(kick) = verb(line) else {
        panic!("{line}");
    };
    kicked(fake, &kick)
}

#[test]
fn clients_and_no_others_are_listed_in_order() {
    let shown = listed(&mut fake(), "sessions").unwrap();
    let text = shown.text();
    let clients: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_eq!(
        clients,
        [
            "CLIENT",
            "198.51.100.6:900",
            "198.51.100.6:901",
            "198.51.100.7:900",
            "sessions"
        ]
    );
    assert!(
        text.contains("established  0 ms         0     0       1  owned"),
        "{text}"
    );
    assert!(
        text.ends_with("3 sessions of 2 clients; 1 session served no more: ssictl kick all --draining tells the clients\n"),
        "{text}"
    );
    shows(&shown, "sessions [NAME]");
}

#[test]
fn those_that_are_left() {
    let mut fake = fake();
    let text = listed(&mut fake, "sessions store --draining")
        .unwrap()
        .text();
    assert!(
        text.contains("198.51.100.7:900") && !text.contains("198.51.100.6"),
        "{text}"
    );
    let text = listed(&mut fake, "sessions --client 198.51.100.6:901")
        .unwrap()
        .text();
    assert!(text.ends_with("\n1 session of 1 client\n"), "{text}");
    fake.sessions.clear();
    let none = listed(&mut fake, "sessions").unwrap();
    assert_eq!(none.text(), "0 sessions of 0 clients\n");
    assert_eq!(serde_json::to_string(&none).unwrap(), "[]");
    assert!(matches!(
        listed(&mut fake, "sessions web"),
        Err(Failure::Refused(_))
    ));
}

#[test]
fn buckets_are_known_by_their_seed() {
    let mut fake = fake();
    let (cluster, _) = fake.state.clusters.get_mut("store").unwrap();
    cluster.hash = ssi_netlink::spec::Hash::Siphash;
    let Err(Failure::Refused(sentence)) = listed(&mut fake, "sessions") else {
        panic!("it was listed");
    };
    assert!(sentence.contains("to root only"), "{sentence}");
}

#[test]
fn kicked_are_those_of_the_client_and_no_others() {
    let mut fake = fake();
    let dry = kick(&mut fake, "kick 198.51.100.6 --dry-run").unwrap();
    assert!(
        dry.text().ends_with(
            "2 sessions of 1 client would end; nothing was done\n2 in buckets of this node: their clients come back here\n"
        ),
        "{}",
        dry.text()
    );
    assert_eq!(fake.sessions.len(), 5);
    let done = kick(&mut fake, "kick 198.51.100.6 store").unwrap();
    assert!(
        done.text()
            .contains("\n2 of 2 sessions of 1 client ended, by a reset\n")
    );
    assert_eq!(fake.steps, ["end 198.51.100.6:900", "end 198.51.100.6:901"]);
    assert_eq!(fake.sessions.len(), 3);
    shows(&done, "kick CLIENT");
    let none = kick(&mut fake, "kick 198.51.100.6").unwrap();
    assert_eq!(none.text(), "198.51.100.6 has no such session here\n");
}

#[test]
fn kicked_are_those_that_are_left() {
    let mut fake = fake();
    let done = kick(&mut fake, "kick all --draining").unwrap();
    assert!(
        done.text()
            .ends_with("\n1 of 1 session of 1 client ended, by a reset\n")
    );
    assert_eq!(fake.steps, ["end 198.51.100.7:900"]);
    assert!(matches!(
        kick(&mut fake, "kick all"),
        Err(Failure::Usage(_))
    ));
}

#[test]
fn a_kernel_that_cannot_says_so_before_anything_is_tried() {
    let mut fake = fake();
    fake.cannot_end = true;
    for line in ["kick 198.51.100.6", "kick 198.51.100.6 --dry-run"] {
        let Err(Failure::Refused(sentence)) = kick(&mut fake, line) else {
            panic!("{line}");
        };
        assert!(sentence.contains("CONFIG_INET_DIAG_DESTROY"), "{sentence}");
    }
    assert!(fake.steps.is_empty());
}

#[test]
fn a_refusal_says_what_was_ended_before() {
    let mut fake = fake();
    fake.fails = Some(1);
    let Err(Failure::Refused(sentence)) = kick(&mut fake, "kick 198.51.100.6") else {
        panic!("it went on");
    };
    assert!(sentence.starts_with("198.51.100.6:901: "), "{sentence}");
    assert!(
        sentence.ends_with("; 1 session ended before it"),
        "{sentence}"
    );
}

#[test]
fn the_clients_with_the_most_are_named() {
    let mut fake = fake();
    let which = Which {
        name: Some("store"),
        draining: false,
        client: Client::ANY,
    };
    let all = found(&mut fake, &which).unwrap();
    let clients = by_client(&all);
    assert_eq!(named(&clients), "198.51.100.6 (2), 198.51.100.7 (1)");
    let many: Vec<_> = (0..9).map(|n| ([192, 0, 2, n].into(), 1)).collect();
    assert!(named(&many).ends_with("192.0.2.4 (1) and 4 more"));
}
