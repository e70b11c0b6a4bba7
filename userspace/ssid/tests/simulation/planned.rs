// SPDX-License-Identifier: GPL-2.0-only

//! Orders of operators, with nothing going wrong: nothing is interrupted, and no drain is cut short.

use ssi_protocol::Buckets;
use ssid_api::Wish;

use crate::world::{Plan, World};

/// Steps on for so many ms and sees to it that nobody settles what another drains, and that no bucket is without an
/// acceptor for longer than a moment.
fn watch(world: &mut World, time: u64) {
    let end = world.real + time;
    let mut unserved = 0;
    while world.real < end {
        let adopted: Vec<Buckets> = world
            .machines
            .iter()
            .map(|m| m.kernel.adopting.clone())
            .collect();
        let drained: Vec<Buckets> = world
            .machines
            .iter()
            .map(|m| m.kernel.draining.clone())
            .collect();
        world.step();
        assert!(world.is_safe());
        for (n, machine) in world.machines.iter().enumerate() {
            let settled = adopted[n]
                .but(&machine.kernel.adopting)
                .and(&machine.kernel.owned);
            for (other, drained) in drained.iter().enumerate().filter(|(other, _)| *other != n) {
                let early = settled
                    .and(drained)
                    .and(&world.machines[other].kernel.draining);
                assert!(
                    early.is_empty(),
                    "{n} settles what {other} drains: {early:?}"
                );
            }
        }
        unserved = if world.is_served() { 0 } else { unserved + 1 };
        assert!(
            unserved <= 2,
            "some bucket is served by nobody at {}",
            world.real
        );
    }
}

#[test]
fn claim_14_planned_changes_interrupt_nothing() {
    let mut world = World::running(&Plan::new(4, 64), |_| 1000);
    watch(&mut world, 5000);
    let counts = |world: &World| (0..4).map(|n| world.owned(n)).collect::<Vec<_>>();
    assert_eq!(counts(&world), [16; 4]);
    let before = world.moves();
    let real = world.real;
    world.machines[1].order(real, "n3", Wish::Drain(None));
    watch(&mut world, 8000);
    assert_eq!(world.owned(2), 0, "drained");
    assert_eq!(world.moves() - before, 16, "only its buckets have moved");
    let real = world.real;
    world.machines[0].order(real, "n3", Wish::Serve);
    watch(&mut world, 8000);
    assert_eq!(counts(&world), [16; 4]);
    let real = world.real;
    world.machines[0].order(real, "n1", Wish::Weight(Some(300)));
    watch(&mut world, 8000);
    assert_eq!(counts(&world)[0], 32);
    let real = world.real;
    world.machines[3].order(real, "n1", Wish::Leave(None));
    watch(&mut world, 10_000);
    assert!(!world.machines[0].kernel.present, "it has left");
    let real = world.real;
    world.machines[3].order(real, "n1", Wish::Serve);
    world.machines[3].order(real, "n1", Wish::Weight(None));
    watch(&mut world, 10_000);
    assert_eq!(counts(&world), [16; 4]);
    let answers: Vec<_> = world.machines.iter().flat_map(|m| &m.answers).collect();
    assert_eq!(answers.len(), 6);
    assert!(answers.iter().all(|answer| answer.is_ok()), "{answers:?}");
    // A node that is to serve nothing lets its lease end.
    let mut notices = world.machines.iter().flat_map(|m| &m.notices);
    assert_eq!(notices.find(|text| text.contains("lapsed")), None);
}

/// A node that has just come, and whose buckets' connections are still at the nodes before, can go again at once: three
/// nodes serve in one bucket then, each the connections that it has.
#[test]
fn claim_14_a_node_that_has_just_come_can_go_at_once() {
    for wish in [Wish::Drain(None), Wish::Leave(None)] {
        let mut world = World::running(&Plan::new(5, 60), |_| 1000);
        let order = |world: &mut World, name, wish| {
            let real = world.real;
            world.machines[0].order(real, name, wish);
        };
        order(&mut world, "n4", Wish::Drain(None));
        order(&mut world, "n5", Wish::Drain(None));
        watch(&mut world, 8000);
        world.machines.iter_mut().for_each(|m| m.drain = 20_000);
        order(&mut world, "n4", Wish::Serve);
        watch(&mut world, 2000);
        let adopted = world.machines[3].kernel.adopting.clone();
        assert_eq!((world.owned(3), adopted.len()), (15, 15));
        // So that some go to a node that has not had them.
        order(&mut world, "n5", Wish::Serve);
        watch(&mut world, 500);
        order(&mut world, "n4", wish);
        watch(&mut world, 1000);
        assert_eq!(world.owned(3), 0, "it waits for others' connections");
        let drained = |n: usize| world.machines[n].kernel.draining.and(&adopted);
        let twice: u32 = (0..3).map(|n| drained(n).len()).sum();
        assert_eq!(drained(3), adopted);
        assert!(twice >= 3, "{twice}");
        watch(&mut world, 25_000);
        assert!(world.machines.iter().all(|m| m.kernel.adopting.is_empty()));
        assert_eq!(world.machines[3].kernel.present, wish == Wish::Drain(None));
    }
}

