// SPDX-License-Identifier: GPL-2.0-only

//! Peers one of which is confirmed to be dead.

#![allow(clippy::as_conversions)]

use super::world::{Fault, World};
use super::{BEAT, PATIENCE};

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
