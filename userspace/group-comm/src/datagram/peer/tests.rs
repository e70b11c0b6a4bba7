// SPDX-License-Identifier: GPL-2.0-only

//! Tests of peers together, over networks that lose, repeat, delay and reorder.

#![allow(clippy::as_conversions)]

mod dead;
mod interface;
mod keys;
mod votes;
mod world;

use proptest::prelude::*;

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

/// By those that are a quorum without it. It wants them, whatever they did.
#[test]
fn who_comes_and_goes_is_held_out_for_as_long_as_was_said() {
    let mut world = World::new(3, 21);
    world.run_to(1000);
    let in_group = |world: &mut World| {
        let begun = world.now;
        while !world.is_whole() {
            world.run_to(world.now + 1);
            assert!(world.now < begun + 10_000);
        }
        world.now - begun
    };
    for loss in 1..=6 {
        world.set(Fault::Cut(2));
        world.run_to(world.now + 2 * PATIENCE);
        assert!(world.held_out(0).is_empty(), "it is gone");
        world.set(Fault::Mend(2));
        world.run_to(world.now + PATIENCE / 2);
        // The first loss costs nothing, and each further one twice as much.
        let pause = (loss > 1).then(|| PATIENCE << (loss - 2));
        let said = world.held_out(0);
        assert_eq!(said.get(&3).copied(), pause, "{said:?}");
        assert_eq!(said, world.held_out(1));
        // It hears that itself, by a heartbeat that was sent since.
        let own: Vec<(u32, u64)> = world.held_out(2).into_iter().collect();
        match pause {
            None => assert_eq!(own, []),
            Some(pause) => assert!(
                matches!(own[..], [(3, left)] if left <= pause && left + 2 * BEAT > pause),
                "{own:?}, and {pause} were said"
            ),
        }
        let took = in_group(&mut world) + PATIENCE / 2;
        let pause = pause.unwrap_or(0);
        // From its first heartbeat until the group is formed.
        assert!(
            (pause..=pause + PATIENCE).contains(&took),
            "{took} ms, and {pause} were said"
        );
        assert!((0..3).all(|node| world.held_out(node).is_empty()));
    }
    world.check();
}

/// It knows for as long as it hears it, and no longer than it hears those who hold it out.
#[test]
fn who_is_held_out_forgets_it_with_those_who_said_so() {
    let mut world = World::new(3, 22);
    world.run_to(1000);
    for _ in 0..7 {
        world.set(Fault::Cut(2));
        world.run_to(world.now + 2 * PATIENCE);
        world.set(Fault::Mend(2));
        world.run_to(world.now + PATIENCE / 2);
        if world
            .held_out(2)
            .get(&3)
            .is_some_and(|left| *left > 5 * PATIENCE)
        {
            break;
        }
        while !world.is_whole() {
            world.run_to(world.now + 1);
        }
    }
    let announced = world.held_out(2);
    world.run_to(world.now + 2 * PATIENCE);
    assert_eq!(world.held_out(2), announced, "it is announced once");
    world.set(Fault::Cut(2));
    world.run_to(world.now + 2 * PATIENCE);
    assert!(world.held_out(2).is_empty(), "it hears nobody");
    world.check();
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
