// SPDX-License-Identifier: GPL-2.0-only

//! Judges a plan by the rules that hold for every plan, without the planner's own code.

use std::collections::BTreeSet;

use ssi_plan::{Cause, Member, Move, NodeId, Plan, Situation, State, plan};

/// Plans; the error is which rule the plan breaks, if any.
pub fn judged(situation: &Situation) -> Result<Plan, String> {
    let plan = plan(situation).map_err(|e| e.to_string())?;
    owners(situation, &plan)?;
    moves(situation, &plan)?;
    transitions(situation, &plan)?;
    for order in [reversed, rotated] {
        let mut other = situation.clone();
        order(&mut other.members);
        if ssi_plan::plan(&other).as_ref() != Ok(&plan) {
            return Err("another order of the members gives another plan".into());
        }
    }
    Ok(plan)
}

/// Every bucket's owner is alive, and the table is the one before but for the moves.
fn owners(situation: &Situation, plan: &Plan) -> Result<(), String> {
    let mut expected = situation.assignment.clone();
    for moved in &plan.moves {
        expected.give(moved.bucket, moved.to);
    }
    if expected != plan.assignment {
        return Err("the table is not the old one with the moves".into());
    }
    let alive: BTreeSet<NodeId> = situation.members.iter().map(|member| member.id).collect();
    for (bucket, owner) in plan.assignment.owners().iter().enumerate() {
        if !owner.is_some_and(|id| alive.contains(&id)) {
            return Err(format!("bucket {bucket} is {owner:?}'s, who is not there"));
        }
    }
    Ok(())
}

/// Each move is from the bucket's owner and has a reason.
fn moves(situation: &Situation, plan: &Plan) -> Result<(), String> {
    let member = |id| situation.members.iter().find(|member| member.id == id);
    let mut seen = BTreeSet::new();
    for m in plan.moves.iter().chain(&plan.waiting) {
        let from = m.from.and_then(member);
        let reason = match m.cause {
            Cause::Orphan => from.is_none_or(|member| member.state == State::Unfit),
            Cause::Leave => {
                from.is_some_and(|member| !member.takes() && member.state != State::Unfit)
            }
            Cause::Weight | Cause::Load => from.is_some_and(Member::takes),
        };
        if !seen.insert(m.bucket)
            || m.from != situation.assignment.owner(m.bucket)
            || m.from == Some(m.to)
            || !member(m.to).is_some_and(Member::takes)
            || !reason
        {
            return Err(format!("{m:?} is wrong"));
        }
    }
    Ok(())
}

/// What is in transition stays, unless its owner leaves; what moves is within the limit, and what cannot stay or whose
/// owner leaves does not wait.
fn transitions(situation: &Situation, plan: &Plan) -> Result<(), String> {
    let moves = plan.moves.iter().filter(|m| m.cause != Cause::Orphan);
    let (again, planned): (Vec<&Move>, Vec<&Move>) =
        moves.partition(|m| situation.moving.contains(&m.bucket));
    if let Some(m) = again.iter().find(|m| m.cause != Cause::Leave) {
        return Err(format!("{m:?}: it is in transition"));
    }
    let held_up = |m: &&Move| m.cause == Cause::Leave;
    if let Some(m) = plan
        .waiting
        .iter()
        .find(held_up)
        .filter(|_| situation.limits.max_moving > 0)
    {
        return Err(format!("{m:?} waits, and its owner drains"));
    }
    let planned = planned.iter().filter(|m| m.cause != Cause::Leave);
    let planned: Vec<&&Move> = planned.collect();
    let together = planned.len() + situation.moving.difference(&situation.lingering).count();
    if !planned.is_empty() && together > situation.limits.max_moving as usize + orphaned(situation)
    {
        return Err(format!("{together} buckets are in transition together"));
    }
    match plan.waiting.iter().find(|m| m.cause == Cause::Orphan) {
        Some(orphan) => Err(format!("{orphan:?} waits")),
        None => Ok(()),
    }
}

/// Buckets in transition whose new owner died: that transition is over.
fn orphaned(situation: &Situation) -> usize {
    let alive: BTreeSet<NodeId> = situation.members.iter().map(|member| member.id).collect();
    let owner = |bucket: &u32| situation.assignment.owner(*bucket);
    let dead = |bucket: &&u32| !owner(bucket).is_some_and(|id| alive.contains(&id));
    situation.moving.iter().filter(dead).count()
}

fn reversed(members: &mut [Member]) {
    members.reverse();
}

fn rotated(members: &mut [Member]) {
    members.rotate_left(members.len() / 3);
}

/// Ends all transitions and plans, over and over, judging each plan, until nothing is left to do.
/// Returns all moves.
pub fn settled(situation: &mut Situation) -> Result<Vec<Move>, String> {
    let mut moves = Vec::new();
    // Each step but the last moves something, and no bucket has to go further than twice.
    let most = 4 * situation.assignment.owners().len() + 4;
    for _ in 0..most {
        situation.moving.clear();
        let plan = judged(situation)?;
        situation.advance(&plan);
        if plan.is_settled() {
            return Ok(moves);
        }
        if plan.moves.is_empty() {
            return Err(format!(
                "nothing moves and {:?} waits",
                plan.waiting.first()
            ));
        }
        moves.extend(plan.moves);
    }
    Err(format!("not settled after {most} steps"))
}

/// Whether each taker has its share of the buckets, rounded down or up, and others nothing.
pub fn quotas(situation: &Situation) -> Result<(), String> {
    let takers = || situation.members.iter().filter(|member| member.takes());
    let total: u64 = takers().map(|member| u64::from(member.weight)).sum();
    let k = u64::from(situation.assignment.buckets());
    let mut sum = 0;
    for member in takers() {
        let has = u64::from(situation.assignment.count(member.id));
        let share = k * u64::from(member.weight);
        if has < share / total || has > share.div_ceil(total) {
            let id = member.id;
            return Err(format!("node {id} has {has} buckets for {share}/{total}"));
        }
        sum += has;
    }
    if sum == k {
        Ok(())
    } else {
        Err(format!("{sum} of {k} buckets are with takers"))
    }
}
