// SPDX-License-Identifier: GPL-2.0-only

//! A cluster that serves the day: what its nodes have to do, and its planner's rounds.

use ssi_plan::{Limits, Member, NodeId, Rest, Situation, Smoothed, initial, plan};

use crate::random::Random;
use crate::world::{BUCKETS, STEP};

/// Number of nodes.
pub const NODES: usize = 16;
/// A sample counts for an eighth: load is smoothed over some 80 seconds.
const SMOOTHING: u32 = 3;
/// A bucket that has moved rests for 15 minutes.
const REST: u32 = 90;
/// When levelling begins and ends, and how much moves together.
pub const LIMITS: Limits = Limits {
    max_moving: 16,
    act: 125,
    stop: 110,
    quiet: 0,
};
/// Part of a bucket's load that is in connections there are already; they end by and by.
const CONNECTED: f64 = 0.8;
/// Seconds until the last of them has ended: on average, and at most.
const DRAIN: (f64, f64) = (150.0, 600.0);

/// The cluster at one moment.
pub struct Cluster {
    situation: Situation,
    smoothed: Smoothed,
    rest: Rest,
    draining: Vec<Drain>,
    random: Random,
    now: f64,
    levels: bool,
}

/// A bucket's old owner still has connections.
struct Drain {
    bucket: u32,
    from: NodeId,
    begin: f64,
    time: f64,
}

impl Cluster {
    /// Equal nodes with their first table; `levels` is whether it ever changes.
    pub fn new(levels: bool) -> Self {
        let members: Vec<Member> = (0..NODES as u32)
            .map(|rank| Member::new(NodeId(rank)))
            .collect();
        let table = initial(&members, BUCKETS as u32).unwrap();
        let mut situation = Situation::new(members, table);
        situation.limits = LIMITS;
        Self {
            situation,
            smoothed: Smoothed::new(SMOOTHING),
            rest: Rest::new(REST),
            draining: Vec::new(),
            random: Random::new(7),
            now: 0.0,
            levels,
        }
    }

    /// A round: learns what was counted, plans, moves. Returns the buckets that moved.
    pub fn round(&mut self, counted: &[u64]) -> Vec<u32> {
        self.now += STEP;
        let now = self.now;
        self.draining.retain(|drain| drain.begin + drain.time > now);
        self.situation.moving = self.draining.iter().map(|drain| drain.bucket).collect();
        self.smoothed.add(counted).unwrap();
        self.rest.pass();
        if !self.levels {
            return Vec::new();
        }
        self.situation.load = self.smoothed.load();
        self.situation.resting = self.rest.buckets();
        let plan = plan(&self.situation).unwrap();
        self.rest.note(&plan.moves);
        for moved in &plan.moves {
            let time = self.random.wait(DRAIN.0).min(DRAIN.1);
            self.draining.extend(moved.from.map(|from| Drain {
                bucket: moved.bucket,
                from,
                begin: now,
                time,
            }));
        }
        self.situation.advance(&plan);
        plan.moves.into_iter().map(|moved| moved.bucket).collect()
    }

    /// What each node has to do: old connections of draining buckets are still their old owner's.
    pub fn served(&self, load: &[f64]) -> [f64; NODES] {
        let mut served = [0.0; NODES];
        for (owner, load) in self.situation.assignment.owners().iter().zip(load) {
            served[owner.unwrap().0 as usize] += load;
        }
        for drain in &self.draining {
            let left = 1.0 - ((self.now - drain.begin) / drain.time).clamp(0.0, 1.0);
            let still = load[drain.bucket as usize] * CONNECTED * left;
            let owner = self.situation.assignment.owner(drain.bucket).unwrap();
            served[owner.0 as usize] -= still;
            served[drain.from.0 as usize] += still;
        }
        served
    }
}
