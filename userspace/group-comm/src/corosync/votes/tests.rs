// SPDX-License-Identifier: GPL-2.0-only

//! Tests of what counts as a quorum.

use super::*;

fn votes(nodes: u32, quorum: u32) -> Votes {
    let voter = |node| Voter { node, votes: 1 };
    Votes {
        flags: Flags {
            quorate: true,
            ..Flags::default()
        },
        quorum,
        device_votes: 0,
        has_device: false,
        listed: (1..=nodes).map(voter).collect(),
        members: (1..=nodes).map(voter).collect(),
    }
}

fn refused(change: impl FnOnce(&mut Votes)) -> String {
    let mut votes = votes(3, 2);
    change(&mut votes);
    votes.quorum(true).unwrap_err()
}

#[test]
fn a_majority_counts() {
    for (nodes, quorum) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (5, 4), (16, 9)] {
        assert_eq!(
            votes(nodes, quorum)
                .quorum(true)
                .ok()
                .map(|quorum| quorum.votes),
            usize::try_from(quorum).ok()
        );
    }
}

#[test]
fn less_than_a_majority_does_not() {
    for (nodes, quorum) in [(2, 1), (3, 1), (4, 2), (5, 2), (16, 8)] {
        let why = votes(nodes, quorum).quorum(true).unwrap_err();
        assert!(why.contains(&format!("{quorum} of {nodes} votes")), "{why}");
    }
}

#[test]
fn what_is_no_nodes_vote_is_refused_with_what_to_do() {
    assert!(refused(|votes| votes.flags.two_node = true).contains("third member with weight = 0"));
    for why in [
        refused(|votes| votes.flags.device = true),
        refused(|votes| votes.device_votes = 1),
        refused(|votes| votes.has_device = true),
    ] {
        assert!(
            why.contains("quorum device") && why.contains("third member with weight = 0"),
            "{why}"
        );
    }
    assert!(refused(|votes| votes.flags.last_man_standing = true).contains("last_man_standing"));
    assert!(refused(|votes| votes.flags.auto_tie_breaker = true).contains("auto_tie_breaker"));
    assert!(refused(|votes| votes.flags.allow_downscale = true).contains("allow_downscale"));
}

/// Three nodes with these votes, of which so many are a quorum.
fn weighted(all: [u32; 3], quorum: u32) -> Votes {
    let mut votes = votes(3, quorum);
    for (at, count) in all.into_iter().enumerate() {
        (votes.members[at].votes, votes.listed[at].votes) = (count, count);
    }
    votes
}

#[test]
fn votes_other_than_one_count() {
    let quorum = weighted([1, 3, 0], 3).quorum(true).unwrap();
    assert_eq!(quorum.votes, 3);
    assert_eq!(quorum.other_than_one(), BTreeMap::from([(2, 3), (3, 0)]));
    let why = weighted([1, 3, 0], 2).quorum(true).unwrap_err();
    assert!(why.contains("2 of 4 votes"), "{why}");
}

#[test]
fn votes_that_nodes_know_differently_are_refused() {
    let why = refused(|votes| votes.members[1].votes = 2);
    assert!(
        why.contains("node 2 has quorum_votes: 2 in corosync's ring and 1 in"),
        "{why}"
    );
}

#[test]
fn votes_other_than_one_do_not_change_while_the_program_runs() {
    let mut in_use = InUse::default();
    let of = |votes: Votes| votes.quorum(true).unwrap();
    let mut take = |votes: Votes| in_use.take(of(votes));
    // A vote each: nodes may come and go.
    take(votes(3, 2)).unwrap();
    take(votes(4, 3)).unwrap();
    take(votes(3, 2)).unwrap();
    let why = take(weighted([2, 1, 1], 3)).unwrap_err();
    assert!(why.contains("stop ssid on all nodes"), "{why}");
    take(votes(3, 2)).unwrap();
    let mut in_use = InUse::default();
    in_use.take(of(weighted([2, 1, 1], 3))).unwrap();
    in_use.take(of(weighted([2, 1, 1], 4))).unwrap();
    in_use.take(of(votes(3, 2))).unwrap_err();
    in_use.take(of(weighted([2, 1, 2], 3))).unwrap_err();
}

#[test]
fn nodes_that_are_not_listed_are_refused() {
    assert!(refused(|votes| votes.listed.clear()).contains("no nodelist"));
    assert!(refused(|votes| votes.listed.truncate(2)).contains("node 3 is in"));
}

#[test]
fn flags_that_deny_the_quorum_are_not_believed() {
    let mut votes = votes(3, 2);
    votes.flags.quorate = false;
    assert!(votes.quorum(true).is_err());
    assert_eq!(votes.quorum(false).unwrap().votes, 2);
}

#[test]
fn any_device_flag_is_a_device() {
    for bit in [64, 128, 256, 512] {
        assert!(Flags::from(bit | 2).device);
    }
    let plain = Flags::from(2 | 4);
    assert!(plain.quorate && !plain.device && !plain.two_node);
}
