// SPDX-License-Identifier: GPL-2.0-only

//! Runs what is measured.

use std::time::Duration;

use ssi_protocol::{AdminState, BucketLoads, Buckets, FairShare, NodeId, Planner as _, Situation};

use crate::machine::processor_time;
use crate::world::{Plan, World};

/// Virtual seconds that are measured.
const SECONDS: u64 = 20;
/// Plans that are measured.
const PLANS: u32 = 50;

/// What one node's agent does in a second.
pub struct Agents {
    pub nodes: u32,
    /// Messages.
    pub sent: f64,
    pub received: f64,
    pub bytes_sent: f64,
    pub bytes_received: f64,
    /// Processor time, ms.
    pub time: f64,
}

/// What a plan costs one node, ms of processor time.
pub struct Planner {
    pub nodes: u32,
    /// With a new round of loads, and nothing to move: once a second.
    pub quiet: f64,
    /// When a node has come.
    pub join: f64,
}

/// A cluster in which each bucket has some load and nothing happens.
pub fn agents(nodes: u32, buckets: u32) -> Agents {
    let mut world = World::running(&Plan::new(nodes, buckets), |_| 1000);
    for machine in &mut world.machines {
        machine.load = (0..buckets).map(|_| 100).collect();
    }
    let mut run = |seconds| {
        let end = world.real + seconds * 1000;
        for machine in &mut world.machines {
            (machine.sent, machine.spent) = ((0, 0), Some(Duration::ZERO));
        }
        while world.real < end {
            world.step();
        }
    };
    // What has just moved rests.
    run(90);
    run(SECONDS);
    let each = f64::from(nodes) * SECONDS as f64;
    let machines = world.machines.iter();
    let (bytes, messages) = machines.fold((0, 0), |sum, m| (sum.0 + m.sent.0, sum.1 + m.sent.1));
    let spent: Duration = world.machines.iter().filter_map(|m| m.spent).sum();
    let (sent, bytes_sent) = (messages as f64 / each, bytes as f64 / each);
    Agents {
        nodes,
        sent,
        received: sent * f64::from(nodes),
        bytes_sent,
        bytes_received: bytes_sent * f64::from(nodes),
        time: spent.as_secs_f64() * 1000.0 / each,
    }
}

/// The planner alone, asked as a node asks it.
pub fn planner(nodes: u32, buckets: u32) -> Planner {
    let planner = FairShare::default();
    let mut memory = Default::default();
    let mut holders: Vec<Option<NodeId>> = (0..buckets).map(|b| Some(NodeId(b % nodes))).collect();
    let loads: Vec<BucketLoads> = (0..=nodes)
        .map(|node| {
            let of = (0..buckets).filter(|b| b % nodes == node);
            BucketLoads(of.map(|bucket| (bucket, 100)).collect())
        })
        .collect();
    let mut ask = |members: u32, holders: &[Option<NodeId>], round| {
        let members = (0..members).zip(&loads);
        let situation = Situation {
            k: buckets,
            members: members
                .map(|(node, load)| (NodeId(node), AdminState::default(), load))
                .collect(),
            holders,
            targets: holders,
            moving: Buckets::none(buckets),
            round,
        };
        let before = processor_time();
        let wanted = planner.plan(&situation, &mut memory);
        (processor_time() - before, wanted)
    };
    let mut quiet = Duration::ZERO;
    for _ in 0..PLANS {
        let (time, wanted) = ask(nodes, &holders, true);
        quiet += time;
        assert_eq!(wanted, holders, "something moves");
    }
    let (mut join, mut plans) = (Duration::ZERO, 0);
    loop {
        let (time, wanted) = ask(nodes + 1, &holders, false);
        join += time;
        plans += 1;
        if wanted == holders {
            break;
        }
        holders = wanted;
    }
    let ms = |time: Duration, plans: u32| time.as_secs_f64() * 1000.0 / f64::from(plans);
    Planner {
        nodes,
        quiet: ms(quiet, PLANS),
        join: ms(join, plans),
    }
}
