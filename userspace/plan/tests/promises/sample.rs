// SPDX-License-Identifier: GPL-2.0-only

//! Situations to try.

use proptest::collection::vec;
use proptest::prelude::*;
use ssi_plan::{Assignment, Member, NodeId, Situation, initial};

/// Members of these weights, numbered 0, 3, 6, ….
pub fn members(weights: &[u32]) -> Vec<Member> {
    (0..)
        .step_by(3)
        .map(NodeId)
        .zip(weights)
        .map(|(id, weight)| Member::weighing(id, *weight))
        .collect()
}

/// A cluster of these weights with its first table.
pub fn cluster(weights: &[u32], k: u32) -> Situation {
    let members = members(weights);
    let table = initial(&members, k).unwrap();
    let mut situation = Situation::new(members, table);
    situation.limits.max_moving = u32::MAX;
    situation
}

/// A cluster with any table: owners are members or one that is not.
pub fn any_table(weights: Vec<u32>, k: usize) -> impl Strategy<Value = Situation> {
    let nodes = weights.len() as u32;
    vec(0..=nodes, k).prop_map(move |owners| {
        let owners = owners.iter().map(|place| Some(NodeId(3 * place)));
        let table = Assignment::new(owners.collect()).unwrap();
        let mut situation = Situation::new(members(&weights), table);
        situation.limits.max_moving = u32::MAX;
        situation
    })
}

/// Weights of some members, one of them at least not 0.
pub fn weights(most: usize) -> impl Strategy<Value = Vec<u32>> {
    let weight = prop_oneof![
        4 => Just(1),
        1 => Just(0),
        3 => 1u32..20,
        1 => any::<u32>(),
    ];
    vec(weight, 1..=most).prop_filter("all 0", |weights| weights.iter().any(|w| *w > 0))
}

/// The number of a member that is not in [`members`].
pub const NEW: NodeId = NodeId(1);
