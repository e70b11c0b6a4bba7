// SPDX-License-Identifier: GPL-2.0-only

//! Load, measured and exchanged each second, and the shares that follow from it (claims 12, 13).

use crate::world::{Plan, World};

fn load_of(world: &World, n: usize) -> u64 {
    let machine = &world.machines[n];
    machine
        .kernel
        .owned
        .iter()
        .map(|bucket| machine.load[bucket as usize])
        .sum()
}

/// The greatest load of a node, in percent of the mean.
fn unevenness(world: &World) -> u64 {
    let loads: Vec<u64> = (0..world.machines.len())
        .map(|n| load_of(world, n))
        .collect();
    let sum: u64 = loads.iter().sum();
    loads.iter().max().unwrap() * loads.len() as u64 * 100 / sum.max(1)
}

fn set_load(world: &mut World, load: impl Fn(u32) -> u64) {
    for machine in &mut world.machines {
        machine.load = (0..machine.settings.buckets).map(&load).collect();
    }
}

fn run(world: &mut World, time: u64) {
    let end = world.real + time;
    while world.real < end {
        world.step();
        assert!(world.is_safe());
    }
}

/// A hot range of clients: level within 10 s, and then nothing moves for five minutes.
#[test]
fn claim_12_a_hot_range_is_levelled_in_ten_seconds_and_stays() {
    let mut world = World::running(&Plan::new(4, 256), |id| 995 + u64::from(id) * 2);
    set_load(&mut world, |_| 100);
    // What has just moved rests.
    run(&mut world, 90_000);
    assert_eq!(unevenness(&world), 100);
    // All of one node's: their clients send four times as much.
    let hot = world.machines[2].kernel.owned.clone();
    set_load(
        &mut world,
        |bucket| if hot.contains(bucket) { 400 } else { 100 },
    );
    let at_first = unevenness(&world);
    run(&mut world, 10_000);
    let after = unevenness(&world);
    run(&mut world, 5_000);
    let moved = world.moves();
    run(&mut world, 300_000);
    println!(
        "the busiest node has {at_first} % of the mean, after 10 s {after} %, later {} %; then {} buckets moved in 5 min",
        unevenness(&world),
        world.moves() - moved
    );
    assert!(at_first > 200 && after <= 125, "{at_first} {after}");
    assert_eq!(world.moves(), moved, "it goes on moving");
}

/// The same load takes all nodes' processors at once: nobody could help, so nothing moves. In five minutes each node
/// suffers now more, now less than the others.
#[test]
fn claim_13_what_all_bear_moves_nothing() {
    let mut world = World::running(&Plan::new(5, 256), |id| 995 + u64::from(id) * 2);
    set_load(&mut world, |_| 100);
    run(&mut world, 30_000);
    let moved = world.moves();
    for second in 0..300 {
        for (n, machine) in world.machines.iter_mut().enumerate() {
            machine.stall = 75 + (second * 7 + n as u32 * 11) % 25;
        }
        run(&mut world, 1000);
    }
    assert_eq!(world.moves(), moved, "equal nodes give each other buckets");
    // And one that suffers alone is still seen.
    let before = load_of(&world, 1);
    for (n, machine) in world.machines.iter_mut().enumerate() {
        machine.stall = if n == 1 { 90 } else { 0 };
    }
    run(&mut world, 10_000);
    assert!(load_of(&world, 1) * 100 <= before * 60);
}

/// A node whose processors are taken by something else takes less within 10 s, and stays so for five minutes.
#[test]
fn claim_13_a_busy_node_takes_less_in_ten_seconds_and_stays() {
    let mut world = World::running(&Plan::new(4, 256), |id| 995 + u64::from(id) * 2);
    set_load(&mut world, |_| 100);
    // What has just moved rests.
    run(&mut world, 90_000);
    let before = load_of(&world, 1);
    world.machines[1].stall = 90;
    run(&mut world, 10_000);
    let after = load_of(&world, 1);
    run(&mut world, 20_000);
    let moved = world.moves();
    run(&mut world, 300_000);
    println!(
        "packets a second at the busy node: {before}, after 10 s {after}, later {}; then {} buckets moved in 5 min",
        load_of(&world, 1),
        world.moves() - moved
    );
    assert!(after * 100 <= before * 60, "{before} {after}");
    assert_eq!(world.moves(), moved, "it goes on moving");
    world.machines[1].stall = 0;
    run(&mut world, 300_000);
    assert!(load_of(&world, 1) * 100 >= before * 75, "it comes back");
}
