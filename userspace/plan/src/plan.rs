// SPDX-License-Identifier: GPL-2.0-only

//! The next table and the moves to it.

use std::collections::BTreeSet;

use crate::roster::Roster;
use crate::{Assignment, Error, Intent, Member, NodeId, Situation, by_count, by_load};

/// What is to be done now, and what is left for later.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Plan {
    /// The table after `moves`: each bucket has one owner that is a member.
    pub assignment: Assignment,
    /// What changes now, no bucket twice, in order of importance.
    pub moves: Vec<Move>,
    /// What the goal needs besides, and waits: for buckets in transition to be fewer than
    /// [`Limits::max_moving`](crate::Limits::max_moving), or for its own bucket's to end. The next
    /// plan may choose otherwise.
    pub waiting: Vec<Move>,
    /// What the next plan is to go on with.
    pub intent: Intent,
}

impl Plan {
    /// Whether the goal is reached: nothing moves and nothing waits.
    pub fn is_settled(&self) -> bool {
        self.moves.is_empty() && self.waiting.is_empty() && self.intent == Intent::default()
    }
}

/// A bucket changes its owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Move {
    /// Which.
    pub bucket: u32,
    /// The owner before, dead or alive.
    pub from: Option<NodeId>,
    /// The owner after, another.
    pub to: NodeId,
    /// Why.
    pub cause: Cause,
}

/// Why a bucket moves. The less goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// It has no owner that is alive: moved at once, taken cold.
    Orphan,
    /// Its owner drains or has weight 0.
    Leave,
    /// The new owner has fewer buckets than its weight stands for: it joined, or weights changed.
    Weight,
    /// Its owner has more load than its weight stands for.
    Load,
}

/// The next step towards the goal; the same for the same situation, whatever the order of members.
///
/// Buckets without a living owner are all given away. The rest moves as far as
/// [`Limits::max_moving`](crate::Limits::max_moving) allows. Called again whenever transitions end,
/// it comes to a goal and stays there.
///
/// # Errors
///
/// [`Error`] says what is wrong with the situation.
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
    let orphans = goal.iter().filter(|m| m.cause == Cause::Orphan);
    let drained_by_nobody = orphans
        .filter(|m| situation.moving.contains(&m.bucket))
        .count();
    let in_transition = situation.moving.len() - drained_by_nobody;
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
            // Its new owner gives it on, so as many are in transition as before.
            Cause::Leave if in_transition => situation.limits.max_moving > 0,
            _ => room > 0 && !in_transition,
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
        if next.cause != Cause::Orphan && !in_transition {
            room -= 1;
        }
        plan.assignment.give(next.bucket, next.to);
        plan.moves.push(next);
    }
    plan
}
