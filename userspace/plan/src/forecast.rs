// SPDX-License-Identifier: GPL-2.0-only

//! What if: what a change would move, before anybody makes it.

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
/// What [`Change::make`] or [`plan`] refuse.
pub fn forecast(situation: &Situation, change: Change) -> Result<Forecast, Error> {
    let mut after = situation.clone();
    change.make(&mut after)?;
    let steps = settle(&mut after)?;
    let mut nodes: Vec<NodeId> = situation.members.iter().map(|member| member.id).collect();
    nodes.extend(after.members.iter().map(|member| member.id));
    nodes.sort_unstable();
    nodes.dedup();
    let shares = nodes.into_iter().map(|node| Share {
        node,
        before: situation.assignment.count(node),
        after: after.assignment.count(node),
        load: situation.load.as_deref().map(|load| {
            (
                served(load, &situation.assignment, node),
                served(load, &after.assignment, node),
            )
        }),
    });
    Ok(Forecast {
        shares: shares.collect(),
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
/// What [`plan`] refuses.
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

fn served(load: &[u64], table: &Assignment, node: NodeId) -> u64 {
    let owners = load.iter().zip(table.owners());
    owners
        .filter(|(_, owner)| **owner == Some(node))
        .fold(0, |sum, (load, _)| sum.saturating_add(*load))
}
