// SPDX-License-Identifier: GPL-2.0-only

//! Nodes whose cluster files differ.

use fastrand::Rng;
use ssi_protocol::{Time, Timing};
use ssid::agent::{Event, Field, Settings};

use crate::faults::comes_to_rest;
use crate::schedule::Fault;
use crate::world::{Plan, STEP, World};

/// Trouble in a node's `status`.
fn trouble(world: &World, n: usize) -> Vec<String> {
    let machine = &world.machines[n];
    let now = Time(machine.clock(world.real));
    machine.agent().unwrap().status(now).trouble
}

fn reports(world: &World, n: usize, sentence: &str) {
    let all = trouble(world, n);
    assert!(
        all.iter().any(|text| text == sentence),
        "n{}: {all:?}",
        n + 1
    );
}

fn plan(buckets: u32, lease: u64) -> Plan {
    Plan {
        timing: Timing::new(lease, 50, 10, 100).unwrap(),
        ..Plan::new(3, buckets)
    }
}

/// Steps on for so many ms; never two.
fn safely(world: &mut World, time: u64) {
    let end = world.real + time;
    while world.real < end {
        world.step();
        assert!(world.is_safe(), "two, at {}", world.real);
    }
}

fn served(world: &mut World, most: u64) {
    let begun = world.real;
    while !world.is_served() {
        safely(world, STEP);
        assert!(
            world.real - begun < most,
            "not served: {:?}",
            trouble(world, 0)
        );
    }
}

/// All three with the first file, but for one with another.
fn with_another(n: usize, first: &Plan, another: &Plan) -> World {
    let mut world = World::new(first, |_| 1000);
    let id = u32::try_from(n).unwrap() + 1;
    world.machines[n].end_with(another.settings(id));
    (0..3).for_each(|n| world.start(n));
    world
}

#[test]
fn claim_14_who_has_other_buckets_is_left_out_and_the_others_serve() {
    let (first, another) = (plan(60, 1500), plan(64, 1500));
    let mut world = with_another(2, &first, &another);
    served(&mut world, 10_000);
    safely(&mut world, 5000);
    assert_eq!(
        (world.owned(0), world.owned(1), world.owned(2)),
        (30, 30, 0)
    );
    for n in [0, 1] {
        reports(&world, n, "n3 is left out: buckets is 64 there and 60 here");
        assert_eq!(trouble(&world, n).len(), 1);
    }
    reports(
        &world,
        2,
        "this node is left out: buckets is 60 at n1 and 64 here",
    );
    for machine in &world.machines {
        let notices = machine.notices.iter();
        assert_eq!(notices.filter(|text| text.contains("left-out")).count(), 1);
    }
    // Its file is mended.
    world.machines[2].end_with(first.settings(3));
    world.start(2);
    served(&mut world, 10_000);
    safely(&mut world, 10_000);
    assert_eq!(world.owned(2), 20);
    assert!((0..3).all(|n| trouble(&world, n).is_empty()));
}

#[test]
fn claim_14_who_has_another_lease_serves_nothing() {
    let mut world = with_another(2, &plan(60, 1500), &plan(60, 8000));
    served(&mut world, 10_000);
    assert_eq!(world.owned(2), 0);
    reports(
        &world,
        0,
        "n3 is left out: lease is 8000 there and 1500 here",
    );
    // As many files of one kind as of the other: the lowest number.
    world.machines[0].crash();
    safely(&mut world, 10_000);
    assert_eq!(world.owned(2), 0);
    world.hub.partition(&[&[3]]);
    safely(&mut world, 10_000);
    world.hub.heal();
    world.start(0);
    served(&mut world, 10_000);
}

/// One daemon after the other is started with another file: where the most have it they serve by it, and those that have
/// the former stop in time. Leases that were granted before outlast a start with shorter ones.
fn one_after_the_other(forgets: bool) -> bool {
    let (long, short) = (plan(60, 8000), plan(60, 1500));
    let mut world = World::running(&long, |_| 1000);
    safely(&mut world, 5000);
    // The first node's daemon stands still, and its kernel goes on.
    world.machines[0].paused = true;
    world.hub.partition(&[&[1]]);
    for n in [1, 2] {
        let id = u32::try_from(n).unwrap() + 1;
        world.machines[n].end_with(short.settings(id));
        if forgets {
            world.machines[n].granted = 0;
        }
        world.start(n);
    }
    let end = world.real + 12_000;
    while world.real < end {
        world.step();
        if !world.is_safe() {
            return false;
        }
    }
    assert_eq!((world.owned(1), world.owned(2)), (30, 30));
    assert_eq!(
        world.machines[1].granted,
        short.timing.surely_over(),
        "the long ones are over"
    );
    world.machines[0].paused = false;
    world.hub.heal();
    safely(&mut world, 10_000);
    assert!(world.is_served());
    reports(
        &world,
        0,
        "this node is left out: lease is 1500 at n2 and 8000 here",
    );
    true
}

