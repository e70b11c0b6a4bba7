// SPDX-License-Identifier: GPL-2.0-only

//! From a node's death to the moment at which all clients are served again: what the engine and the lease ask for, and
//! hardly more.

use ssi_protocol::{Buckets, Time, Timing};
use ssid_api::Wish;

use crate::world::{Plan, STEP, World};

/// Corosync with a token of 500 ms: that a node is gone is known after 2.2 tokens and a little.
const DETECTION: u64 = 1120;
/// What the nodes may take to inform each other, in a network without delays.
const EXCHANGE: u64 = 3 * STEP;

/// A node loses its power; nobody notices anything until the engine has found out, some ms later. How long it took until
/// each bucket is served again.
fn dies(world: &mut World, n: usize, detection: u64) -> u64 {
    let ids: Vec<u32> = world.machines.iter().map(|m| m.settings.me.0).collect();
    world.machines[n].lose_power();
    ids.iter().for_each(|id| world.hub.hold(*id));
    let begun = world.real;
    while world.real < begun + detection {
        world.step();
        assert!(world.is_safe());
    }
    world.hub.partition(&[&[ids[n]]]);
    ids.iter().for_each(|id| world.hub.release(*id));
    let rest = world.until(10_000, World::is_served);
    assert!(world.is_safe());
    detection + rest.expect("the others take over")
}

#[test]
fn claim_14_a_dead_nodes_buckets_are_taken_when_they_may_be() {
    let timing = Timing::default();
    let (mut longest, mut shortest) = (0, u64::MAX);
    for nodes in [3, 5] {
        for phase in 0..timing.beat() / STEP {
            let mut world = World::running(&Plan::new(nodes, 60), |_| 1000);
            let end = world.real + 5000 + phase * STEP;
            while world.real < end {
                world.step();
            }
            let (owned, before) = (u64::from(world.owned(1)), world.moves());
            let took = dies(&mut world, 1, DETECTION);
            (longest, shortest) = (longest.max(took), shortest.min(took));
            assert_eq!(world.moves() - before, owned, "only its buckets move");
            let others = world.machines.iter().flat_map(|m| &m.notices);
            let expired: Vec<&String> = others.filter(|text| text.contains("lapsed")).collect();
            assert!(
                expired.is_empty(),
                "a survivor's lease runs out: {expired:?}"
            );
        }
    }
    let least = timing.surely(timing.lease()).max(DETECTION);
    println!(
        "served again after {shortest} to {longest} ms; detection takes {DETECTION}, the lease {least}"
    );
    assert!(longest <= least + EXCHANGE, "{longest}");
}

/// The engine needs longer than leases last: all nodes stop, and go on with what they had.
#[test]
fn claim_14_who_expired_goes_on_with_what_it_had() {
    let mut world = World::running(&Plan::new(4, 60), |_| 1000);
    let end = world.real + 5000;
    while world.real < end {
        world.step();
    }
    world.machines.iter_mut().for_each(|m| m.drain = 20_000);
    let before: Vec<_> = world
        .machines
        .iter()
        .map(|m| m.kernel.owned.clone())
        .collect();
    let took = dies(&mut world, 1, 3000);
    assert!(
        world.machines[0]
            .notices
            .iter()
            .any(|text| text.contains("lapsed"))
    );
    assert!(took <= 3000 + EXCHANGE, "{took}");
    for n in [0, 2, 3] {
        let lost = before[n].but(&world.machines[n].kernel.owned);
        assert!(lost.is_empty(), "{n} lost {lost:?}");
    }
}

/// No node is with any other for a while. All buckets come back to those who had them, where the connections are, whether
/// kernels drain at the end of a lease or not; what drained goes on to; and nobody leaves anything to a former owner that
/// there is none of.
#[test]
fn claim_14_who_was_alone_goes_on_with_what_it_had() {
    for drains_at_expiry in [false, true] {
        let plan = Plan {
            drains_at_expiry,
            ..Plan::new(4, 60)
        };
        let mut world = World::running(&plan, |_| 1000);
        world.until(5000, |_| false);
        // Who had what is not what a fresh plan would come to.
        let real = world.real;
        world.machines[0].order(real, "n1", Wish::Weight(Some(40)));
        world.until(5000, |_| false);
        world.machines.iter_mut().for_each(|m| m.drain = 600_000);
        let real = world.real;
        world.machines[0].order(real, "n1", Wish::Weight(Some(20)));
        world.until(5000, |_| false);
        let table = |world: &World| -> Vec<Buckets> {
            world
                .machines
                .iter()
                .flat_map(|m| [&m.kernel.owned, &m.kernel.draining, &m.kernel.adopting])
                .cloned()
                .collect()
        };
        let before = table(&world);
        assert!(!world.machines[0].kernel.draining.is_empty());
        world.hub.partition(&[&[1], &[2], &[3], &[4]]);
        world.until(3000, |_| false);
        assert!((0..60).all(|bucket| world.acceptors(bucket) == 0));
        world.hub.heal();
        world.until(10_000, World::is_served).expect("it serves");
        world.until(1000, |_| false);
        assert_eq!(table(&world), before, "drains: {drains_at_expiry}");
    }
}

#[test]
fn status_has_when_a_node_that_is_gone_was_seen() {
    let mut world = World::running(&Plan::new(3, 60), |_| 1000);
    world.until(3000, |_| false);
    let took = dies(&mut world, 1, DETECTION);
    let machine = &world.machines[0];
    let status = machine
        .agent()
        .unwrap()
        .status(Time(machine.clock(world.real)));
    let node = &status.nodes[1];
    assert_eq!((node.state.as_str(), node.member), ("gone", false));
    let age = node.age.expect("it was seen");
    assert!((took..took + 1100).contains(&age), "{age} after {took}");
    assert!(status.nodes[2].age.is_some_and(|age| age < 1100));
}
