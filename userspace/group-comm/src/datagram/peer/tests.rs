// SPDX-License-Identifier: GPL-2.0-only

//! Tests of peers together, over networks that lose, repeat, delay and reorder.

#![allow(clippy::as_conversions)]

mod world;

use proptest::prelude::*;

use super::Input;
use world::{Fault, World};

const BEAT: u64 = 60;
const PATIENCE: u64 = 200;

#[test]
fn all_that_start_together_are_one_group() {
    for nodes in [1, 2, 3, 5, 8] {
        let mut world = World::new(nodes, 1);
        world.run_to(1000);
        world.check();
        assert!(world.is_whole(), "{nodes} nodes");
        assert!(
            world.formed.iter().all(|at| *at <= 400),
            "{:?}",
            world.formed
        );
    }
}

#[test]
fn nothing_happens_while_nothing_does() {
    let mut world = World::new(5, 2);
    world.run_to(1000);
    let (rings, sent) = (world.rings.len(), world.datagrams);
    world.run_to(61_000);
    world.check();
    assert_eq!(world.rings.len(), rings);
    // A message of each node each 50 ms, its acks, heartbeats.
    let per_second = (world.datagrams - sent) / 60 / 5;
    assert!(per_second < 120, "{per_second} datagrams a node and second");
}

#[test]
fn survivors_have_a_group_soon() {
    let mut worst = 0;
    for seed in 0..60 {
        for loss in [0, 100] {
            let mut world = World::new(3 + (seed % 3) as usize, seed);
            world.set(Fault::Loss(loss));
            world.run_to(1500 + seed * 7);
            let died = world.now;
            world.set(Fault::Die((seed % 3) as usize));
            world.run_to(died + 2000);
            world.check();
            assert!(world.is_whole());
            let took = world.formed.iter().max().unwrap() - died;
            worst = worst.max(took);
            // Two heartbeats in a row and all else of a beat may be lost on both networks.
            assert!(
                took <= PATIENCE + 2 * BEAT,
                "{took} ms, seed {seed}, loss {loss}"
            );
        }
    }
    println!("survivors have a group after {worst} ms at most");
}

#[test]
fn one_network_is_enough() {
    for network in [0, 1] {
        let mut world = World::new(3, 5);
        world.run_to(1000);
        let rings = world.rings.len();
        world.set(Fault::Network(network));
        world.run_to(5000);
        world.check();
        assert_eq!(world.rings.len(), rings, "nobody notices");
        let mut world = World::new(3, 5);
        world.set(Fault::Network(network));
        world.run_to(1000);
        world.check();
        assert!(world.is_whole());
    }
}

#[test]
fn one_direction_dead_parts_two_of_three_from_one() {
    let mut world = World::new(3, 6);
    world.run_to(1000);
    world.set(Fault::Link(2, 0));
    world.run_to(3000);
    world.check();
    assert_eq!(world.members(0), [1, 2]);
    assert_eq!(world.members(1), [1, 2]);
    assert_eq!(
        world.members(2),
        [3],
        "with node 2 it would be as good, but there is a better one"
    );
    world.heal();
    world.run_to(5000);
    world.check();
    assert!(world.is_whole());
}

#[test]
fn who_gets_a_quorum_waits_for_who_is_late() {
    for late in 0..3 {
        let mut world = World::new(3, 16);
        world.run_to(1000);
        (0..3).for_each(|node| world.set(Fault::Cut(node)));
        world.run_to(3000);
        assert!((0..3).all(|node| world.members(node).len() == 1));
        let rings = world.rings.len();
        let others = (0..3).filter(|node| *node != late);
        others.for_each(|node| world.set(Fault::Mend(node)));
        world.run_to(3000 + PATIENCE / 2);
        world.set(Fault::Mend(late));
        world.run_to(3000 + 2 * PATIENCE);
        world.check();
        assert!(world.is_whole());
        assert_eq!(world.rings.len(), rings + 1, "two took over what it has");
        // Who does not come is not waited for.
        world.set(Fault::Cut(late));
        world.set(Fault::Cut((late + 1) % 3));
        world.run_to(6000);
        world.set(Fault::Mend((late + 1) % 3));
        world.run_to(6000 + 2 * PATIENCE);
        world.check();
        assert_eq!(world.members((late + 1) % 3).len(), 2);
    }
}

