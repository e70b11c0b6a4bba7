// SPDX-License-Identifier: GPL-2.0-only

//! Power cut: a cluster that forms its group of datagrams loses a node, and how long it takes until all is served again.

use fastrand::Rng;
use ssi_group_comm::datagram::Timing as Engine;
use ssi_protocol::Timing;

use crate::air::Air;
use crate::net::Net;
use crate::world::{Plan, World};

/// Lease, beat and patience, ms.
pub type Times = (u64, u64, u64);

/// The times that a file has by default with this engine, and the fast ones.
pub const USUAL: Times = (600, 60, 200);
pub const FAST: Times = (300, 40, 140);

pub fn plan(nodes: u32, (lease, beat, patience): Times) -> Plan {
    Plan {
        timing: Timing::new(lease, 50, 10, beat).unwrap(),
        patience: Some(patience),
        ..Plan::new(nodes, 60)
    }
}

pub fn world(plan: &Plan, seed: u64, pace: u64, rates: impl Fn(u32) -> u64) -> World {
    let timing = Engine {
        beat: plan.timing.beat(),
        patience: plan.patience.unwrap(),
    };
    let ids: Vec<u32> = (1..=plan.nodes).collect();
    let net = Net::Air(Air::new(&ids, timing, seed));
    let world = World::on(net, plan, rates);
    World { pace, ..world }.started()
}

pub fn air(world: &World) -> &Air {
    match &world.hub {
        Net::Air(air) => air,
        Net::Hub(_) => unreachable!(),
    }
}

pub fn run(world: &mut World, ms: u64) {
    let end = world.real + ms;
    while world.real < end {
        world.step();
        assert!(world.is_safe(), "two, at {}", world.real);
    }
}

/// From the loss of power to the moment at which each bucket is served again, in ms.
pub fn takeover(times: Times, seed: u64) -> u64 {
    let mut rng = Rng::with_seed(seed);
    let nodes = rng.u32(3..=5);
    let rates: Vec<u64> = (0..=nodes).map(|_| rng.u64(999..=1001)).collect();
    let plan = plan(nodes, times);
    let mut world = world(&plan, seed, 1, |id| rates[id as usize]);
    run(&mut world, 3000 + rng.u64(..200));
    air(&world).with(|sky| sky.loss = rng.u32(..30));
    let n = rng.usize(..nodes as usize);
    let before = world.moves();
    let owned = u64::from(world.owned(n));
    let survivors = world.machines.iter().enumerate().filter(|(m, _)| *m != n);
    let kept: Vec<_> = survivors
        .map(|(m, machine)| (m, machine.kernel.owned.clone()))
        .collect();
    world.machines[n].lose_power();
    let died = world.real;
    while !world.is_served() {
        world.step();
        assert!(world.is_safe(), "seed {seed}");
        for (m, owned) in &kept {
            let machine = &world.machines[*m];
            let serves = |bucket| machine.kernel.accepts(bucket, machine.clock(world.real));
            assert!(
                owned.iter().all(serves),
                "seed {seed}: a survivor stops at {}",
                world.real - died
            );
        }
        assert!(world.real - died < 10_000, "seed {seed}: not served");
    }
    assert_eq!(world.moves() - before, owned, "only its buckets move");
    world.real - died
}
