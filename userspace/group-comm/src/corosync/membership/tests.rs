// SPDX-License-Identifier: GPL-2.0-only

//! Tests of when the group counts.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn ring(seq: u64) -> Ring {
    Ring { node: 1, seq }
}

fn programs(nodes: &[u32]) -> Vec<Address> {
    nodes
        .iter()
        .map(|&node| Address::new(node, 100 + node))
        .collect()
}

fn group(seq: u64, nodes: &[u32], quorate: bool) -> GroupEvent {
    GroupEvent::Group(Group {
        ring: seq,
        members: nodes.to_vec(),
        quorate,
        quorum: 2,
        votes: BTreeMap::new(),
        dead: Vec::new(),
    })
}

/// Two of three nodes.
fn majority() -> Result<Quorum, String> {
    Ok(Quorum {
        votes: 2,
        of: (1..=3).map(|node| (node, 1)).collect(),
    })
}

fn nothing() -> GroupEvent {
    GroupEvent::Nothing(CHANGING.to_owned())
}

fn message(byte: u8) -> GroupEvent {
    GroupEvent::Message {
        from: 2,
        bytes: vec![byte],
    }
}

/// Node 1 in ring 5 with nodes 1, 2 and 3.
fn membership() -> Membership {
    let mut membership = Membership::new(1, CHANGING);
    let mut events = membership.quorum(ring(5), true).unwrap();
    events.extend(membership.votes(majority()).unwrap());
    events.extend(membership.members(programs(&[3, 1, 2]), false).unwrap());
    events.extend(membership.ring(ring(5)).unwrap());
    assert_eq!(events, [group(5, &[1, 2, 3], true)]);
    membership
}

#[test]
fn the_first_group_waits_for_all_that_it_is_made_of() {
    let mut membership = Membership::new(1, "");
    assert_eq!(
        membership.members(programs(&[1, 2]), false).unwrap(),
        [nothing()]
    );
    assert_eq!(membership.ring(ring(5)).unwrap(), []);
    assert_eq!(membership.quorum(ring(5), true).unwrap(), []);
    assert_eq!(
        membership.votes(majority()).unwrap(),
        [group(5, &[1, 2], true)]
    );
    assert_eq!(membership.votes(majority()).unwrap(), [], "announced once");
}

#[test]
fn every_change_of_programs_announces_the_group_anew() {
    let mut membership = membership();
    assert_eq!(
        membership.members(programs(&[1, 2]), false).unwrap(),
        [group(5, &[1, 2], true)]
    );
    assert_eq!(
        membership.members(programs(&[1, 2]), false).unwrap(),
        [group(5, &[1, 2], true)]
    );
}

#[test]
fn cpg_first_then_the_quorum() {
    let mut membership = membership();
    assert_eq!(
        membership.members(programs(&[1, 2]), true).unwrap(),
        [nothing()]
    );
    assert_eq!(membership.ring(ring(6)).unwrap(), []);
    assert_eq!(
        membership.message(2, vec![1]),
        None,
        "of the group that is to come"
    );
    assert_eq!(membership.quorum(ring(6), true).unwrap(), []);
    assert_eq!(
        membership.votes(majority()).unwrap(),
        [group(6, &[1, 2], true), message(1)]
    );
    assert_eq!(membership.message(2, vec![2]), Some(message(2)));
}

#[test]
fn the_quorum_first_then_cpg() {
    let mut membership = membership();
    assert_eq!(membership.quorum(ring(6), false).unwrap(), [nothing()]);
    assert_eq!(membership.message(2, vec![1]), None);
    assert_eq!(membership.votes(majority()).unwrap(), []);
    assert_eq!(membership.members(programs(&[1]), true).unwrap(), []);
    assert_eq!(
        membership.ring(ring(6)).unwrap(),
        [group(6, &[1], false)],
        "without what was of the old group"
    );
}

#[test]
fn rings_of_one_number_and_other_nodes_are_two() {
    let mut membership = membership();
    assert_eq!(
        membership.quorum(Ring { node: 2, seq: 5 }, true).unwrap(),
        [nothing()]
    );
    assert_eq!(membership.votes(majority()).unwrap(), []);
}

#[test]
fn a_ring_that_passed_before_the_quorum_spoke_is_skipped() {
    let mut membership = membership();
    membership.quorum(ring(6), true).unwrap();
    membership.votes(majority()).unwrap();
    membership.members(programs(&[1, 2]), true).unwrap();
    assert_eq!(membership.quorum(ring(7), true).unwrap(), []);
    assert_eq!(membership.ring(ring(6)).unwrap(), []);
    membership.members(programs(&[1, 2, 3]), true).unwrap();
    assert_eq!(
        membership.ring(ring(7)).unwrap(),
        [],
        "the votes are not known"
    );
    assert_eq!(
        membership.votes(majority()).unwrap(),
        [group(7, &[1, 2, 3], true)]
    );
}

