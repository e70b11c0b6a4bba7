// SPDX-License-Identifier: GPL-2.0-only

//! Planner: the next step towards the goal.

use std::collections::BTreeSet;

use crate::roster::Roster;
use crate::{
    Assignment, Cause, Error, Intent, Member, Move, NodeId, Plan, Situation, by_count, by_load,
};

/// The next step towards the goal; the same for the same situation, whatever the order of members.
///
/// Buckets without a living owner, and those of a node that drains, are all given away. The rest moves as far as
/// [`Limits::max_moving`](crate::Limits::max_moving) allows. Called again whenever transitions end,
/// it comes to a goal and stays there.
///
/// # Errors
///
/// [`Error`] is what is wrong with the situation.
pub fn plan(situation: &Situation) -> Result<Plan, Error> {
    let roster = Roster::new(situation)?;
    let (goal, filling) = match &situation.load {
        None => (by_count::moves(situation, &roster), BTreeSet::new()),
        Some(load) => by_load::moves(situation, &roster, load),
    };
    Ok(step(situation, goal, filling))
}

/// The first table of a cluster with `k` buckets: the same on all nodes that know the same members.
///
/// With equal weights bucket b is the (b mod N)th member's.
///
/// # Errors
///
/// [`Error::Buckets`], [`Error::NobodyTakes`], [`Error::Twice`].
pub fn initial(members: &[Member], k: u32) -> Result<Assignment, Error> {
    let situation = Situation::new(members.to_vec(), Assignment::unowned(k)?);
    Ok(plan(&situation)?.assignment)
}

/// Divides the moves to the goal into those of now and those that wait.
fn step(situation: &Situation, goal: Vec<Move>, filling: BTreeSet<NodeId>) -> Plan {
    // Nobody drains an orphan.
    let orphans = goal.iter().filter(|m| m.cause == Cause::Orphan);
    let orphans: BTreeSet<u32> = orphans.map(|m| m.bucket).collect();
    let counting = situation.moving.difference(&situation.lingering);
    let in_transition = counting.filter(|bucket| !orphans.contains(bucket)).count();
    let mut room = usize::try_from(situation.limits.max_moving)
        .unwrap_or(usize::MAX)
        .saturating_sub(in_transition);

    let mut plan = Plan {
        assignment: situation.assignment.clone(),
        moves: Vec::new(),
        waiting: Vec::new(),
        intent: Intent {
            filling,
            levelling: false,
        },
    };
    for next in goal {
        let in_transition = situation.moving.contains(&next.bucket);
        let now = match next.cause {
            Cause::Orphan => true,
            // An operator waits for it, or a service is ill.
            Cause::Leave => situation.limits.max_moving > 0,
            Cause::Weight | Cause::Load => room > 0 && !in_transition,
        };
        if !now {
            match next.cause {
                Cause::Weight => _ = plan.intent.filling.insert(next.to),
                Cause::Load => plan.intent.levelling = true,
                Cause::Orphan | Cause::Leave => {}
            }
            plan.waiting.push(next);
            continue;
        }
        if matches!(next.cause, Cause::Weight | Cause::Load) {
            room -= 1;
        }
        plan.assignment.give(next.bucket, next.to);
        plan.moves.push(next);
    }
    plan
}
