// SPDX-License-Identifier: GPL-2.0-only

//! Peers whose clients' interface carries nothing, or not all.

#![allow(clippy::as_conversions)]

use super::super::Input;
use super::world::{Fault, World};
use super::{BEAT, PATIENCE};

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
