// SPDX-License-Identifier: GPL-2.0-only

//! Links between nodes, by their addresses for messages of ssid: where the file has them, it has them for all, and Corosync is not asked.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::failure::Failure;
use crate::file::daemon::Engine;
use crate::file::read::node;
use crate::file::read::section::Section;
use crate::file::source::At;

/// Links between two nodes, as Corosync has them.
const LINKS: usize = 8;

/// Checks those of all nodes against each other.
pub fn check(section: &Section<'_>, engine: Engine, nodes: &[node::Read]) -> Result<(), Failure> {
    let Some(given) = nodes.iter().find_map(|node| node.addresses.as_ref()) else {
        return votes_by_corosync(section, nodes);
    };
    if engine != Engine::Datagram {
        return Err(section.wrong(&given.span, "addresses: goes with engine = \"datagram\""));
    }
    if let Some(without) = nodes.iter().find(|node| node.node.addresses.is_empty()) {
        return Err(section.wrong(
            &without.name.span,
            format!(
                "node {}: give addresses for all nodes, or for none, and Corosync names them",
                without.name.value
            ),
        ));
    }
    check_votes(section, nodes)?;
    let (mut owners, mut links) = (BTreeMap::new(), BTreeMap::new());
    for node in nodes {
        let all = node.addresses.iter().flat_map(|all| &all.value);
        for (link, address) in all.enumerate() {
            let wrong = |sentence: String| section.wrong(&address.span, sentence);
            let At { value, .. } = address;
            if link >= LINKS {
                return Err(wrong(format!("addresses: there are {LINKS} links at most")));
            }
            if let Some(owner) = owners.insert(*value, &node.name.value) {
                return Err(wrong(format!("address {value}: node {owner} has it")));
            }
            if *links.entry(link).or_insert(value.is_ipv4()) != value.is_ipv4() {
                return Err(wrong(format!(
                    "address {value}: on link {link} other nodes have {}",
                    family(value)
                )));
            }
        }
    }
    Ok(())
}

/// Who names the nodes has their votes.
fn votes_by_corosync(section: &Section<'_>, nodes: &[node::Read]) -> Result<(), Failure> {
    match nodes.iter().find_map(|node| node.votes.as_ref()) {
        Some(given) => Err(section.wrong(
            &given.span,
            "votes: goes with addresses; where Corosync names the nodes give quorum_votes in corosync.conf",
        )),
        None => Ok(()),
    }
}

/// Some node is to have a vote.
fn check_votes(section: &Section<'_>, nodes: &[node::Read]) -> Result<(), Failure> {
    let first = nodes.iter().find_map(|node| node.votes.as_ref());
    let are_none = nodes.iter().all(|node| node.node.votes == 0);
    match first.filter(|_| are_none) {
        Some(given) => Err(section.wrong(
            &given.span,
            "votes: no node has one; give some node one or more",
        )),
        None => Ok(()),
    }
}

/// The other family than an address has.
fn family(address: &IpAddr) -> &'static str {
    match address {
        IpAddr::V4(_) => "an IPv6 address",
        IpAddr::V6(_) => "an IPv4 address",
    }
}

#[cfg(test)]
mod tests {
    use crate::failure::Failure;
    use crate::sample::{STORE, parse};

    /// The file with such keys of `[daemon]`, and such addresses of each node.
    fn file(daemon: &str, addresses: [&str; 3]) -> String {
        let mut text = STORE.replacen("[daemon]", &format!("[daemon]\n{daemon}"), 1);
        for (rank, addresses) in addresses.iter().enumerate() {
            let of = format!("rank = {rank}");
            text = text.replacen(&of, &format!("{of}\n{addresses}"), 1);
        }
        text
    }

    fn sentence(text: &str) -> String {
        match parse(text) {
            Err(Failure::Usage(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_nodes_have_them_or_none() {
        let all = [
            "addresses = [\"10.0.0.1\", \"fd00::1\"]",
            "addresses = [\"10.0.0.2\", \"fd00::2\"]",
            "addresses = [\"10.0.0.3\"]",
        ];
        let read = parse(&file("", all)).unwrap();
        let count = |at: usize| read.nodes[at].addresses.len();
        assert_eq!((count(0), count(1), count(2)), (2, 2, 1));
        assert!(
            sentence(&file("", ["", all[1], all[2]])).contains("node n1: give addresses for all")
        );
        assert!(sentence(&file("engine = \"corosync\"", all)).contains("goes with engine"));
    }

    #[test]
    fn votes_are_where_addresses_are() {
        let all = |votes: [&str; 3]| {
            let mut at = 0;
            votes.map(|votes| {
                at += 1;
                format!("addresses = [\"10.0.0.{at}\"]\n{votes}")
            })
        };
        let with = |votes: [&str; 3]| {
            let [a, b, c] = all(votes);
            file("", [&a, &b, &c])
        };
        let read = parse(&with(["votes = 3", "", "votes = 0"])).unwrap();
        let votes: Vec<u32> = read.nodes.iter().map(|node| node.votes).collect();
        assert_eq!(votes, [3, 1, 0]);
        for (text, why) in [
            (file("", ["votes = 2", "", ""]), "goes with addresses"),
            (
                file("engine = \"corosync\"", ["votes = 1", "", ""]),
                "give quorum_votes in corosync.conf",
            ),
            (
                with(["votes = 0", "votes = 0", "votes = 0"]),
                "no node has one",
            ),
            (with(["votes = 256", "", ""]), "255"),
        ] {
            let sentence = sentence(&text);
            assert!(sentence.contains(why), "{sentence}");
        }
    }

    #[test]
    fn links_join_different_nodes_of_one_family() {
        for (third, why) in [
            ("[\"10.0.0.1\"]", "node n1 has it"),
            (
                "[\"fd00::3\"]",
                "on link 0 other nodes have an IPv4 address",
            ),
            ("[\"n3\"]", "give an address of the node's own"),
            ("[\"0.0.0.0\"]", "give an address of the node's own"),
            ("[]", "node n3: give addresses for all"),
            (
                "[\"10.0.0.3\", \"10.0.1.3\", \"10.0.2.3\", \"10.0.3.3\", \"10.0.4.3\", \"10.0.5.3\", \"10.0.6.3\", \
                 \"10.0.7.3\", \"10.0.8.3\"]",
                "8 links at most",
            ),
        ] {
            let third = format!("addresses = {third}");
            let sentence = sentence(&file(
                "",
                [
                    "addresses = [\"10.0.0.1\"]",
                    "addresses = [\"10.0.0.2\"]",
                    &third,
                ],
            ));
            assert!(sentence.contains(why), "{sentence}");
        }
    }
}