#[test]
fn quorum_lost_and_won_in_one_ring() {
    let mut membership = membership();
    assert_eq!(membership.quorum(ring(5), false).unwrap(), [nothing()]);
    assert_eq!(
        membership.votes(majority()).unwrap(),
        [group(5, &[1, 2, 3], false)]
    );
}

#[test]
fn votes_that_do_not_count_end_the_group_and_are_announced_once() {
    let mut membership = membership();
    let why = || Err("two_node".to_owned());
    assert_eq!(
        membership.votes(why()).unwrap(),
        [GroupEvent::Nothing("two_node".to_owned())]
    );
    assert_eq!(membership.votes(why()).unwrap(), []);
    assert_eq!(membership.message(2, vec![1]), None);
    assert_eq!(
        membership.votes(majority()).unwrap(),
        [group(5, &[1, 2, 3], true), message(1)]
    );
}

#[test]
fn two_programs_of_one_node_are_no_group() {
    let mut membership = membership();
    let mut members = programs(&[1, 2, 3]);
    members.push(Address::new(2, 999));
    let events = membership.members(members, false).unwrap();
    assert!(
        matches!(&events[..], [GroupEvent::Nothing(why)] if why.contains("node 2")),
        "{events:?}"
    );
    assert_eq!(
        membership.members(programs(&[1, 2, 3]), false).unwrap(),
        [group(5, &[1, 2, 3], true)]
    );
}

#[test]
fn lost_messages_are_followed_by_the_group() {
    let mut membership = membership();
    let events = membership.unsent("too fast").unwrap();
    assert_eq!(
        events,
        [
            GroupEvent::Nothing("too fast".to_owned()),
            group(5, &[1, 2, 3], true)
        ]
    );
}

#[test]
fn what_could_not_be_kept_takes_a_new_join() {
    let mut membership = membership();
    membership.votes(Err("no".to_owned())).unwrap();
    for _ in 0..3 {
        membership.message(2, vec![0; KEPT / 2]);
    }
    assert!(membership.kept.is_empty());
    assert_eq!(membership.votes(majority()), Err(Lost));
    assert_eq!(
        membership.members(programs(&[1, 2]), false).unwrap(),
        [group(5, &[1, 2], true)]
    );
}

/// What Corosync may report, in any order.
#[derive(Clone, Debug)]
enum Input {
    Members(Vec<u32>, bool),
    Ring(u64),
    Quorum(u64, bool),
    Votes(bool),
    Message,
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        (prop::collection::vec(1..4_u32, 0..4), any::<bool>())
            .prop_map(|(nodes, down)| Input::Members(nodes, down)),
        (5..7_u64).prop_map(Input::Ring),
        (5..7_u64, any::<bool>()).prop_map(|(seq, quorate)| Input::Quorum(seq, quorate)),
        any::<bool>().prop_map(Input::Votes),
        Just(Input::Message),
    ]
}

proptest! {
    #[test]
    fn a_group_is_announced_only_while_both_report_one_ring(all in prop::collection::vec(input(), 0..40)) {
        let mut membership = Membership::new(1, "");
        let (mut cpg, mut quorum, mut votes, mut nodes) = (None, None, false, Vec::new());
        let mut in_group = false;
        for input in all {
            let events = match input {
                Input::Members(list, ring_follows) => {
                    cpg = cpg.filter(|_| !ring_follows);
                    nodes = list.clone();
                    nodes.sort_unstable();
                    membership.members(programs(&list), ring_follows)
                }
                Input::Ring(seq) => {
                    cpg = Some(seq);
                    membership.ring(ring(seq))
                }
                Input::Quorum(seq, quorate) => {
                    votes &= quorum == Some((seq, quorate));
                    quorum = Some((seq, quorate));
                    membership.quorum(ring(seq), quorate)
                }
                Input::Votes(count) => {
                    votes = count;
                    membership.votes(if count { majority() } else { Err("no".to_owned()) })
                }
                Input::Message => Ok(membership.message(2, vec![1]).into_iter().collect()),
            };
            for event in events.unwrap() {
                match event {
                    GroupEvent::Group(_) => in_group = true,
                    GroupEvent::Nothing(_) => in_group = false,
                    GroupEvent::Message { .. } => prop_assert!(in_group),
                    GroupEvent::Trouble(_) | GroupEvent::CutOff(_) | GroupEvent::HeldOut(_) => {
                        unreachable!()
                    }
                }
            }
            let twice = nodes.windows(2).any(|pair| pair[0] == pair[1]);
            let counts = cpg.is_some() && cpg == quorum.map(|(seq, _)| seq) && votes && !twice && nodes.contains(&1);
            prop_assert_eq!(in_group, counts);
            prop_assert_eq!(membership.has_group(), counts);
        }
    }
}
