// SPDX-License-Identifier: GPL-2.0-only

//! Forecast: what a change would move, before anybody makes it.

use std::collections::BTreeMap;

use crate::{Assignment, Error, Member, Move, NodeId, Situation, State, plan};

/// A change that somebody thinks of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// A node joins.
    Join(Member),
    /// A member drains and then goes for good.
    Leave(NodeId),
    /// A member drains and stays.
    Drain(NodeId),
    /// A member gets another weight.
    Weight(NodeId, u32),
    /// A member dies: nobody drains its buckets.
    Death(NodeId),
}

impl Change {
    /// Makes the change; of [`Change::Leave`] its first half, the draining.
    ///
    /// # Errors
    ///
    /// [`Error::Twice`] for a join of a member, [`Error::NoMember`] for the rest.
    pub fn make(self, situation: &mut Situation) -> Result<(), Error> {
        match self {
            Self::Join(member) => {
                if situation.member_mut(member.id).is_ok() {
                    return Err(Error::Twice(member.id));
                }
                situation.members.push(member);
            }
            Self::Leave(id) | Self::Drain(id) => {
                situation.member_mut(id)?.state = State::Draining;
            }
            Self::Weight(id, weight) => situation.member_mut(id)?.weight = weight,
            Self::Death(id) => {
                situation.member_mut(id)?;
                situation.members.retain(|member| member.id != id);
            }
        }
        Ok(())
    }
}

/// What would come of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forecast {
    /// The table in the end.
    pub assignment: Assignment,
    /// The moves of each step: in a step all go into transition together.
    pub steps: Vec<Vec<Move>>,
    /// What each node has before and after, in order of their numbers.
    pub shares: Vec<Share>,
    /// Who took buckets before the change, and after it, in order: what a
    /// [`Scheme`](crate::Scheme) would number.
    pub takers: (Vec<NodeId>, Vec<NodeId>),
}

impl Forecast {
    /// Number of moves in all steps.
    pub fn moves(&self) -> usize {
        self.steps.iter().map(Vec::len).sum()
    }
}

/// A node's part of the whole before and after a change.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Share {
    /// Whose.
    pub node: NodeId,
    /// Its number of buckets before.
    pub before: u32,
    /// And after.
    pub after: u32,
    /// The load of its buckets before and after, if load is known.
    pub load: Option<(u64, u64)>,
}

/// What a change would come to, step by step.
///
/// # Errors
///
/// What [`Change::make`] or [`plan()`] refuse.
pub fn forecast(situation: &Situation, change: Change) -> Result<Forecast, Error> {
    let mut after = situation.clone();
    change.make(&mut after)?;
    let steps = settle(&mut after)?;
    Ok(Forecast {
        shares: shares(situation, &after),
        takers: (takers(situation), takers(&after)),
        assignment: after.assignment,
        steps,
    })
}

/// Plans until nothing is left to do, as if all transitions of a step ended together. Returns the
/// moves of each step; the situation is then the settled one.
///
/// Steps end also when [`Limits::max_moving`](crate::Limits::max_moving) is 0.
///
/// # Errors
///
/// What [`plan()`] refuses.
pub fn settle(situation: &mut Situation) -> Result<Vec<Vec<Move>>, Error> {
    let mut steps = Vec::new();
    loop {
        situation.moving.clear();
        let plan = plan(situation)?;
        situation.advance(&plan);
        if plan.moves.is_empty() {
            return Ok(steps);
        }
        steps.push(plan.moves);
    }
}

fn takers(situation: &Situation) -> Vec<NodeId> {
    let takers = situation.members.iter().filter(|member| member.takes());
    let mut takers: Vec<NodeId> = takers.map(|member| member.id).collect();
    takers.sort_unstable();
    takers
}

fn shares(before: &Situation, after: &Situation) -> Vec<Share> {
    let mut shares: BTreeMap<NodeId, Share> = BTreeMap::new();
    let share = |node: NodeId| Share {
        node,
        before: 0,
        after: 0,
        load: before.load.as_ref().map(|_| (0, 0)),
    };
    for member in before.members.iter().chain(&after.members) {
        shares.entry(member.id).or_insert_with(|| share(member.id));
    }
    let owners = before.assignment.owners().iter();
    for (bucket, (old, new)) in owners.zip(after.assignment.owners()).enumerate() {
        let load = before.load.as_ref().and_then(|load| load.get(bucket));
        let load = load.copied().unwrap_or(0);
        if let Some(share) = old.and_then(|id| shares.get_mut(&id)) {
            share.before += 1;
            share.load = share.load.map(|(b, a)| (b.saturating_add(load), a));
        }
        if let Some(share) = new.and_then(|id| shares.get_mut(&id)) {
            share.after += 1;
            share.load = share.load.map(|(b, a)| (b, a.saturating_add(load)));
        }
    }
    shares.into_values().collect()
}
