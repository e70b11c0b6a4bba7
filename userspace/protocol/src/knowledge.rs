// SPDX-License-Identifier: GPL-2.0-only

//! Knowledge that all members of a view have of each other, and of where buckets are to go.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::{AdminState, Buckets, NodeId, Planner, Release, Report, Situation, State};

/// The same on all members, made of the same messages. Nobody serves a bucket for what is written
/// here; it shows only what is wanted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Knowledge<P: Planner> {
    k: u32,
    members: BTreeMap<NodeId, Member<P>>,
    holders: Vec<Option<NodeId>>,
    targets: Vec<Option<NodeId>>,
    memory: P::Memory,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Member<P: Planner> {
    admin_state: AdminState,
    load: P::Load,
    owned: Buckets,
    draining: Buckets,
}

impl<P: Planner> Knowledge<P> {
    /// What the members brought along, with a first plan. Buckets that none of them holds are given
    /// to who had them last or drains them, or to whom the plan wants, else to the first member to keep; for the same states
    /// they are the same node's, in whatever order the states came.
    pub(crate) fn gather<'a>(
        planner: &P,
        k: u32,
        states: impl Iterator<Item = (NodeId, &'a State<P>)> + Clone,
    ) -> Self
    where
        P: 'a,
    {
        let mut holders: Vec<Option<NodeId>> = (0..k).map(|_| None).collect();
        for (node, state) in states.clone() {
            for (bucket, holder) in (0..k).zip(&mut holders) {
                if holder.is_none() && state.held.contains(bucket) {
                    *holder = Some(node);
                }
            }
        }
        // Where leases have run out buckets have no holder, and go back to where their connections are: to who was the last
        // to accept for them, else to who drains them.
        let mut latest: Vec<_> = states.clone().collect();
        latest.sort_by_key(|(node, state)| (Reverse(state.former_generation), *node));
        let draining = states.clone().map(|(node, state)| (node, &state.draining));
        let former = latest.iter().map(|(node, state)| (*node, &state.former));
        let mut targets = holders.clone();
        for (node, buckets) in former.chain(draining) {
            for (bucket, target) in (0..k).zip(&mut targets) {
                if target.is_none() && buckets.contains(bucket) {
                    *target = Some(node);
                }
            }
        }
        let memory = states.clone().find_map(|(_, state)| state.memory.clone());
        let members = states.map(|(node, state)| (node, Member::new(state)));
        let mut all = Self {
            k,
            members: members.collect(),
            targets,
            holders,
            memory: memory.unwrap_or_default(),
        };
        all.plan(planner, false);
        let keeper = all.members.keys().next().copied();
        for (holder, target) in all.holders.iter_mut().zip(&all.targets) {
            *holder = holder.or(*target).or(keeper);
        }
        all
    }

    /// Who has the right to a bucket.
    pub fn holder(&self, bucket: u32) -> Option<NodeId> {
        *self.holders.get(usize::try_from(bucket).ok()?)?
    }

    /// Who is to have a bucket.
    pub fn target(&self, bucket: u32) -> Option<NodeId> {
        *self.targets.get(usize::try_from(bucket).ok()?)?
    }

    /// A member's weight and wish.
    pub fn admin_state(&self, node: NodeId) -> Option<AdminState> {
        Some(self.members.get(&node)?.admin_state)
    }

    /// Buckets that a member's kernel accepts for, and those that it drains, as far as it has reported.
    pub fn served_by(&self, node: NodeId) -> Option<(&Buckets, &Buckets)> {
        let member = self.members.get(&node)?;
        Some((&member.owned, &member.draining))
    }

    /// A member's load, as it reported it last.
    pub fn load_of(&self, node: NodeId) -> Option<&P::Load> {
        Some(&self.members.get(&node)?.load)
    }

    /// What the planner remembers.
    pub fn memory(&self) -> &P::Memory {
        &self.memory
    }

    /// Buckets that a node has the right to.
    pub fn held_by(&self, node: NodeId) -> Buckets {
        let all = (0..self.k).zip(&self.holders);
        let of = all.filter(|(_, holder)| **holder == Some(node));
        Buckets::of(self.k, of.map(|(bucket, _)| bucket))
    }

    /// Buckets that a member other than `node` drains.
    pub(crate) fn drained_beside(&self, node: NodeId) -> Buckets {
        let mut draining = Buckets::none(self.k);
        let others = self.members.iter().filter(|(id, _)| **id != node);
        others.for_each(|(_, member)| draining.add(&member.draining));
        draining
    }

    /// Buckets in transition.
    pub fn moving(&self) -> Buckets {
        let mut moving = Buckets::none(self.k);
        for (bucket, holder) in (0..self.k).zip(&self.holders) {
            let member = holder.and_then(|holder| self.members.get(&holder));
            if member.is_some_and(|member| !member.owned.contains(bucket)) {
                moving.insert(bucket);
            }
        }
        for (node, member) in &self.members {
            let others = member.draining.iter();
            let others = others.filter(|bucket| self.holder(*bucket) != Some(*node));
            others.for_each(|bucket| moving.insert(bucket));
        }
        moving
    }

    /// Asks the planner anew, after a round of loads or between two.
    pub(crate) fn plan(&mut self, planner: &P, round: bool) {
        let members = self.members.iter();
        let situation = Situation {
            k: self.k,
            members: members
                .map(|(node, member)| (*node, member.admin_state, &member.load))
                .collect(),
            holders: &self.holders,
            targets: &self.targets,
            moving: self.moving(),
            round,
        };
        let mut memory = self.memory.clone();
        let mut wanted = planner.plan(&situation, &mut memory).into_iter();
        self.memory = memory;
        for target in &mut self.targets {
            let wanted = wanted.next().flatten();
            *target = wanted.filter(|node| self.members.contains_key(node));
        }
    }

    /// A member gave buckets away. Where they are wanted now is where it gave them: were its reasons
    /// not known here, they would go back and forth.
    pub(crate) fn release(&mut self, from: NodeId, release: &Release) {
        for (to, buckets) in &release.to {
            let places = self.holders.iter_mut().zip(&mut self.targets);
            for (bucket, (holder, target)) in (0..self.k).zip(places) {
                if *holder == Some(from) && buckets.contains(bucket) {
                    *holder = Some(*to);
                    *target = Some(*to);
                }
            }
            let releases = self.members.get_mut(&from).filter(|_| !release.cold);
            if let Some(member) = releases {
                member.draining.add(buckets);
                member.owned.take(buckets);
            }
        }
    }

    /// A member's kernel does something else.
    pub(crate) fn report(&mut self, from: NodeId, report: &Report) {
        if let Some(member) = self.members.get_mut(&from) {
            member.owned = report.owned.clone();
            member.draining = report.draining.clone();
        }
    }

    /// A member's weight or wish is another.
    pub(crate) fn set_admin_state(&mut self, from: NodeId, admin_state: AdminState) {
        if let Some(member) = self.members.get_mut(&from) {
            member.admin_state = admin_state;
        }
    }

    /// A member measured its load. Returns whether a round of them is complete: the first member's
    /// begins the next.
    pub(crate) fn load(&mut self, from: NodeId, load: P::Load) -> bool {
        if let Some(member) = self.members.get_mut(&from) {
            member.load = load;
        }
        self.members.keys().next() == Some(&from)
    }
}

impl<P: Planner> Member<P> {
    fn new(state: &State<P>) -> Self {
        Self {
            admin_state: state.admin_state,
            load: state.load.clone(),
            owned: state.held.clone(),
            draining: state.draining.clone(),
        }
    }
}