/// How long some node was in no group with a quorum while all reconfigured from so many nodes to so many.
fn reconfigured(from: usize, to: usize, seed: u64, loss: u32) -> u64 {
    let mut world = World::with_room(from.max(to), from, seed);
    world.set(Fault::Loss(loss));
    world.run_to(1500);
    world.voters = to;
    if to > from {
        world.set(Fault::Start(from));
    } else {
        world.set(Fault::Leave(to));
    }
    world.run_to(3000);
    let rings: Vec<u64> = (0..from.min(to)).map(|node| world.ring(node)).collect();
    // All but one are told, one after the other: nothing changes.
    let told = from.min(to);
    for node in 1..told {
        world.elect(node, to);
        world.run_to(world.now + 300);
    }
    let still: Vec<u64> = (0..told).map(|node| world.ring(node)).collect();
    assert!(told == 1 || loss > 0 || rings == still, "one was not told");
    world.elect(0, to);
    let (begun, mut without) = (world.now, 0);
    while world.now < begun + 1500 {
        world.run_to(world.now + 1);
        let quorum = to.min(from) / 2 + 1;
        let is_without = (0..told).any(|node| world.members(node).len() < quorum);
        if is_without {
            without += 1;
        }
    }
    world.check();
    assert!(world.is_whole(), "{from} to {to}, seed {seed}");
    assert!((0..to).all(|node| world.voters(node) == to));
    assert_eq!(world.cuts, 0);
    without
}

#[test]
fn nodes_come_and_go_one_at_a_time() {
    for seed in 0..5 {
        for (from, to) in [(3, 4), (4, 3), (2, 3), (3, 2), (1, 2), (4, 5)] {
            let without = reconfigured(from, to, seed, 0);
            assert!(without <= 4 * BEAT, "{without} ms, {from} to {to}");
        }
        reconfigured(3, 4, seed, 100);
    }
}

#[test]
fn who_is_cut_off_is_so_in_the_next_electorate() {
    let mut world = World::with_room(3, 3, 21);
    world.run_to(1000);
    world.set(Fault::Wire(2));
    world.run_to(2000);
    assert!(world.cut_off(2).is_some());
    (0..3).for_each(|node| world.elect(node, 4));
    world.run_to(4000);
    assert!((0..3).all(|node| world.voters(node) == 4));
    assert!((0..3).all(|node| world.cut_off(node).is_some() == (node == 2)));
    world.heal();
    world.run_to(5000);
    assert_eq!(world.cut_off(2), None);
}

#[test]
fn none_reconfigures_where_there_is_no_quorum_afterwards() {
    let mut world = World::with_room(4, 3, 17);
    world.run_to(1000);
    world.set(Fault::Cut(2));
    world.run_to(2000);
    (0..3).for_each(|node| world.elect(node, 4));
    world.run_to(4000);
    assert_eq!(world.members(0), [1, 2]);
    assert!((0..3).all(|node| world.voters(node) == 3));
    world.set(Fault::Mend(2));
    world.run_to(6000);
    world.check();
    assert!((0..3).all(|node| world.members(node) == [1, 2, 3] && world.voters(node) == 4));
}

#[test]
fn who_did_not_hear_that_all_are_ready_follows() {
    let mut world = World::with_room(3, 3, 18);
    world.run_to(1000);
    world.set(Fault::Link(0, 2));
    world.set(Fault::Link(1, 2));
    (0..3).for_each(|node| world.elect(node, 4));
    world.run_to(1000 + PATIENCE / 2);
    let voters: Vec<usize> = (0..3).map(|node| world.voters(node)).collect();
    assert_eq!(voters, [4, 4, 3]);
    world.heal();
    world.run_to(4000);
    world.check();
    assert!(world.is_whole() && world.voters(2) == 4);
}

