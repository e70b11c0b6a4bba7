// SPDX-License-Identifier: GPL-2.0-only

//! Tables by count: quotas, and how little moves.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ssi_plan::{Cause, Change, Member, NodeId, Situation, State, forecast};

use crate::judge::{judged, quotas, settled};
use crate::sample::{NEW, any_table, cluster, weights};

/// The fewest moves that any rounding of the quotas needs: all are tried.
fn fewest(situation: &Situation) -> u32 {
    let takers: Vec<&Member> = situation.members.iter().filter(|m| m.takes()).collect();
    let total: u64 = takers.iter().map(|m| u64::from(m.weight)).sum();
    let k = u64::from(situation.assignment.buckets());
    (0u32..1 << takers.len())
        .filter_map(|up| {
            let (mut sum, mut moves) = (0, 0);
            for (place, member) in takers.iter().enumerate() {
                let share = k * u64::from(member.weight);
                let target = if (up >> place) & 1 == 1 {
                    share.div_ceil(total)
                } else {
                    share / total
                };
                let has = u64::from(situation.assignment.count(member.id));
                sum += target;
                moves += target.saturating_sub(has);
            }
            (sum == k).then_some(moves as u32)
        })
        .min()
        .unwrap()
}

fn step(situation: &Situation) -> Vec<ssi_plan::Move> {
    judged(situation).unwrap().moves
}

