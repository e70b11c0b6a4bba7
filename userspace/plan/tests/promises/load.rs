// SPDX-License-Identifier: GPL-2.0-only

//! Levelling by load: when it begins, what it moves, that it ends.

use proptest::collection::vec;
use proptest::prelude::*;
use ssi_plan::{Cause, Member, Move, NodeId, Situation, State};

use crate::judge::{judged, settled};
use crate::sample::{NEW, any_table, cluster, weights};

/// Loads of k buckets: all sorts of shapes.
fn loads(k: usize) -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        vec(0..1000u64, k),
        vec(0..3u64, k),
        vec(prop_oneof![9 => Just(0), 1 => any::<u64>()], k),
        // As by Zipf's law, at any places.
        vec(any::<u32>(), k).prop_map(|order| {
            let mut places: Vec<usize> = (0..order.len()).collect();
            places.sort_by_key(|place| order[*place]);
            let load = |place: usize| 1_000_000 / (places[place] as u64 + 1);
            (0..order.len()).map(load).collect()
        }),
    ]
}

prop_compose! {
    /// A cluster with its first table and any load.
    fn loaded(nodes: usize)(weights in weights(nodes), k in 20u32..300)
        (load in loads(k as usize), weights in Just(weights), k in Just(k)) -> Situation {
        let mut situation = cluster(&weights, k);
        situation.load = Some(load);
        situation
    }
}

fn load(situation: &Situation, bucket: u32) -> u128 {
    let load = situation.load.as_ref().unwrap()[bucket as usize];
    // The planner's own limit.
    u128::from(load.min(1 << 48))
}

fn served(situation: &Situation, id: NodeId) -> u128 {
    let buckets = situation.assignment.owned_by(id);
    buckets.map(|bucket| load(situation, bucket)).sum()
}

fn weight(situation: &Situation, id: NodeId) -> u128 {
    let member = situation.members.iter().find(|m| m.id == id);
    u128::from(member.unwrap().weight)
}

/// Does a move and returns whether it made the two nodes' loads more alike, for their weights.
fn levels(situation: &mut Situation, m: &Move) -> bool {
    let from = m.from.unwrap();
    let (w, v) = (weight(situation, from), weight(situation, m.to));
    let all: u128 = situation
        .members
        .iter()
        .map(|m| served(situation, m.id))
        .sum();
    // Squares of the greatest loads times weights would not fit; no move is that small, then.
    let unit = if all < 1 << 44 { 1 } else { 1 << 24 };
    let square = |s: &Situation| {
        let (a, b) = (served(s, from) / unit, served(s, m.to) / unit);
        a * a * v + b * b * w
    };
    let highest = |s: &Situation| (served(s, from) * v).max(served(s, m.to) * w);
    let before = (square(situation), highest(situation));
    situation.assignment.give(m.bucket, m.to);
    square(situation) < before.0 && highest(situation) < before.1
}

/// Greatest and least load in percent of what the weight stands for, rounded.
pub fn extremes(situation: &Situation) -> (u128, u128) {
    let takers = || situation.members.iter().filter(|m| m.takes());
    let weights: u128 = takers().map(|m| u128::from(m.weight)).sum();
    let total: u128 = takers().map(|m| served(situation, m.id)).sum();
    let percent = |m: &Member| {
        100 * served(situation, m.id) * weights / (total * u128::from(m.weight)).max(1)
    };
    (
        takers().map(percent).max().unwrap(),
        takers().map(percent).min().unwrap(),
    )
}

fn small_loads(k: usize) -> impl Strategy<Value = Vec<u64>> {
    vec(0..1000u64, k)
}