#[test]
fn who_is_cut_off_on_the_clients_interface_finds_that_out() {
    let mut worst = 0;
    for seed in 0..40 {
        for fault in [Fault::Wire, Fault::Mute, Fault::Deaf] {
            let nodes = 3 + (seed % 3) as usize;
            let node = seed as usize % nodes;
            let mut world = World::new(nodes, seed);
            world.set(Fault::Loss((seed % 4) as u32 * 30));
            world.run_to(1500 + seed * 7);
            let (rings, dead) = (world.rings.len(), world.now);
            assert_eq!(world.cuts, 0);
            world.set(fault(node));
            world.run_to(dead + 1000);
            let took = world.cut_off(node).expect("it finds out") - dead;
            worst = worst.max(took);
            // Two heartbeats in a row may be lost on one network, and what tells it of that on both.
            assert!(took <= 2 * PATIENCE + 2 * BEAT, "{took} ms, seed {seed}");
            assert_eq!(world.cuts, 1, "and nobody else does");
            world.heal();
            world.run_to(dead + 2000);
            assert_eq!((world.cut_off(node), world.cuts), (None, 1));
            assert_eq!(world.rings.len(), rings, "they are one group all the time");
            world.check();
        }
    }
    println!("a node cut off on one network finds out after {worst} ms at most");
}

#[test]
fn nobody_is_cut_off_where_no_two_are_connected() {
    for nodes in [1, 2, 3, 5] {
        let mut world = World::new(nodes, 17);
        world.run_to(1000);
        // All but one, or the other of two.
        (1..nodes.max(2)).for_each(|node| world.set(Fault::Wire(node)));
        world.run_to(3000);
        world.set(Fault::Network(1));
        world.run_to(5000);
        assert_eq!(world.cuts, 0, "{nodes} nodes");
        world.heal();
        world.run_to(7000);
        assert_eq!(world.cuts, 0, "{nodes} nodes");
    }
}

#[test]
fn a_switch_that_passes_no_multicast_to_one_node_cuts_nobody_off() {
    let mut world = World::new(3, 20);
    world.run_to(1000);
    world.set(Fault::Deaf(1));
    for _ in 0..50 {
        world.run_to(world.now + BEAT);
        world.handle(1, Input::Frames);
    }
    assert_eq!(world.cuts, 0);
    world.run_to(world.now + 1000);
    assert!(world.cut_off(1).is_some(), "nothing at all comes");
}

#[test]
fn a_node_that_is_away_or_stands_still_is_not_cut_off() {
    let mut world = World::new(3, 18);
    world.run_to(1000);
    for (ms, fault) in [
        (2000, Fault::Pause(0, 150)),
        (4000, Fault::Pause(1, 900)),
        (6000, Fault::Cut(2)),
        (8000, Fault::Mend(2)),
        (9000, Fault::Die(1)),
        (11_000, Fault::Start(1)),
    ] {
        world.set(fault);
        world.run_to(ms);
    }
    world.silence(2, true);
    world.run_to(13_000);
    world.silence(2, false);
    world.run_to(16_000);
    world.check();
    assert!(world.is_whole());
    assert_eq!(world.cuts, 0);
}

#[test]
fn what_is_said_again_does_not_hide_a_dead_link() {
    let mut world = World::new(3, 19);
    world.run_to(1000);
    let recorded = world.record();
    world.run_to(3000);
    world.set(Fault::Wire(2));
    for at in 0..1500 {
        world.run_to(world.now + 1);
        let bytes = recorded[at % recorded.len()].clone();
        world.handle(at % 3, Input::OnInterface(bytes));
    }
    assert!(world.cut_off(2).is_some() && world.cuts == 1);
}

#[test]
fn a_program_that_starts_anew_soon_is_another() {
    let mut world = World::new(3, 7);
    world.run_to(1000);
    world.set(Fault::Die(0));
    world.set(Fault::Start(0));
    world.run_to(1100);
    assert_eq!(world.members(1), [2, 3], "its old run is known to be over");
    world.run_to(2000);
    world.check();
    assert!(world.is_whole());
}