/// Connections last as long as they want while a node drains, or until the deadline that its operator gave, though a
/// limit of buckets in transition is reached long before.
#[test]
fn claim_14_a_drain_ends_connections_at_its_deadline_and_not_before() {
    for deadline in [None, Some(60)] {
        let mut plan = Plan::new(3, 192);
        plan.planner.limits.max_moving = 4;
        let mut world = World::running(&plan, |_| 1000);
        watch(&mut world, 2000);
        world.machines.iter_mut().for_each(|m| m.drain = 3_600_000);
        let real = world.real;
        world.machines[0].order(real, "n3", Wish::Drain(deadline));
        watch(&mut world, 50_000);
        assert_eq!(world.owned(2), 0, "all at once");
        assert_eq!(world.machines[2].kernel.draining.len(), 64);
        watch(&mut world, 20_000);
        let left = world.machines[2].kernel.draining.len();
        assert_eq!(left, if deadline.is_some() { 0 } else { 64 });
        // Clients of what was given up are told, once, then, and nobody else's.
        let told: Vec<_> = world.machines.iter().flat_map(|m| &m.told).collect();
        match (deadline, &told[..]) {
            (None, []) => {}
            (Some(_), [(at, buckets)]) => {
                assert_eq!(buckets.len(), 64);
                assert!((60_000..61_000).contains(&(at - real)), "{}", at - real);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A daemon that ends and is started again within the lease: nothing moves, nothing is interrupted.
#[test]
fn claim_14_a_daemon_started_anew_moves_nothing() {
    let mut world = World::running(&Plan::new(3, 63), |_| 1000);
    watch(&mut world, 5000);
    let before = world.moves();
    for n in 0..3 {
        world.machines[n].crash();
        watch(&mut world, 1000);
        world.start(n);
        watch(&mut world, 6000);
    }
    assert_eq!(world.moves(), before);
}

/// A node whose service fails gives all away, and comes back slowly.
#[test]
fn claim_14_a_sick_service_drains_and_comes_back_slowly() {
    let mut world = World::running(&Plan::new(3, 60), |_| 1000);
    let real = world.real;
    world.machines[1].check(real, false, false);
    watch(&mut world, 6000);
    assert_eq!(world.owned(1), 0);
    let real = world.real;
    world.machines[1].check(real, true, false);
    watch(&mut world, 6000);
    let first = world.owned(1);
    assert!(first > 0 && first < 10, "{first}");
    watch(&mut world, 70_000);
    assert_eq!(world.owned(1), 20);
}

/// A service that is to drop out does not keep its connections.
#[test]
fn claim_14_a_service_that_drops_out_keeps_nothing() {
    let mut world = World::running(&Plan::new(3, 60), |_| 1000);
    world.machines.iter_mut().for_each(|m| m.drain = 600_000);
    let real = world.real;
    world.machines[1].check(real, false, true);
    world
        .until(3000, |world| {
            world.owned(1) == 0 && world.machines[1].kernel.draining.is_empty()
        })
        .expect("it drops out");
    world
        .until(3000, |world| {
            world.machines.iter().all(|m| m.kernel.adopting.is_empty())
        })
        .expect("clients come back");
}

/// The master is the one of the lowest number among equals; it follows when it goes (claim 2).
#[test]
fn claim_2_one_master_and_another_when_it_goes() {
    let mut world = World::running(&Plan::new(3, 9), |_| 1000);
    let masters = |world: &World| -> Vec<usize> {
        let machines = world.machines.iter().enumerate();
        machines
            .filter(|(_, m)| m.kernel.master)
            .map(|(n, _)| n)
            .collect()
    };
    assert_eq!(masters(&world), [0]);
    let real = world.real;
    world.machines[0].order(real, "n1", Wish::Drain(None));
    watch(&mut world, 3000);
    assert_eq!(masters(&world), [1], "who serves comes first");
    world.machines[1].reboot();
    world
        .until(8000, |world| masters(world) == [2])
        .expect("the next one");
}