proptest! {
    #[test]
    fn claim_12_constant_load_settles(
        (mut situation, load) in (weights(9), 1usize..250)
            .prop_flat_map(|(w, k)| (any_table(w, k), loads(k))),
        max_moving in 1u32..40,
    ) {
        situation.load = Some(load);
        situation.limits.max_moving = max_moving;
        settled(&mut situation).map_err(TestCaseError::fail)?;
        prop_assert!(judged(&situation).unwrap().is_settled());
    }

    #[test]
    fn each_levelling_move_levels(situation in loaded(9)) {
        let mut situation = situation;
        let plan = judged(&situation).unwrap();
        for m in plan.moves.iter().filter(|m| m.cause == Cause::Load) {
            prop_assert!(levels(&mut situation, m), "{:?}", m);
        }
    }

    #[test]
    fn levelling_leaves_everyone_a_quarter_of_its_buckets_and_gives_nobody_four_times_as_many(mut situation in loaded(9)) {
        settled(&mut situation).map_err(TestCaseError::fail)?;
        let takers = || situation.members.iter().filter(|m| m.takes());
        let total: u64 = takers().map(|m| u64::from(m.weight)).sum();
        for member in takers() {
            let share = u64::from(situation.assignment.buckets()) * u64::from(member.weight);
            let has = u64::from(situation.assignment.count(member.id));
            prop_assert!(has >= (share / total).div_ceil(4));
            prop_assert!(has <= (4 * share).div_ceil(total));
        }
    }

    #[test]
    fn claim_12_many_like_buckets_come_to_the_stop(weights in vec(1u32..5, 2..9), k in 400usize..600, seed in vec(100..300u64, 600), hot in 1u64..6) {
        // A third of the buckets, all on some of the nodes, is hot.
        let mut situation = cluster(&weights, k as u32);
        let nodes = weights.len() as u32;
        let owner = |b: usize| situation.assignment.owner(b as u32).unwrap().0 / 3;
        let load = (0..k).map(|b| if owner(b) < nodes.div_ceil(3) { hot * seed[b] } else { seed[b] });
        situation.load = Some(load.collect());
        let uneven = extremes(&situation);
        settled(&mut situation).map_err(TestCaseError::fail)?;
        let (most, least) = extremes(&situation);
        if uneven.0 > 125 || uneven.1 < 74 {
            prop_assert!(most <= 110 && least >= 90, "{} {}", most, least);
        } else {
            prop_assert!(most <= 125 && least >= 74, "{} {}", most, least);
        }
    }

    #[test]
    fn claim_14_a_join_under_load_moves_its_share_at_most_and_only_to_the_joiner(
        mut situation in loaded(9), weight in 1u32..9, max_moving in 1u32..40,
    ) {
        settled(&mut situation).map_err(TestCaseError::fail)?;
        situation.limits.max_moving = max_moving;
        situation.members.push(Member::weighing(NEW, weight));
        let weights: u64 = situation.members.iter().filter(|m| m.takes()).map(|m| u64::from(m.weight)).sum();
        let share = u64::from(situation.assignment.buckets()) * u64::from(weight) / weights;
        let moves = settled(&mut situation).map_err(TestCaseError::fail)?;
        let joins: Vec<&Move> = moves.iter().take_while(|m| m.cause == Cause::Weight).collect();
        prop_assert_eq!(joins.len() as u64, share);
        prop_assert!(joins.iter().all(|m| m.to == NEW));
        prop_assert!(moves.iter().skip(joins.len()).all(|m| m.cause == Cause::Load));
    }

    #[test]
    fn claim_14_a_leave_under_load_moves_the_leavers_and_then_levels(
        mut situation in loaded(9), who in any::<prop::sample::Index>(), max_moving in 1u32..40,
    ) {
        settled(&mut situation).map_err(TestCaseError::fail)?;
        situation.limits.max_moving = max_moving;
        let leaver = situation.members[who.index(situation.members.len())].id;
        let had = situation.assignment.count(leaver);
        situation.member_mut(leaver).unwrap().state = State::Draining;
        prop_assume!(situation.members.iter().any(Member::takes));
        let moves = settled(&mut situation).map_err(TestCaseError::fail)?;
        let leaves: Vec<&Move> = moves.iter().take_while(|m| m.cause == Cause::Leave).collect();
        prop_assert_eq!(leaves.len() as u32, had);
        // One that weighs far more can leave so much that others have next to nothing for their new share.
        if situation.members.iter().all(|m| m.weight == 1) {
            prop_assert!(moves.iter().skip(leaves.len()).all(|m| m.cause == Cause::Load));
        }
    }

    #[test]
    fn joiner_gets_its_share_of_the_load(nodes in 2usize..9, load in small_loads(512)) {
        let mut situation = cluster(&vec![1; nodes], 512);
        situation.load = Some(load);
        situation.members.push(Member::new(NEW));
        let plan = judged(&situation).unwrap();
        situation.advance(&plan);
        let all: u64 = situation.load.as_ref().unwrap().iter().sum();
        let percent = served(&situation, NEW) * 100 * (nodes as u128 + 1) / u128::from(all);
        prop_assert!((95..=105).contains(&percent), "{} %", percent);
    }

    #[test]
    fn resting_buckets_are_not_levelled(mut situation in loaded(9), resting in vec(any::<prop::sample::Index>(), 0..200)) {
        let k = situation.load.as_ref().unwrap().len();
        situation.resting = resting.into_iter().map(|b| b.index(k) as u32).collect();
        let plan = judged(&situation).unwrap();
        prop_assert!(plan.moves.iter().all(|m| !situation.resting.contains(&m.bucket)));
    }

    #[test]
    fn cold_buckets_move_to_a_new_node_only_if_there_are_no_others(
        mut situation in loaded(9), cold in vec(any::<prop::sample::Index>(), 0..200), is_known: bool,
    ) {
        let k = situation.load.as_ref().unwrap().len();
        situation.cold = cold.into_iter().map(|b| b.index(k) as u32).collect();
        situation.members.push(Member::new(NEW));
        if !is_known {
            situation.load = None;
        }
        let plan = judged(&situation).unwrap();
        let of = |node| (0u32..).zip(situation.assignment.owners()).filter(move |(_, owner)| **owner == Some(node));
        for m in plan.moves.iter().filter(|m| situation.cold.contains(&m.bucket)) {
            prop_assert_eq!(m.cause, Cause::Weight);
            let mut others = of(m.from.unwrap()).filter(|(bucket, _)| !situation.cold.contains(bucket));
            let all_go = others.all(|(bucket, _)| plan.moves.iter().chain(&plan.waiting).any(|m| m.bucket == bucket));
            prop_assert!(all_go, "{:?}", m);
        }
    }

    #[test]
    fn a_hot_bucket_moves_once_at_most(
        weights in vec(1u32..4, 2..9), load in small_loads(128), hot in 0u32..128, factor in 1u64..100,
    ) {
        let mut situation = cluster(&weights, 128);
        let mut load = load;
        load[hot as usize] = load.iter().sum::<u64>() * factor / 10;
        situation.load = Some(load);
        let moves = settled(&mut situation).map_err(TestCaseError::fail)?;
        let bounces = moves.iter().filter(|m| m.bucket == hot).count();
        prop_assert!(bounces <= 1, "{} times", bounces);
    }
}
