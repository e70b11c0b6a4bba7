// SPDX-License-Identifier: GPL-2.0-only

//! Peers with votes other than one.

#![allow(clippy::as_conversions)]

use super::BEAT;
use super::world::{Fault, World};

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
