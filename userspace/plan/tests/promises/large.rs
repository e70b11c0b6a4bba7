// SPDX-License-Identifier: GPL-2.0-only

//! The largest clusters: 1,000 nodes, 65,536 buckets.

use ssi_plan::{Cause, Change, Member, NodeId, Situation};

use crate::judge::{judged, quotas};
use crate::sample::{NEW, cluster};

const K: u32 = 65_536;

/// What a change moves at once.
fn after(situation: &mut Situation, change: Change) -> Vec<ssi_plan::Move> {
    change.make(situation).unwrap();
    let plan = judged(situation).unwrap();
    situation.advance(&plan);
    situation.moving.clear();
    plan.moves
}

#[test]
fn claim_14_a_thousand_equal_nodes() {
    let mut situation = cluster(&[1; 1000], K);
    quotas(&situation).unwrap();
    let moves = after(&mut situation, Change::Join(Member::new(NEW)));
    assert_eq!(moves.len(), 65);
    assert!(moves.iter().all(|m| m.to == NEW));
    let gone = NodeId(1500);
    let had = situation.assignment.count(gone) as usize;
    let moves = after(&mut situation, Change::Leave(gone));
    assert_eq!(moves.len(), had);
    assert!(moves.iter().all(|m| m.from == Some(gone)));
    let dead = NodeId(6);
    let had = situation.assignment.count(dead) as usize;
    situation.limits.max_moving = 1;
    let moves = after(&mut situation, Change::Death(dead));
    let orphans = moves.iter().filter(|m| m.cause == Cause::Orphan).count();
    assert_eq!((moves.len(), orphans), (had, had));
    quotas(&situation).unwrap();
}

#[test]
fn a_thousand_weights() {
    let weights: Vec<u32> = (0..1000u32).map(|n| n.wrapping_mul(n) % 97).collect();
    let mut situation = cluster(&weights, K);
    quotas(&situation).unwrap();
    after(&mut situation, Change::Weight(NodeId(30), 500));
    quotas(&situation).unwrap();
    assert!(judged(&situation).unwrap().is_settled());
}

#[test]
fn claim_12_a_thousand_nodes_under_skewed_load() {
    let mut situation = cluster(&[1; 1000], K);
    let load = |bucket: u32| 10_000_000 / (u64::from(bucket.wrapping_mul(40_503) % K) + 1000);
    situation.load = Some((0..K).map(load).collect());
    let plan = judged(&situation).unwrap();
    assert!(!plan.moves.is_empty() && plan.moves.iter().all(|m| m.cause == Cause::Load));
    situation.advance(&plan);
    situation.moving.clear();
    assert!(judged(&situation).unwrap().is_settled());

    let loads = situation.load.as_ref().unwrap();
    let mut served = vec![0; 1000];
    for (owner, load) in situation.assignment.owners().iter().zip(loads) {
        served[owner.unwrap().0 as usize / 3] += load;
    }
    let mean = loads.iter().sum::<u64>() / 1000;
    let most = served.into_iter().max().unwrap();
    assert!(
        most * 100 <= mean * 111,
        "{most} is more than 1.1 of {mean}"
    );
}
