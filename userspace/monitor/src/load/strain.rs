// SPDX-License-Identifier: GPL-2.0-only

//! Strain: the part of its weight that a node takes while it has no processor time to spare.
//!
//! A node may be short of processor time for reasons that no counter of buckets shows: a backup, a rebuild, a
//! neighbour on the same hypervisor. Then it takes less than its weight and the planner moves buckets away from it
//! until it has enough. What a node can measure is whether it suffers, not how much it could bear, so this has to try;
//! and each try moves buckets. The rules are there so that tries are few.
//!
//! *What is strain.* In a second, tasks waited for a processor for [`STRAINED`] percent of the time more than at the
//! node where they waited least: where all suffer alike nobody has anything to spare, and moves help nobody. Waiting
//! alone is not enough: tasks that a control group holds back wait too, on a machine that idles, and tasks that
//! are bound to one processor of many. So the processors have to be busy as well. *Calm* is far below that, and
//! with some processor time to spare. What lies between is neither: there the node stays as it is. So is the case
//! in which a foreign load takes all that is free, and the node's share has become so small that little waits:
//! it is not calm, and nothing is tried until the foreign load ends.
//!
//! *Down quickly.* Three strained seconds, and it is a step; a second without strain takes one of them back, so a
//! short peak does nothing. Two steps if all three were severe. The next step needs three more seconds, in
//! which the last one should have shown: new clients go elsewhere at once. From full to least it takes 6 to 12 s.
//!
//! *Up slowly.* The first step up wants a minute of calm, those that follow 15 s each. A strained second takes
//! back five calm ones: noise delays and does not forbid.
//!
//! *No oscillation.* If strain returns within two minutes of a step up, the step was a mistake: it alone is taken
//! back, and the next one waits twice as long: 2 minutes, 4, and so on up to half an hour. A load that hides
//! whenever the node gives way makes two mistakes in five minutes, and five in the first hour. Ten minutes at
//! full weight and the mistakes are forgiven.

use std::time::Duration;

/// Percent of its full weight that a node takes, step by step.
const LEVELS: [u32; 5] = [100, 70, 50, 35, 25];
const LOWEST: usize = LEVELS.len() - 1;

/// Percent of a second in which tasks waited beyond the least of the other nodes, from which on it is strain.
const STRAINED: u32 = 40;
/// From which on it is severe.
const SEVERE: u32 = 80;
/// Percent that processors have to be busy for strain.
const BUSY: u32 = 60;
/// Below both it is calm: waiting, and busy processors.
const CALM: u32 = 15;
const SPARE: u32 = 90;

/// So many strained seconds, and so long after the last change, for a step down.
const DOWN_AFTER: u32 = 3;
const DOWN_EVERY: Duration = Duration::from_secs(3);
/// So long a calm for the first step up, at first and at most.
const WAIT: Duration = Duration::from_secs(60);
const WAIT_MAX: Duration = Duration::from_secs(30 * 60);
/// So long a calm for those that follow.
const CLIMB: Duration = Duration::from_secs(15);
/// Strain so soon after a step up makes that a mistake.
const SOON: Duration = Duration::from_secs(120);
/// So long at full weight, and mistakes are forgiven.
const FORGIVE: Duration = Duration::from_secs(10 * 60);
/// What a strained second takes of a calm.
const SPOILT: u32 = 5;
/// The most time that one sample speaks for, if some are missing.
const SECOND_MAX: Duration = Duration::from_secs(2);

/// A node's own strain, and what it makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strain {
    /// Index in [`LEVELS`].
    level: usize,
    /// Strained seconds, and severe ones, less those without since.
    strained: u32,
    severe: u32,
    calm: Duration,
    seen: Option<Duration>,
    changed: Option<Duration>,
    /// When the last step up was, unless it was a mistake that has been counted.
    raised: Option<Duration>,
    climbing: bool,
    wait: Duration,
}

impl Default for Strain {
    fn default() -> Self {
        Self::new()
    }
}

impl Strain {
    /// Without strain so far.
    pub const fn new() -> Self {
        Self {
            level: 0,
            strained: 0,
            severe: 0,
            calm: Duration::ZERO,
            seen: None,
            changed: None,
            raised: None,
            climbing: false,
            wait: WAIT,
        }
    }

    /// Percent of its full weight that the node is to take.
    pub fn percent(&self) -> u32 {
        LEVELS.get(self.level).copied().unwrap_or(100)
    }

    /// Takes a sample's [`stall`](crate::load::Sample::stall) and [`cpu`](crate::load::Sample::cpu), once a second, and the `least`
    /// stall of the other nodes that could take more, 0 where none is known; `now` is a time that never goes back. Gives
    /// what [`Strain::percent`] gives.
    pub fn sample(&mut self, now: Duration, stall: u32, cpu: u32, least: u32) -> u32 {
        let passed = self.passed(now);
        self.weigh(passed, stall, cpu, least);
        if self.strained >= DOWN_AFTER && self.rested(now, DOWN_EVERY) {
            self.lower(now);
        } else if self.level > 0 && self.calm >= self.due() {
            self.raise(now);
        } else if self.level == 0 && self.rested(now, FORGIVE) {
            self.wait = WAIT;
        }
        self.percent()
    }

    fn passed(&mut self, now: Duration) -> Duration {
        let before = self.seen.replace(now).unwrap_or(now);
        now.saturating_sub(before).min(SECOND_MAX)
    }

    /// Adds a second to what is known of strain and calm.
    fn weigh(&mut self, passed: Duration, stall: u32, cpu: u32, least: u32) {
        let count = |sum: u32, more: bool| {
            if more {
                sum.saturating_add(1).min(DOWN_AFTER)
            } else {
                sum.saturating_sub(1)
            }
        };
        let beyond = stall.saturating_sub(least);
        let strained = beyond >= STRAINED && cpu >= BUSY;
        self.strained = count(self.strained, strained);
        self.severe = count(self.severe, strained && beyond >= SEVERE);
        if strained {
            self.calm = self.calm.saturating_sub(passed.saturating_mul(SPOILT));
        } else if stall < CALM && cpu < SPARE {
            self.calm = self.calm.saturating_add(passed).min(WAIT_MAX);
        }
    }

    fn lower(&mut self, now: Duration) {
        if self.level == LOWEST {
            return;
        }
        let mistake = self
            .raised
            .take()
            .is_some_and(|raised| now.saturating_sub(raised) < SOON);
        if mistake {
            self.wait = self.wait.saturating_mul(2).min(WAIT_MAX);
        }
        let steps = if self.severe >= DOWN_AFTER && !mistake {
            2
        } else {
            1
        };
        self.change(now, (self.level + steps).min(LOWEST));
        self.climbing = false;
    }

    fn raise(&mut self, now: Duration) {
        self.change(now, self.level.saturating_sub(1));
        self.climbing = true;
        self.raised = Some(now);
    }

    fn change(&mut self, now: Duration, level: usize) {
        self.level = level;
        self.changed = Some(now);
        self.strained = 0;
        self.severe = 0;
        self.calm = Duration::ZERO;
    }

    /// How long a calm the next step up wants.
    fn due(&self) -> Duration {
        if self.climbing { CLIMB } else { self.wait }
    }

    fn rested(&self, now: Duration, time: Duration) -> bool {
        self.changed
            .is_none_or(|changed| now.saturating_sub(changed) >= time)
    }
}

#[cfg(test)]
mod tests;
