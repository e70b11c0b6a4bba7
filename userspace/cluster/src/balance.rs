// SPDX-License-Identifier: GPL-2.0-only

//! Distribution of buckets by the planner, for the nodes of a cluster file. Ranks are its nodes' numbers.

use std::collections::HashMap;

use ssi_plan::{Assignment, Error, Limits, Member, NodeId, Situation};

use crate::file::{Node, State};
use crate::value::Buckets;

/// Gives each node of a new cluster its buckets.
///
/// # Errors
///
/// What the planner refuses; its text is one sentence.
pub fn begin(nodes: &mut [Node], buckets: u32) -> Result<(), Error> {
    let table = ssi_plan::initial(&members(nodes), buckets)?;
    let owned = owned(&table, nodes);
    for (node, owned) in nodes.iter_mut().zip(owned) {
        node.owns = owned;
    }
    Ok(())
}

/// The buckets of each node, in their order, after as few moves as can be. A bucket that none of them owns goes to one.
///
/// # Errors
///
/// As [`begin`].
pub fn again(nodes: &[Node], buckets: u32) -> Result<Vec<Buckets>, Error> {
    let mut table = Assignment::unowned(buckets)?;
    for node in nodes {
        for bucket in node.owns.iter() {
            table.give(bucket, NodeId(node.rank));
        }
    }
    let mut situation = Situation::new(members(nodes), table);
    // A generation of the file is one step, however many buckets move.
    situation.limits = Limits {
        max_moving: u32::MAX,
        ..Limits::default()
    };
    let plan = ssi_plan::plan(&situation)?;
    Ok(owned(&plan.assignment, nodes))
}

fn members(nodes: &[Node]) -> Vec<Member> {
    let member = |node: &Node| Member {
        state: match node.state {
            State::Serving => ssi_plan::State::Serving,
            State::Draining | State::Leaving => ssi_plan::State::Draining,
        },
        ..Member::weighing(NodeId(node.rank), node.weight)
    };
    nodes.iter().map(member).collect()
}

fn owned(table: &Assignment, nodes: &[Node]) -> Vec<Buckets> {
    let ranks = nodes.iter().map(|node| node.rank).zip(0usize..);
    let places: HashMap<u32, usize> = ranks.collect();
    let mut owned = vec![Buckets::none(table.buckets()); nodes.len()];
    for (bucket, owner) in (0u32..).zip(table.owners()) {
        let place = owner.and_then(|NodeId(rank)| places.get(&rank));
        if let Some(owned) = place.and_then(|place| owned.get_mut(*place)) {
            owned.insert(bucket);
        }
    }
    owned
}

/// The nodes that serve before and after a change, by numbers that no two have, whatever their ranks.
pub fn serving(before: &[Node], after: &[Node]) -> (Vec<NodeId>, Vec<NodeId>) {
    let both = || before.iter().chain(after);
    let number = |node: &Node| {
        let place = both().position(|other| other.name == node.name);
        NodeId(
            place
                .and_then(|place| u32::try_from(place).ok())
                .unwrap_or(u32::MAX),
        )
    };
    let serving = |nodes: &[Node]| -> Vec<NodeId> {
        let nodes = nodes.iter().filter(|node| node.state == State::Serving);
        nodes.map(number).collect()
    };
    (serving(before), serving(after))
}