#[test]
fn claim_14_a_shorter_lease_waits_for_those_before() {
    assert!(one_after_the_other(false));
    // The judge sees what comes of forgetting.
    assert!(!one_after_the_other(true));
}

/// What may change while ssid runs, node by node, takes nobody out.
#[test]
fn claim_14_files_that_are_changed_one_by_one_split_nothing() {
    let plan = plan(60, 1500);
    let mut world = World::running(&plan, |_| 1000);
    safely(&mut world, 5000);
    let before = world.moves();
    for n in 0..3 {
        let id = u32::try_from(n).unwrap() + 1;
        let settings = Settings {
            compared: vec![Field::new("vips", "192.0.2.20/32")],
            ..plan.settings(id)
        };
        let real = world.real;
        world.machines[n].feed(real, Event::Settings(Box::new(settings)));
        let end = world.real + 3000;
        while world.real < end {
            world.step();
            assert!(world.is_served());
        }
        match n {
            0 => reports(
                &world,
                1,
                "the cluster file of n1 is not this one's: vips is 192.0.2.20/32 there and 192.0.2.10/32 here",
            ),
            1 => reports(
                &world,
                2,
                "the cluster file of n2 is not this one's: vips is 192.0.2.20/32 there and 192.0.2.10/32 here",
            ),
            _ => assert!((0..3).all(|n| trouble(&world, n).is_empty())),
        }
    }
    assert_eq!(world.moves(), before);
}

/// Schedules with programs that are started with other leases at any moment.
const SCHEDULES: u64 = 1000;
const LEASES: [u64; 3] = [700, 1500, 4000];

fn run(seed: u64, forgets: bool) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    let rates: Vec<u64> = (0..4).map(|_| rng.u64(990..=1010)).collect();
    let usual = plan(4, 1500);
    let mut world = World::running(&usual, |id| rates[id as usize]);
    let end = world.real + rng.u64(5_000..25_000);
    let mut next = world.real;
    let mut done = Vec::new();
    while world.real < end {
        while next <= world.real {
            if rng.u8(..6) == 0 {
                let (n, lease) = (rng.usize(..3), LEASES[rng.usize(..3)]);
                let id = u32::try_from(n).unwrap() + 1;
                world.machines[n].end_with(plan(4, lease).settings(id));
                if forgets {
                    world.machines[n].granted = 0;
                }
                world.start(n);
                done.push(format!("{}: n{id} is started with {lease}", world.real));
            } else {
                let fault = Fault::draw(&mut rng, 3);
                fault.happen(&mut world);
                done.push(format!("{}: {fault:?}", world.real));
            }
            next += if rng.bool() {
                rng.u64(0..200)
            } else {
                rng.u64(0..3000)
            };
        }
        world.step();
        if !world.is_safe() {
            return Err(format!("seed {seed}: two at {}\n{done:#?}", world.real));
        }
    }
    for n in 0..3 {
        let id = u32::try_from(n).unwrap() + 1;
        world.machines[n].end_with(usual.settings(id));
        world.start(n);
    }
    comes_to_rest(&mut world)
        .map_err(|what| format!("seed {seed}: {what} at {}\n{done:#?}", world.real))
}

#[test]
fn claim_14_random_faults_with_files_that_differ() {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    std::thread::scope(|scope| {
        for part in 0..threads {
            let seeds = (part..SCHEDULES).step_by(threads as usize);
            scope.spawn(move || seeds.for_each(|seed| run(seed, false).unwrap()));
        }
    });
    println!("{SCHEDULES} schedules");
    // The judge sees what comes of forgetting the leases before.
    let two = (0..SCHEDULES).find(|seed| run(*seed, true).is_err_and(|what| what.contains("two")));
    println!("two with seed {:?}", two.expect("some schedule shows it"));
}
