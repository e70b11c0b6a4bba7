// SPDX-License-Identifier: GPL-2.0-only

//! Tests of changes: what moves, and what does not.

use super::*;
use crate::change::node::Join;
use crate::file::{Node, State};
use crate::sample::{WEB, is_whole, parse};
use crate::value::Buckets;

fn file() -> ClusterFile {
    let text = WEB.replace("buckets = 8", "buckets = 12") + "\n[[node]]\nname = \"n3\"\nrank = 7\n";
    parse(&text).unwrap()
}

fn next(whats: &[What]) -> Next {
    Next::of(&file(), whats).unwrap()
}

#[track_caller]
fn refused(whats: &[What], sentence: &str) {
    let next = Next::of(&file(), whats);
    let failure = next.and_then(|next| next.check_master()).unwrap_err();
    assert_eq!(failure, Failure::Refused(sentence.into()));
}

fn join(node: &str) -> What {
    What::Join(Join {
        node: node.into(),
        ..Join::default()
    })
}

fn leave(node: &str) -> What {
    What::Leave {
        node: node.into(),
        master: None,
    }
}

#[test]
fn claim_14_a_static_join_takes_its_share_only() {
    let next = next(&[join("n4")]);
    is_whole(&file(), &next);
    let n4 = &next.nodes[3];
    // 100 of 500, of 12 buckets; rank 1 is the lowest that nobody has.
    assert_eq!((n4.rank, next.generation), (2, 2));
    assert!((2..=3).contains(&next.moved()));
    assert_eq!(n4.gains, n4.owns);
    assert_eq!(n4.interface, "eth0");
}

#[test]
fn a_leave_moves_the_leavers_only() {
    let file = file();
    let next = next(&[leave("n3")]);
    is_whole(&file, &next);
    assert_eq!(next.moved(), file.nodes[2].owns.len());
    assert!(
        next.moves
            .iter()
            .all(|one| one.from == "n3" && !one.is_cold)
    );
    assert_eq!(next.nodes[2].state, State::Leaving);
}

#[test]
fn who_left_goes_from_the_file_by_another_leave() {
    let next = next(&[leave("n3"), leave("n3")]);
    assert_eq!((next.nodes.len(), next.gone.len()), (2, 1));
}

#[test]
fn the_dead_are_not_waited_for() {
    let mut file = file();
    let owns = file.nodes[2].owns.clone();
    let first = owns.iter().next().unwrap();
    file.nodes[2].gains.insert(first);
    let dead = What::Dead {
        node: "n3".into(),
        master: None,
    };
    let next = Next::of(&file, &[dead]).unwrap();
    is_whole(&file, &next);
    let all = |set: fn(&Node) -> &Buckets| {
        let none = Buckets::none(file.buckets);
        next.nodes.iter().fold(none, |sum, node| sum.or(set(node)))
    };
    // But the one that had perhaps not come yet is.
    assert_eq!(all(|node| &node.gains).iter().collect::<Vec<_>>(), [first]);
    assert_eq!(all(|node| &node.cold), owns.minus(&all(|node| &node.gains)));
    assert!(next.moves.iter().all(|one| one.is_cold));
}

#[test]
fn a_drain_and_back() {
    let next = next(&[What::Drain("n2".into())]);
    is_whole(&file(), &next);
    assert!(next.nodes[1].owns.is_empty());
    assert_eq!(next.nodes[1].state, State::Draining);
    let back = Next::of(&file(), &[What::Drain("n2".into()), join("n2")]).unwrap();
    assert_eq!(back.moved(), 0);
}

#[test]
fn a_weight_is_a_share() {
    let next = next(&[What::Weight("n3".into(), 300)]);
    is_whole(&file(), &next);
    assert_eq!(next.nodes[2].owns.len(), 6);
}

#[test]
fn what_makes_no_sense() {
    refused(
        &[leave("n9")],
        "n9: no such node in the file; there are n1, n2, n3",
    );
    refused(&[join("n2")], "n2 is serving already");
    refused(
        &[What::Drain("n2".into()), What::Drain("n2".into())],
        "n2 is draining already",
    );
    refused(
        &[What::Weight("n2".into(), 200)],
        "n2 is of weight 200 already",
    );
    refused(
        &[leave("n1")],
        "n1 is the master, which answers ARP: give another by --master NODE",
    );
    refused(
        &[
            What::Drain("n1".into()),
            What::Drain("n2".into()),
            What::Drain("n3".into()),
        ],
        "web.toml: no node would be left that serves; join another first",
    );
    let taken = What::Join(Join {
        node: "n4".into(),
        rank: Some(7),
        ..Join::default()
    });
    refused(&[taken], "--rank 7: n3 has it");
    let beyond = What::Join(Join {
        node: "n4".into(),
        rank: Some(65_536),
        ..Join::default()
    });
    refused(&[beyond], "--rank 65536: ranks run from 0 to 65535");
    let with_vlan = What::Join(Join {
        node: "n4".into(),
        forward_interface: Some(crate::file::ForwardInterface::Vlan(7)),
        ..Join::default()
    });
    refused(
        &[with_vlan],
        "n4: --vlan and --forward-interface go with mode forward, and the file's is multicast",
    );
    let handed = Next::of(
        &file(),
        &[What::Leave {
            node: "n1".into(),
            master: Some("n2".into()),
        }],
    );
    assert_eq!(handed.unwrap().master, "n2");
}
