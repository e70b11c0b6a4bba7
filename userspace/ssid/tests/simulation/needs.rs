// SPDX-License-Identifier: GPL-2.0-only

//! Nodes that lose what they need to serve: a link, or a kernel that answers.

use ssi_protocol::Timing;
use ssid::agent::{Event, Need, Settings};
use ssid_api::Wish;

use crate::world::{Plan, STEP, World};

/// What the nodes may take to inform each other and their kernels, in a network without delays.
const MESSAGES: u64 = 10 * STEP;

fn running(nodes: u32) -> World {
    let mut world = World::running(&Plan::new(nodes, 60), |_| 1000);
    run(&mut world, 5000);
    world
}

fn run(world: &mut World, ms: u64) {
    let end = world.real + ms;
    while world.real < end {
        world.step();
        assert!(world.is_safe());
    }
}

fn link(world: &mut World, n: usize, up: bool) {
    let real = world.real;
    world.machines[n].link(real, up);
}

/// Each bucket is served by a node that clients reach.
fn is_reached(world: &World) -> bool {
    let out = world.machines.iter().filter(|m| !m.link_up);
    world.is_served() && out.into_iter().all(|m| m.kernel.owned.is_empty())
}

#[test]
fn claim_14_a_node_without_a_link_gives_its_buckets_up_at_once() {
    for n in 0..3 {
        let mut world = running(3);
        world.machines.iter_mut().for_each(|m| m.drain = 600_000);
        let (owned, before) = (u64::from(world.owned(n)), world.moves());
        link(&mut world, n, false);
        let took = world.until(10_000, is_reached).expect("the others serve");
        assert!(took <= MESSAGES, "{took} ms");
        assert_eq!(world.moves() - before, owned, "only its buckets move");
        // Its connections are given up, and no adopter waits for them any more.
        run(&mut world, 500);
        assert!(world.machines.iter().all(|m| m.kernel.draining.is_empty()));
        assert!(world.machines.iter().all(|m| m.kernel.adopting.is_empty()));
        let masters = world.machines.iter().filter(|m| m.kernel.master);
        assert_eq!(masters.count(), 1);
        assert!(!world.machines[n].kernel.master);
        // Who has them now knows that sessions in them broke, each once.
        assert_eq!(broken(&world), owned);
        // Nothing of what it could say would get out before.
        assert!(world.machines.iter().all(|m| m.told.is_empty()));
        link(&mut world, n, true);
        run(&mut world, 3000);
        let told: Vec<_> = world.machines[n]
            .told
            .iter()
            .map(|(_, b)| b.len())
            .collect();
        assert_eq!(told, [u32::try_from(owned).unwrap()]);
        assert_eq!(u64::from(world.owned(n)), owned, "it has its share again");
        assert_eq!(broken(&world), owned, "what moves in order is not broken");
    }
}

#[test]
fn claim_14_a_node_without_its_forward_interface_gives_its_buckets_up_at_once() {
    let mut world = running(3);
    let (owned, before) = (u64::from(world.owned(1)), world.moves());
    let forward = |world: &mut World, unmet: Option<&str>| {
        let (real, unmet) = (world.real, unmet.map(str::to_owned));
        world.machines[1].feed(real, Event::Need(Need::ForwardInterface, unmet));
    };
    forward(&mut world, Some("eth1 is set down"));
    let is_taken = |world: &World| world.is_served() && world.owned(1) == 0;
    let took = world.until(10_000, is_taken).expect("the others serve");
    assert!(took <= MESSAGES, "{took} ms");
    assert_eq!(world.moves() - before, owned, "only its buckets move");
    assert!(!world.machines[1].kernel.master);
    assert_eq!(status(&world, 0), ["n2: eth1 is set down"]);
    forward(&mut world, None);
    run(&mut world, 3000);
    assert_eq!(u64::from(world.owned(1)), owned, "it has its share again");
}

/// Of how many buckets nodes were told that sessions at others broke.
fn broken(world: &World) -> u64 {
    let told = world.machines.iter().flat_map(|m| &m.broken);
    told.map(|(_, buckets)| u64::from(buckets.len())).sum()
}

/// Its sessions are in buckets that others have had for long, so nobody takes them cold.
#[test]
fn claim_14_sessions_of_a_node_that_dies_while_it_drains_are_known_to_have_broken() {
    let mut world = running(3);
    world.machines.iter_mut().for_each(|m| m.drain = 600_000);
    let real = world.real;
    world.machines[0].order(real, "n2", Wish::Drain(None));
    run(&mut world, 3000);
    assert_eq!((world.owned(1), broken(&world)), (0, 0));
    // Its program alone: the kernel goes on, and so does the program.
    let real = world.real;
    world.machines[1].crash();
    run(&mut world, 200);
    world.start(1);
    run(&mut world, 3000);
    assert_eq!(broken(&world), 0);
    assert!(world.real > real && world.is_served());
    world.machines[1].lose_power();
    run(&mut world, 5000);
    assert_eq!(broken(&world), 20);
    assert!(world.machines[1].broken.is_empty());
}

/// A switch that is started anew: who is the last to report it keeps what nobody can take, and serves when the links are back.
#[test]
fn claim_14_links_that_go_all_at_once_leave_no_bucket_unserved() {
    let mut world = running(3);
    (0..3).for_each(|n| link(&mut world, n, false));
    run(&mut world, 20_000);
    (0..3).for_each(|n| link(&mut world, n, true));
    assert!(is_reached(&world));
    run(&mut world, 5000);
    assert!(world.is_served() && (0..3).all(|n| world.owned(n) == 20));
}