#[test]
fn one_of_two_goes_on_alone_once_the_other_is_confirmed_dead() {
    let mut world = World::new(2, 30);
    world.run_to(1000);
    let why = world.confirm(0, 1).unwrap_err();
    assert!(why.contains("not dead"), "{why}");
    world.set(Fault::Die(1));
    world.run_to(1000 + PATIENCE / 2);
    world.confirm(0, 1).unwrap_err();
    world.run_to(2000);
    assert!(!world.is_quorate(0), "half of two is none");
    assert!(world.confirm(0, 0).is_err() && world.confirm(0, 5).is_err());
    world.confirm(0, 1).unwrap();
    world.run_to(2000 + BEAT);
    assert!(world.is_quorate(0));
    assert_eq!(world.members(0), [1]);
    // It comes back, is a member, and is not dead any more.
    world.set(Fault::Start(1));
    while world.members(0) == [1] {
        world.run_to(world.now + 1);
        assert!(world.is_quorate(0) && world.now < 4000);
    }
    world.run_to(world.now + 1000);
    assert!(world.is_whole() && world.is_quorate(1));
    world.set(Fault::Cut(1));
    world.run_to(world.now + 1000);
    assert!(!world.is_quorate(0) && !world.is_quorate(1));
    world.check();
}

#[test]
fn who_is_heard_is_not_dead_whatever_was_confirmed() {
    let mut world = World::new(2, 31);
    world.run_to(1000);
    world.set(Fault::Cut(1));
    world.run_to(2000);
    world.confirm(0, 1).unwrap();
    world.run_to(2100);
    assert!(world.is_quorate(0) && !world.is_quorate(1));
    // One direction only: it does not know that it is reached.
    world.set(Fault::Link(0, 1));
    world.set(Fault::Mend(1));
    world.run_to(2200);
    assert!(!world.is_quorate(0));
    world.confirm(0, 1).unwrap_err();
    world.heal();
    world.run_to(4000);
    world.check();
    assert!(world.is_whole() && world.is_quorate(0));
}

#[test]
fn the_part_with_more_votes_goes_on_whatever_its_size() {
    let mut world = World::with_votes(3, 3, &[1, 1, 3], 40);
    world.run_to(1000);
    assert!(world.is_whole() && world.is_quorate(0));
    world.set(Fault::Cut(2));
    world.run_to(2000);
    assert_eq!((world.members(0), world.members(2)), (vec![1, 2], vec![3]));
    assert!(!world.is_quorate(0) && !world.is_quorate(1) && world.is_quorate(2));
    world.heal();
    world.run_to(5000);
    world.check();
    assert!(world.is_whole() && (0..3).all(|node| world.is_quorate(node)));
}

/// Of two pairs who can hear each other, those with more votes.
#[test]
fn where_not_all_hear_each_other_those_with_more_votes_are_a_group() {
    for (votes, group) in [
        ([1, 1, 1], [1, 2]),
        ([1, 1, 2], [2, 3]),
        ([1, 1, 0], [1, 2]),
    ] {
        let mut world = World::with_votes(3, 3, &votes, 41);
        world.set(Fault::Link(0, 2));
        world.set(Fault::Link(2, 0));
        world.run_to(3000);
        assert_eq!(world.members(1), group, "{votes:?}");
        world.heal();
        world.run_to(6000);
        world.check();
        assert!(world.is_whole());
    }
}

#[test]
fn votes_change_while_all_go_on() {
    let mut world = World::with_votes(3, 3, &[1, 1, 1], 42);
    world.run_to(1000);
    for votes in [[2, 1, 1], [3, 1, 1], [3, 1, 0]] {
        let ring = world.ring(0);
        (1..3).for_each(|node| world.elect_with_votes(node, 3, &votes));
        world.run_to(world.now + 500);
        assert_eq!(world.ring(0), ring, "one was not told");
        world.elect_with_votes(0, 3, &votes);
        let begun = world.now;
        let mut without = 0;
        while world.now < begun + 1000 {
            world.run_to(world.now + 1);
            without += usize::from(!world.is_quorate(0) || world.members(0).len() < 3);
        }
        assert!(without <= 4 * BEAT as usize, "{without} ms, {votes:?}");
        world.check();
        assert!(world.is_whole());
        world.votes = votes.to_vec();
    }
    world.set(Fault::Cut(0));
    world.run_to(world.now + 1000);
    assert!(world.is_quorate(0) && !world.is_quorate(1) && !world.is_quorate(2));
}

