// SPDX-License-Identifier: GPL-2.0-only

//! A situation checked, and its members in order.

use std::collections::BTreeSet;

use crate::{Error, Limits, Member, NodeId, Situation, State};

/// The members in order of their numbers: the ones that take buckets by place, and the rest.
pub struct Roster {
    members: Vec<Member>,
    takers: Vec<Member>,
}

/// Whose a bucket is, for a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    /// The taker's at this place.
    Taker(usize),
    /// A member's that gives all away.
    Leaver,
    /// Nobody's that is alive and fit.
    Nobody,
}

impl Roster {
    /// Checks the situation whole.
    pub fn new(situation: &Situation) -> Result<Self, Error> {
        let roster = Self::of(&situation.members)?;
        let k = situation.assignment.buckets();
        let buckets = situation.assignment.owners().len();
        if let Some(load) = &situation.load {
            if load.len() != buckets {
                let loads = load.len();
                return Err(Error::Loads { loads, buckets });
            }
        }
        for set in [
            &situation.moving,
            &situation.lingering,
            &situation.resting,
            &situation.cold,
        ] {
            inside(set, k)?;
        }
        let Limits { act, stop, .. } = situation.limits;
        if stop < 100 || act < stop {
            return Err(Error::Hysteresis { act, stop });
        }
        Ok(roster)
    }

    /// Checks the members.
    fn of(members: &[Member]) -> Result<Self, Error> {
        let mut members = members.to_vec();
        members.sort_unstable();
        let mut pairs = members.iter().zip(members.iter().skip(1));
        if let Some((twice, _)) = pairs.find(|(a, b)| a.id == b.id) {
            return Err(Error::Twice(twice.id));
        }
        let takers: Vec<Member> = members.iter().copied().filter(Member::takes).collect();
        if takers.is_empty() {
            return Err(Error::NobodyTakes);
        }
        Ok(Self { members, takers })
    }

    /// Those who take buckets, in order.
    pub fn takers(&self) -> &[Member] {
        &self.takers
    }

    /// Their weights.
    pub fn weights(&self) -> Vec<u32> {
        self.takers.iter().map(|member| member.weight).collect()
    }

    /// The number of the taker at a place.
    pub fn id(&self, place: usize) -> Option<NodeId> {
        self.takers.get(place).map(|member| member.id)
    }

    /// What an owner is.
    pub fn holder(&self, owner: Option<NodeId>) -> Holder {
        let Some(id) = owner else {
            return Holder::Nobody;
        };
        if let Ok(place) = self.takers.binary_search_by_key(&id, |member| member.id) {
            return Holder::Taker(place);
        }
        match self.members.binary_search_by_key(&id, |member| member.id) {
            Ok(place) if !self.is_unfit(place) => Holder::Leaver,
            Ok(_) | Err(_) => Holder::Nobody,
        }
    }

    fn is_unfit(&self, place: usize) -> bool {
        let member = self.members.get(place);
        member.is_some_and(|member| member.state == State::Unfit)
    }
}

fn inside(set: &BTreeSet<u32>, k: u32) -> Result<(), Error> {
    match set.last() {
        Some(last) if *last >= k => Err(Error::NoBucket(*last)),
        _ => Ok(()),
    }
}
