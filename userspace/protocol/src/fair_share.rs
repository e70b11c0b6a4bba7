// SPDX-License-Identifier: GPL-2.0-only

//! The planner of `ssi-plan`, as the protocol asks for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use ssi_plan::{
    Assignment, Intent, Limits, Member, NodeId, Rest, Situation as Known, Smoothed, State, plan,
};

use crate::{AdminState, Planner, Situation};

/// Each node gets its share, by its weight and by load, with as few moves as that takes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FairShare {
    /// How far a plan may go.
    pub limits: Limits,
    /// For so many rounds of loads a bucket that moved is not levelled again.
    pub rest: u32,
    /// How much loads are smoothed: [`Smoothed::new`].
    pub shift: u32,
}

impl Default for FairShare {
    /// With a load each second: a minute's rest, and loads of the last ten seconds or so.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            rest: 60,
            shift: 3,
        }
    }
}

/// A node's buckets and the load that it saw on each, in any unit, the same on all nodes; what is not
/// listed has none.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct BucketLoads(pub Arc<[(u32, u64)]>);

/// What the planner remembers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Remembered {
    intent: Intent,
    rest: Option<Rest>,
    smoothed: Option<Smoothed>,
    /// What each node serves in buckets that it has given away, where it serves any.
    held: BTreeMap<NodeId, Smoothed>,
}

impl Remembered {
    /// A round of loads is complete.
    fn take_round(&mut self, planner: &FairShare, situation: &Situation<'_, BucketLoads>) {
        if let Some(rest) = &mut self.rest {
            rest.pass();
        }
        let mut samples: Vec<u64> = (0..situation.k).map(|_| 0).collect();
        let mut any = false;
        let mut held = BTreeMap::new();
        for (node, _, loads) in &situation.members {
            let mut besides: u64 = 0;
            for (bucket, load) in loads.0.iter() {
                let Some(place) = usize::try_from(*bucket).ok() else {
                    continue;
                };
                let holder = situation.holders.get(place).copied().flatten();
                match samples.get_mut(place) {
                    Some(_) if holder.is_some_and(|holder| holder != *node) => {
                        besides = besides.saturating_add(*load);
                    }
                    Some(sample) => *sample = sample.saturating_add(*load),
                    None => continue,
                }
                any = true;
            }
            if besides > 0 || self.held(*node) > 0 {
                let average = self.held.remove(node);
                let mut average = average.unwrap_or_else(|| Smoothed::new(planner.shift));
                // Who sent another number of averages sent nothing that counts.
                if average.add(&[besides]).is_ok() {
                    held.insert(*node, average);
                }
            }
        }
        self.held = held;
        let smoothed = self.smoothed.take();
        let mut smoothed = smoothed.unwrap_or_else(|| Smoothed::new(planner.shift));
        // Who receives nothing keeps what was known.
        if any && smoothed.add(&samples).is_err() {
            smoothed = Smoothed::new(planner.shift);
        }
        self.smoothed = Some(smoothed);
    }

    /// What a node serves in buckets that it has given away.
    fn held(&self, node: NodeId) -> u64 {
        let average = self.held.get(&node).and_then(Smoothed::load);
        average.and_then(|load| load.first().copied()).unwrap_or(0)
    }
}

impl Planner for FairShare {
    type Load = BucketLoads;
    type Memory = Remembered;

    fn plan(
        &self,
        situation: &Situation<'_, BucketLoads>,
        memory: &mut Remembered,
    ) -> Vec<Option<NodeId>> {
        if situation.round {
            memory.take_round(self, situation);
        }
        let given = situation.targets.iter().zip(situation.holders);
        let given: Vec<Option<NodeId>> = given.map(|(target, holder)| target.or(*holder)).collect();
        let on_the_way = (0..situation.k)
            .zip(given.iter().zip(situation.holders))
            .filter(|(_, (given, holder))| holder.is_some() && given != holder)
            .map(|(bucket, _)| bucket);
        let moving: BTreeSet<u32> = situation.moving.iter().chain(on_the_way).collect();
        let members = situation.members.iter();
        let members = members.map(|known| member(known, memory)).collect();
        let rest = memory.rest.get_or_insert_with(|| Rest::new(self.rest));

        let Ok(assignment) = Assignment::new(given.clone()) else {
            return given;
        };
        let resting: BTreeSet<u32> = rest.buckets().range(..situation.k).copied().collect();
        // Where none rest nobody knows for how long they have been in transition.
        let lingering = match self.rest {
            0 => BTreeSet::new(),
            _ => moving.difference(&resting).copied().collect(),
        };
        let known = Known {
            members,
            assignment,
            moving,
            lingering,
            load: memory.smoothed.as_ref().and_then(Smoothed::load),
            resting,
            intent: memory.intent.clone(),
            limits: self.limits,
        };
        // Where nobody takes buckets all stay where they are, and an orphan is nobody's.
        let Ok(plan) = plan(&known) else {
            return given;
        };
        rest.note(&plan.moves);
        memory.intent = plan.intent;
        plan.assignment.owners().to_vec()
    }
}

fn member(
    (id, admin_state, _): &(NodeId, AdminState, &BucketLoads),
    memory: &Remembered,
) -> Member {
    Member {
        state: match admin_state {
            AdminState { unfit: true, .. } => State::Unfit,
            AdminState { draining: true, .. } => State::Draining,
            _ => State::Serving,
        },
        held: memory.held(*id),
        ..Member::weighing(*id, admin_state.weight)
    }
}