#[test]
fn claim_14_fifty_flaps_in_a_minute_move_a_share_once() {
    let mut world = running(3);
    let (owned, before) = (u64::from(world.owned(1)), world.moves());
    for _ in 0..50 {
        link(&mut world, 1, false);
        run(&mut world, 600);
        link(&mut world, 1, true);
        run(&mut world, 600);
    }
    let moved = world.moves() - before;
    assert_eq!(moved, owned, "its share goes, and does not come back");
    assert!(world.is_served());
    run(&mut world, 70_000);
    assert_eq!(u64::from(world.owned(1)), owned);
}

#[test]
fn claim_14_a_kernel_that_never_answers_keeps_nobody_from_serving() {
    let timing = Timing::default();
    let mut world = running(3);
    let real = world.real;
    world.machines[1].stalled_until = real + 600_000;
    let is_served = |world: &World| world.is_served() && world.machines[1].kernel.expired;
    let took = world.until(60_000, is_served).expect("the others serve");
    println!(
        "served again after {took} ms, with leases of {} ms",
        timing.lease()
    );
    assert!(
        took <= 2 * timing.lease() + 2 * timing.beat() + MESSAGES,
        "{took}"
    );
    let status = status(&world, 1);
    assert!(
        status.iter().any(|text| text.contains("has not answered")),
        "{status:?}"
    );
    let real = world.real;
    world.machines[1].stalled_until = real;
    run(&mut world, 5000);
    assert!(
        world.is_served() && world.owned(1) == 20,
        "it has its share again"
    );
}

/// Where connections end with the lease, nobody waits for those of a kernel that never answers.
#[test]
fn claim_14_connections_of_a_kernel_that_never_answers_are_not_waited_for() {
    for drains in [true, false] {
        let mut plan = Plan::new(3, 60);
        plan.drains_at_expiry = drains;
        let mut world = World::running(&plan, |_| 1000);
        run(&mut world, 3000);
        world.machines.iter_mut().for_each(|m| m.drain = 3_600_000);
        world.machines[1].stalled_until = world.real + 600_000;
        let is_served = |world: &World| world.is_served() && world.machines[1].kernel.expired;
        world.until(60_000, is_served).expect("the others serve");
        run(&mut world, 1000);
        let adopting = |n: usize| world.machines[n].kernel.adopting.len();
        assert_eq!(adopting(0) + adopting(2), if drains { 20 } else { 0 });
    }
}

#[test]
fn claim_14_a_kernel_that_refuses_all_keeps_nobody_from_serving() {
    let mut world = running(3);
    world.machines[1].kernel.refuses = true;
    let is_served = |world: &World| world.is_served() && world.machines[1].kernel.expired;
    let took = world.until(60_000, is_served).expect("the others serve");
    let timing = Timing::default();
    assert!(
        took <= 2 * timing.lease() + 2 * timing.beat() + MESSAGES,
        "{took}"
    );
    assert_eq!(status(&world, 1), ["of the test"]);
    world.machines[1].kernel.refuses = false;
    run(&mut world, 5000);
    assert!(
        world.is_served() && world.owned(1) == 20,
        "it has its share again"
    );
}

/// ssid goes on with an interface that is renamed, and says that its file has another name, until that has the new one.
#[test]
fn claim_14_an_interface_that_is_renamed_is_said_until_the_file_has_its_name() {
    let mut world = running(3);
    let before = world.moves();
    let named = |world: &mut World, name: &str| {
        let real = world.real;
        world.machines[1].feed(real, Event::Named(Need::Interface, Some(name.into())));
    };
    let with = |world: &World, name: &str| Settings {
        interfaces: [(Need::Interface, name.to_owned())].into(),
        ..world.machines[1].settings.clone()
    };
    named(&mut world, "eth0");
    assert!(status(&world, 1).is_empty());
    named(&mut world, "eth9");
    run(&mut world, 2000);
    let said = status(&world, 1);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("interface = \"eth0\", and that is named eth9 now"),
        "{said:?}"
    );
    assert_eq!(status(&world, 0), [format!("n2: {}", said[0])]);
    let takes = |world: &World, name: &str| {
        let agent = world.machines[1].agent().unwrap();
        agent.takes_names_of(&with(world, name))
    };
    let refused = takes(&world, "eth0").unwrap_err();
    assert!(refused.contains("c is on eth9 here"), "{refused}");
    takes(&world, "eth9").unwrap();
    let (real, settings) = (world.real, with(&world, "eth9"));
    world.machines[1].feed(real, Event::Settings(Box::new(settings)));
    run(&mut world, 2000);
    assert!(status(&world, 0).is_empty() && status(&world, 1).is_empty());
    // One that is not there may have any name.
    let real = world.real;
    world.machines[1].feed(real, Event::Named(Need::Interface, None));
    takes(&world, "eth0").unwrap();
    assert!(world.is_served() && world.moves() == before);
}

fn status(world: &World, n: usize) -> Vec<String> {
    let machine = &world.machines[n];
    let now = ssi_protocol::Time(machine.clock(world.real));
    machine.agent().unwrap().status(now).trouble
}