proptest! {
    #[test]
    fn any_table_comes_to_its_quotas_by_the_fewest_moves(
        mut situation in (weights(7), 1usize..200).prop_flat_map(|(w, k)| any_table(w, k))
    ) {
        let fewest = fewest(&situation);
        let moves = settled(&mut situation).map_err(TestCaseError::fail)?;
        quotas(&situation).map_err(TestCaseError::fail)?;
        prop_assert_eq!(moves.len() as u32, fewest);
    }

    #[test]
    fn small_steps_make_no_more_moves(
        mut situation in (weights(9), 1usize..200).prop_flat_map(|(w, k)| any_table(w, k)),
        max_moving in 1u32..20,
    ) {
        let at_once = step(&situation).len();
        situation.limits.max_moving = max_moving;
        let moves = settled(&mut situation).map_err(TestCaseError::fail)?;
        prop_assert_eq!(moves.len(), at_once);
        quotas(&situation).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn claim_14_a_join_moves_its_share_and_only_to_the_joiner(nodes in 1usize..40, k in 1u32..2000, weight in 1u32..9) {
        let mut situation = cluster(&vec![weight; nodes], k);
        situation.members.push(Member::weighing(NEW, weight));
        let moves = step(&situation);
        prop_assert!(moves.len() <= (k as usize).div_ceil(nodes + 1));
        prop_assert!(moves.iter().all(|m| m.to == NEW && m.cause == Cause::Weight));
    }

    #[test]
    fn claim_14_a_leave_moves_only_the_leavers(nodes in 2usize..40, k in 1u32..2000, who in any::<prop::sample::Index>()) {
        let mut situation = cluster(&vec![1; nodes], k);
        let leaver = situation.members[who.index(nodes)].id;
        situation.member_mut(leaver).unwrap().state = State::Draining;
        let moves = step(&situation);
        prop_assert_eq!(moves.len() as u32, situation.assignment.count(leaver));
        prop_assert!(moves.iter().all(|m| m.from == Some(leaver) && m.cause == Cause::Leave));
    }

    #[test]
    fn equals_join_and_leave_for_ever_without_a_move_too_many(
        k in 1u32..600,
        events in proptest::collection::vec(any::<Option<prop::sample::Index>>(), 1..30),
    ) {
        let mut situation = cluster(&[1, 1, 1], k);
        for (number, event) in (100..).zip(events) {
            let nodes = situation.members.len();
            let (most, change) = match event {
                Some(who) if nodes > 1 => {
                    let id = situation.members[who.index(nodes)].id;
                    (situation.assignment.count(id) as usize, Change::Leave(id))
                }
                _ => ((k as usize).div_ceil(nodes + 1), Change::Join(Member::new(NodeId(number)))),
            };
            change.make(&mut situation).unwrap();
            let moves = settled(&mut situation).map_err(TestCaseError::fail)?;
            prop_assert!(moves.len() <= most, "{:?}", change);
            match change {
                Change::Join(new) => prop_assert!(moves.iter().all(|m| m.to == new.id)),
                Change::Leave(id) => {
                    prop_assert!(moves.iter().all(|m| m.from == Some(id)));
                    situation.members.retain(|m| m.id != id);
                }
                _ => {}
            }
            quotas(&situation).map_err(TestCaseError::fail)?;
        }
    }

    #[test]
    fn a_weighted_leave_moves_the_leavers_and_at_most_a_rounding_each(w in weights(20), k in 1u32..2000, who in any::<prop::sample::Index>()) {
        let mut situation = cluster(&w, k);
        let leaver = situation.members[who.index(w.len())].id;
        let had = situation.assignment.count(leaver) as usize;
        situation.members.retain(|m| m.id != leaver);
        prop_assume!(situation.members.iter().any(Member::takes));
        let moves = step(&situation);
        prop_assert!(moves.len() < had + w.len());
    }

    #[test]
    fn what_is_level_does_not_move(w in weights(20), k in 1u32..2000) {
        prop_assert!(judged(&cluster(&w, k)).unwrap().is_settled());
    }

    #[test]
    fn a_forecast_is_what_happens(w in weights(8), k in 1u32..300, max_moving in 1u32..9, weight in 0u32..30) {
        let mut situation = cluster(&w, k);
        situation.limits.max_moving = max_moving;
        let id = situation.members[0].id;
        for change in [
            Change::Join(Member::weighing(NEW, weight)),
            Change::Leave(id),
            Change::Weight(id, weight),
            Change::Death(id),
        ] {
            let mut after = situation.clone();
            change.make(&mut after).unwrap();
            let forecast = forecast(&situation, change);
            if !after.members.iter().any(Member::takes) {
                prop_assert!(forecast.is_err());
                continue;
            }
            let forecast = forecast.unwrap();
            let moves = settled(&mut after).map_err(TestCaseError::fail)?;
            prop_assert_eq!(&forecast.assignment, &after.assignment);
            prop_assert_eq!(forecast.steps.concat(), moves);
            for share in forecast.shares {
                prop_assert_eq!(share.before, situation.assignment.count(share.node));
                prop_assert_eq!(share.after, after.assignment.count(share.node));
            }
        }
    }
}

#[test]
fn what_an_unfit_node_has_goes_at_once() {
    let mut situation = cluster(&[1; 4], 400);
    situation.limits.max_moving = 10;
    situation.members[0].state = State::Unfit;
    let moves = judged(&situation).unwrap().moves;
    assert_eq!(moves.len(), 100);
    assert!(moves.iter().all(|m| m.cause == Cause::Orphan));
}

#[test]
fn a_drain_waits_for_no_limit_and_can_be_called_off() {
    let mut situation = cluster(&[1; 4], 400);
    situation.limits.max_moving = 10;
    situation.members[0].state = State::Draining;
    let plan = judged(&situation).unwrap();
    assert_eq!((plan.moves.len(), plan.waiting.len()), (100, 0));
    situation.advance(&plan);
    situation.moving.clear();
    situation.members[0].state = State::Serving;
    assert_eq!(settled(&mut situation).unwrap().len(), 100);
}

#[test]
fn claim_12_sessions_that_last_keep_no_bucket_from_moving() {
    let mut situation = cluster(&[1; 4], 400);
    situation.limits.max_moving = 10;
    situation.members.push(Member::new(NEW));
    situation.moving = (0..10).collect();
    assert_eq!(judged(&situation).unwrap().moves, []);
    situation.lingering = (0..7).collect();
    let plan = judged(&situation).unwrap();
    assert_eq!(plan.moves.len(), 7);
    assert!(plan.moves.iter().all(|m| m.bucket >= 10));
}

#[test]
fn who_leaves_gives_on_what_has_just_come() {
    let mut situation = cluster(&[1; 4], 400);
    let of = |situation: &Situation| -> BTreeSet<u32> {
        let owned = |bucket: &u32| situation.assignment.owner(*bucket) == Some(NodeId(0));
        (0..400).filter(owned).collect()
    };
    situation.moving = of(&situation);
    situation.members[0].state = State::Draining;
    let plan = judged(&situation).unwrap();
    assert_eq!((plan.moves.len(), plan.waiting.len()), (100, 0));
    situation.advance(&plan);
    assert_eq!((of(&situation).len(), situation.moving.len()), (0, 100));
    // And comes back when these have ended, not before.
    situation.members[0].state = State::Serving;
    assert!(
        judged(&situation)
            .unwrap()
            .moves
            .iter()
            .all(|m| !situation.moving.contains(&m.bucket))
    );
}

#[test]
fn limit_of_0_stops_all_but_orphans() {
    let mut situation = cluster(&[1; 4], 40);
    situation.limits.max_moving = 0;
    situation.members.push(Member::new(NEW));
    situation.members.retain(|m| m.id != NodeId(0));
    situation.members[0].weight = 0;
    let plan = judged(&situation).unwrap();
    assert!(plan.moves.iter().all(|m| m.cause == Cause::Orphan));
    assert_eq!(plan.moves.len(), 10);
    assert!(!plan.is_settled());
}

#[test]
fn a_transition_whose_new_owner_died_makes_room() {
    let mut situation = cluster(&[1; 4], 40);
    situation.limits.max_moving = 3;
    // Of three buckets in transition two were on their way to node 3, which died; node 6 is to have more.
    situation.moving = [1, 5, 3].into();
    situation.members.remove(1);
    situation.member_mut(NodeId(6)).unwrap().weight = 6;
    let plan = judged(&situation).unwrap();
    let orphans = plan.moves.iter().filter(|m| m.cause == Cause::Orphan);
    assert_eq!((orphans.count(), plan.moves.len()), (10, 12));
    situation.advance(&plan);
    assert_eq!(situation.moving.len(), 3);
}