#[test]
fn nodes_with_other_votes_are_in_no_group_and_know_it() {
    let mut world = World::with_votes(3, 3, &[1, 1, 1], 43);
    world.run_to(1000);
    world.set(Fault::Die(2));
    world.votes = vec![1, 1, 2];
    world.set(Fault::Start(2));
    world.run_to(3000);
    assert_eq!((world.members(0), world.members(2)), (vec![1, 2], vec![3]));
    assert!(world.is_quorate(0) && !world.is_quorate(2));
    assert_eq!(world.elsewhere(2, 500), [1, 2]);
    assert_eq!(world.elsewhere(0, 500), [3]);
    (0..2).for_each(|node| world.elect(node, 3));
    world.run_to(5000);
    world.check();
    assert!(world.is_whole());
    assert!((0..3).all(|node| world.elsewhere(node, 500).is_empty()));
}

/// Who is a quorum alone acts as soon as it is there, whatever was confirmed to the other.
#[test]
fn where_one_of_two_has_a_majority_no_confirmation_counts() {
    for votes in [[2, 1], [1, 2], [1, 0]] {
        let mut world = World::with_votes(2, 2, &votes, 44);
        world.run_to(1000);
        world.set(Fault::Die(1));
        world.run_to(2000);
        let why = world.confirm(0, 1).unwrap_err();
        assert!(why.contains("as many votes"), "{why}");
        assert_eq!(world.is_quorate(0), votes[0] > votes[1]);
    }
    let mut world = World::with_votes(2, 2, &[3, 3], 45);
    world.run_to(1000);
    world.set(Fault::Die(1));
    world.run_to(2000);
    assert!(!world.is_quorate(0));
    world.confirm(0, 1).unwrap();
    world.run_to(2100);
    assert!(world.is_quorate(0));
    world.check();
}

#[test]
fn who_never_reached_the_other_goes_on_by_a_confirmation_and_one_that_starts_later_does_not() {
    let mut world = World::new(2, 32);
    world.set(Fault::Die(1));
    world.run_to(1000);
    world.confirm(0, 1).unwrap();
    world.run_to(1100);
    assert!(world.is_quorate(0));
    // What was confirmed to a program ends with it.
    world.set(Fault::Die(0));
    world.set(Fault::Start(0));
    world.run_to(3000);
    assert!(!world.is_quorate(0));
    let mut three = World::new(3, 33);
    three.set(Fault::Die(1));
    three.set(Fault::Die(2));
    three.run_to(1000);
    let why = three.confirm(0, 1).unwrap_err();
    assert!(why.contains("there are 3"), "{why}");
}

#[test]
fn a_node_that_is_dead_is_taken_from_the_electorate() {
    let mut world = World::with_room(2, 2, 34);
    world.run_to(1000);
    world.set(Fault::Die(1));
    world.run_to(2000);
    world.elect(0, 1);
    world.run_to(3000);
    assert_eq!(world.voters(0), 2, "there is no quorum for it");
    world.confirm(0, 1).unwrap();
    world.run_to(4000);
    assert_eq!((world.voters(0), world.is_quorate(0)), (1, true));
    world.check();
}

#[test]
fn who_leaves_is_not_waited_for() {
    let mut world = World::new(3, 8);
    world.run_to(1000);
    world.set(Fault::Leave(1));
    world.run_to(1050);
    world.check();
    assert_eq!(world.members(0), [1, 3]);
}

#[test]
fn who_is_silent_is_left_out_and_comes_back() {
    let mut world = World::new(3, 12);
    world.run_to(1000);
    world.silence(1, true);
    world.run_to(1050);
    assert_eq!(world.members(0), [1, 3]);
    world.run_to(3000);
    world.check();
    assert_eq!((world.members(0), world.members(1)), (vec![1, 3], vec![2]));
    world.silence(1, false);
    world.run_to(4000);
    world.check();
    assert!(world.is_whole());
}

