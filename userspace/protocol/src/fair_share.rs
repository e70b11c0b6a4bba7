// SPDX-License-Identifier: GPL-2.0-only

//! The planner of `ssi-plan`, as the protocol asks for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use ssi_plan::{
    Assignment, Cause, Intent, Limits, Member, NodeId, Rest, Situation as Known, Smoothed, State,
    plan,
};

use crate::{AdminState, Planner, Situation};

/// Each node gets its share, by its weight and by load, with as few moves as that takes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FairShare {
    /// How far a plan may go.
    pub limits: Limits,
    /// For so many rounds of loads a bucket that moved is not levelled again.
    pub rest: u32,
    /// For so many rounds a bucket whose owner was lost moves after others.
    pub cold: u32,
    /// How much loads are smoothed: [`Smoothed::new`].
    pub shift: u32,
}

impl Default for FairShare {
    /// With a load each second: a minute's rest, ten in which clients of who was lost come back, and loads of the last ten seconds
    /// or so.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            rest: 60,
            cold: 600,
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
    /// Buckets whose owner was lost.
    cold: Option<Rest>,
    smoothed: Option<Smoothed>,
    /// What each node serves in buckets that it has given away, where it serves any.
    held: BTreeMap<NodeId, Smoothed>,
}

impl Remembered {
    /// A round of loads is complete.
    fn take_round(&mut self, planner: &FairShare, situation: &Situation<'_, BucketLoads>) {
        for rest in [&mut self.rest, &mut self.cold].into_iter().flatten() {
            rest.pass();
        }
        let mut samples: Vec<u64> = (0..situation.k).map(|_| 0).collect();
        let mut any = false;
        let mut held = BTreeMap::new();
        for (node, admin_state, loads) in &situation.members {
            // Connections that it had have no way out, so what it reports is of before.
            if admin_state.unfit {
                continue;
            }
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
        let cold = memory.cold.get_or_insert_with(|| Rest::new(self.cold));

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
            cold: cold.buckets().range(..situation.k).copied().collect(),
            intent: memory.intent.clone(),
            limits: self.limits,
        };
        // Where nobody takes buckets all stay where they are, and an orphan is nobody's.
        let Ok(plan) = plan(&known) else {
            return given;
        };
        rest.note(&plan.moves);
        // Where nobody had any the cluster begins.
        if situation.holders.iter().any(Option::is_some) {
            cold.note(
                plan.moves
                    .iter()
                    .filter(|moved| moved.cause == Cause::Orphan),
            );
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Buckets, NodeId as Node};

    const ALL: [Node; 3] = [Node(1), Node(2), Node(3)];

    fn serving(unfit: bool) -> AdminState {
        AdminState {
            unfit,
            draining: unfit,
            ..AdminState::default()
        }
    }

    /// Plans for these members and this table, which is nobody's wish yet; a round of loads is over.
    fn planned(
        members: &[(Node, AdminState, BucketLoads)],
        holders: &[Option<Node>],
        memory: &mut Remembered,
    ) -> Vec<Option<Node>> {
        let (k, members) = (u32::try_from(holders.len()).unwrap(), members.iter());
        let situation = Situation {
            k,
            members: members
                .map(|(id, state, load)| (*id, *state, load))
                .collect(),
            holders,
            targets: &vec![None; holders.len()],
            moving: Buckets::none(k),
            round: true,
        };
        FairShare::default().plan(&situation, memory)
    }

    fn members(of: &[Node]) -> Vec<(Node, AdminState, BucketLoads)> {
        of.iter()
            .map(|node| (*node, serving(false), BucketLoads::default()))
            .collect()
    }

    #[test]
    fn who_was_lost_and_comes_back_gets_other_buckets_than_it_had() {
        let mut memory = Remembered::default();
        let nobody = vec![None; 60];
        let before = planned(&members(&ALL), &nobody, &mut memory);
        let lost = |owner: &Option<Node>| owner.filter(|owner| *owner != Node(3));
        let holders: Vec<_> = before.iter().map(lost).collect();
        let without = planned(&members(&ALL[..2]), &holders, &mut memory);
        let back = planned(&members(&ALL), &without, &mut memory);
        let had = |table: &[Option<Node>]| -> BTreeSet<usize> {
            let all = table.iter().enumerate();
            all.filter(|(_, owner)| **owner == Some(Node(3)))
                .map(|(b, _)| b)
                .collect()
        };
        assert_eq!((had(&before).len(), had(&back).len()), (20, 20));
        assert!(had(&before).is_disjoint(&had(&back)));
    }

    #[test]
    fn who_has_no_route_out_is_charged_for_nothing() {
        let mut memory = Remembered::default();
        let table = vec![Some(Node(1)), Some(Node(2))];
        let mut all = members(&ALL);
        all[2].2 = BucketLoads(Arc::new([(0, 1000), (1, 1000)]));
        planned(&all, &table, &mut memory);
        assert_eq!(memory.held(Node(3)), 2000);
        all[2].1 = serving(true);
        planned(&all, &table, &mut memory);
        assert_eq!(memory.held(Node(3)), 0);
    }
}
