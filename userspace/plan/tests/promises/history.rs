// SPDX-License-Identifier: GPL-2.0-only

//! Clusters to which everything happens, one thing after the other, before the last has ended.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use ssi_plan::{Change, Member, NodeId, Rest, Situation, Smoothed, State};

use crate::judge::{judged, quotas, settled};
use crate::sample::{cluster, weights};

#[derive(Clone, Debug)]
enum Event {
    Join(u32),
    Drain(Index),
    CallOff(Index),
    Weight(Index, u32),
    Death(Index),
    Load(u64),
    TransitionsEnd(u64),
    Limit(u32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (0u32..9).prop_map(Event::Join),
        2 => any::<Index>().prop_map(Event::Drain),
        1 => any::<Index>().prop_map(Event::CallOff),
        2 => (any::<Index>(), 0u32..9).prop_map(|(who, weight)| Event::Weight(who, weight)),
        2 => any::<Index>().prop_map(Event::Death),
        4 => any::<u64>().prop_map(Event::Load),
        8 => any::<u64>().prop_map(Event::TransitionsEnd),
        1 => (0u32..30).prop_map(Event::Limit),
    ]
}

/// A cluster with what its caller keeps beside it.
struct World {
    situation: Situation,
    smoothed: Smoothed,
    rest: Rest,
    next: u32,
    knows_load: bool,
}

impl World {
    fn member(&self, who: Index) -> NodeId {
        self.situation.members[who.index(self.situation.members.len())].id
    }

    fn happens(&mut self, event: Event) {
        let change = match event {
            Event::Join(weight) => {
                self.next += 1;
                Change::Join(Member::weighing(NodeId(self.next), weight))
            }
            Event::Drain(who) => Change::Drain(self.member(who)),
            Event::CallOff(who) => {
                let id = self.member(who);
                self.situation.member_mut(id).unwrap().state = State::Serving;
                return;
            }
            Event::Weight(who, weight) => Change::Weight(self.member(who), weight),
            Event::Death(who) => Change::Death(self.member(who)),
            Event::Load(seed) => return self.load(seed),
            Event::TransitionsEnd(seed) => {
                let ended = |bucket: &u32| (seed >> (bucket % 64)) & 1 == 1;
                self.situation.moving.retain(|bucket| !ended(bucket));
                return;
            }
            Event::Limit(limit) => {
                self.situation.limits.max_moving = limit;
                return;
            }
        };
        let mut after = self.situation.clone();
        change.make(&mut after).unwrap();
        if after.members.iter().any(Member::takes) {
            self.situation = after;
        }
    }

    /// A round of load: some buckets are hot.
    fn load(&mut self, seed: u64) {
        if !self.knows_load {
            return;
        }
        let k = u64::from(self.situation.assignment.buckets());
        let load = |bucket: u64| match (seed ^ bucket).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 59 {
            0 => seed % 10_000,
            part => part,
        };
        let samples: Vec<u64> = (0..k).map(load).collect();
        self.smoothed.add(&samples).unwrap();
        self.situation.load = self.smoothed.load();
        self.rest.pass();
        self.situation.resting = self.rest.buckets();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..Default::default() })]
    #[test]
    fn claim_14_one_owner_whatever_happens(
        w in weights(7), k in 1u32..150, limit in 1u32..30, knows_load: bool, events in vec(event(), 1..60),
    ) {
        let mut situation = cluster(&w, k);
        situation.limits.max_moving = limit;
        let mut world = World { situation, smoothed: Smoothed::new(2), rest: Rest::new(3), next: 100, knows_load };
        for event in events {
            world.happens(event);
            let plan = judged(&world.situation).map_err(TestCaseError::fail)?;
            world.rest.note(&plan.moves);
            world.situation.advance(&plan);
        }
        world.situation.limits.max_moving = limit;
        settled(&mut world.situation).map_err(TestCaseError::fail)?;
        let all_with_takers = world.situation.assignment.owners().iter().all(|owner| {
            world.situation.members.iter().any(|m| Some(m.id) == *owner && m.takes())
        });
        prop_assert!(all_with_takers);
        if world.situation.load.is_none() {
            quotas(&world.situation).map_err(TestCaseError::fail)?;
        }
    }
}