#[test]
fn a_large_message_arrives_whole() {
    let mut world = World::new(3, 9);
    world.set(Fault::Loss(50));
    world.run_to(1000);
    let bytes: Vec<u8> = (0..300_000u32).map(|n| n as u8).collect();
    world.send(0, bytes.clone());
    world.run_to(4000);
    world.check();
    for node in [1, 2] {
        assert!(world.received(node).any(|message| *message == bytes));
    }
}

#[test]
fn what_cannot_be_delivered_makes_another_group() {
    let mut world = World::new(3, 10);
    world.run_to(1000);
    let ring = world.ring(0);
    world.longest = 900;
    world.send(0, vec![7; 5000]);
    world.run_to(2500);
    assert_eq!(world.members(1), [1, 2, 3]);
    assert!(world.ring(1) > ring && world.ring(0) > ring);
    world.longest = usize::MAX;
    world.run_to(4000);
    world.check();
    assert!(world.is_whole());
    let ring = world.ring(0);
    world.lose(2);
    world.run_to(5000);
    assert!(world.ring(0) > ring, "as what one node's program lost does");
    world.check();
    assert!(world.is_whole());
}

#[test]
fn datagrams_of_others_and_old_ones_change_nothing() {
    let mut world = World::new(3, 11);
    world.run_to(1000);
    let recorded = world.record();
    world.set(Fault::Die(2));
    world.run_to(2000);
    let (rings, members) = (world.rings.len(), world.members(0));
    assert_eq!(members, [1, 2]);
    // Whoever has the wire has all of it, and says it again.
    for (at, bytes) in recorded.iter().enumerate() {
        world.inject(at % 2, bytes.clone());
        world.run_to(world.now + 1);
        let mut other = bytes.clone();
        other[at % bytes.len()] ^= 1;
        world.inject(at % 2, other);
    }
    world.check();
    assert_eq!((world.rings.len(), world.members(0)), (rings, members));
}

fn fault(nodes: usize) -> impl Strategy<Value = Fault> {
    prop_oneof![
        (0..nodes).prop_map(Fault::Die),
        (0..nodes).prop_map(Fault::Start),
        (0..nodes).prop_map(Fault::Leave),
        (0..nodes, 0..nodes).prop_map(|(from, to)| Fault::Link(from, to)),
        (0..2usize).prop_map(Fault::Network),
        (0..nodes).prop_map(Fault::Cut),
        (0..nodes).prop_map(Fault::Wire),
        (0..nodes).prop_map(Fault::Mute),
        (0..nodes).prop_map(Fault::Deaf),
        (0..nodes, 50u64..600).prop_map(|(node, ms)| Fault::Pause(node, ms)),
        (0u32..400).prop_map(Fault::Loss),
        (1u64..120).prop_map(Fault::Delay),
        Just(Fault::Heal),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_rings_are_sound_and_all_come_together(
        nodes in 2usize..6,
        votes in prop_oneof![Just(Vec::new()), prop::collection::vec(1u32..4, 5)],
        seed: u64,
        faults in prop::collection::vec((1u64..700, fault(5)), 0..14),
    ) {
        let mut world = World::with_votes(nodes, nodes, &votes, seed);
        for (after, fault) in faults {
            world.run_to(world.now + after);
            world.set(fault);
        }
        world.heal();
        (0..nodes).for_each(|node| world.set(Fault::Start(node)));
        // The longest pause of a node that came and went that often, and the way back.
        world.run_to(world.now + 8000);
        world.check();
        prop_assert!(world.is_whole(), "{:?}", (0..nodes).map(|n| world.members(n)).collect::<Vec<_>>());
        let at = world.now;
        prop_assert!(world.formed.iter().all(|formed| *formed < at - 1000), "and it lasts");
        prop_assert!((0..nodes).all(|node| world.cut_off(node).is_none()));
    }
}
