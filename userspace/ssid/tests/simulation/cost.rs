// SPDX-License-Identifier: GPL-2.0-only

//! Cost of a second of a quiet cluster for each node, by their number.

use crate::world::{Plan, World};

/// Messages and bytes that a node sends in a second.
fn measured(nodes: u32) -> (u64, u64) {
    let mut world = World::running(&Plan::new(nodes, 1024), |_| 1000);
    for machine in &mut world.machines {
        machine.load = (0..1024).map(|_| 100).collect();
        machine.sent = (0, 0);
    }
    let begun = world.real;
    while world.real < begun + 10_000 {
        world.step();
    }
    let sent = world
        .machines
        .iter()
        .fold((0, 0), |sum, m| (sum.0 + m.sent.0, sum.1 + m.sent.1));
    let each = u64::from(nodes) * 10;
    (sent.1 / each, sent.0 / each)
}

/// Messages do not grow with the nodes, and bytes by what each has to echo of the others.
#[test]
fn claim_13_each_node_sends_as_much_whatever_their_number() {
    let costs: Vec<(u32, (u64, u64))> = [2, 4, 8, 16].map(|nodes| (nodes, measured(nodes))).into();
    for (nodes, (messages, bytes)) in &costs {
        println!("{nodes} nodes: each sends {messages} messages and {bytes} bytes a second");
    }
    assert!(
        costs
            .iter()
            .all(|(_, (messages, _))| (5..=12).contains(messages)),
        "{costs:?}"
    );
    let (few, many) = (costs[0].1.1, costs[3].1.1);
    assert!(many < few.max(1) * 3, "{costs:?}");
}
