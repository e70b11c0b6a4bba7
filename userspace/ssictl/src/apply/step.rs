// SPDX-License-Identifier: GPL-2.0-only

//! Next step towards a file's table, such that no bucket ever has two owners.
//!
//! Two steps make a generation: first every node gives away what is no longer its own (`apply`), then every node takes
//! what is (`apply --adopt`). What a node has never grows in the first step. So while some nodes are in the first step
//! of a generation and others before it, tables that had no bucket twice have none twice; and in the second, all have
//! a part of what the file gives them, and the file gives no bucket twice.

use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, Node};

use crate::value::Buckets;

/// The kernel's generations that one of the file's has. Generation 7 of the file is 7000 when this node has given away
/// what it does not own, and waits for more; 7500 when it has all. Those between are for changes by hand.
const STRIDE: u64 = 1000;
const ALL: u64 = 500;

/// What a node has: in its kernel, or before it was started anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Had {
    /// The kernel's generation.
    pub generation: u64,
    /// The buckets.
    pub owned: Buckets,
}

/// What the administrator confirms about the other nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// All have done the first step of this generation.
    pub adopt: bool,
    /// Those are dead that had what is taken.
    pub cold: bool,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The table from now on.
    pub owned: Buckets,
    /// The least generation that the kernel is to have then.
    pub generation: u64,
    /// What is given away.
    pub gives: Buckets,
    /// What is taken.
    pub takes: Buckets,
    /// Of this, what nobody drains.
    pub cold: Buckets,
    /// What the file gives this node and it does not take yet.
    pub waits: Buckets,
}

impl Step {
    /// The next step of the node `me`; nothing has changed before it where `had` is none.
    pub fn of(
        file: &ClusterFile,
        me: &Node,
        had: Option<&Had>,
        confirmed: Confirmed,
    ) -> Result<Self, Failure> {
        let first = file.generation.saturating_mul(STRIDE);
        let none = Buckets::none(file.buckets);
        let in_force = had.map_or(0, |had| had.generation / STRIDE);
        check(file, me, had, in_force)?;
        let kept = match had {
            Some(had) => had.owned.and(&me.owns),
            // Before the first generation nobody had anything.
            None if file.generation == 1 => me.owns.clone(),
            None => none.clone(),
        };
        let is_released = had.is_some() && in_force == file.generation;
        if confirmed.adopt && !is_released && kept != me.owns {
            return Err(Failure::Refused(format!(
                "{}: --adopt is for when every node has given away what it does not own any more, and {} has not \
                 done so with generation {}: first, on every node, ssictl apply {}",
                file.source.path, me.name, file.generation, file.source.path
            )));
        }
        let owned = match (confirmed.adopt, confirmed.cold) {
            (true, _) => me.owns.clone(),
            (false, true) => kept.or(&me.cold),
            (false, false) => kept,
        };
        let had_owned = had.map_or(&none, |had| &had.owned);
        let takes = owned.minus(had_owned);
        let cold = if confirmed.cold { &takes } else { &me.cold };
        Ok(Self {
            generation: if owned == me.owns { first + ALL } else { first },
            gives: had_owned.minus(&owned),
            cold: takes.and(cold),
            takes,
            waits: me.owns.minus(&owned),
            owned,
        })
    }

    /// What the node has after it.
    pub fn had(&self, before: Option<&Had>) -> Had {
        let generation = match before {
            Some(before) if self.is_done(before) => before.generation,
            // By hand it may have been counted up.
            Some(before) => self.generation.max(before.generation.saturating_add(1)),
            None => self.generation,
        };
        Had {
            generation,
            owned: self.owned.clone(),
        }
    }

    /// Whether a node has it so already.
    pub fn is_done(&self, had: &Had) -> bool {
        self.owned == had.owned
            && had.generation >= self.generation
            && had.generation / STRIDE == self.generation / STRIDE
    }
}

/// Refuses what is no step forward.
fn check(file: &ClusterFile, me: &Node, had: Option<&Had>, in_force: u64) -> Result<(), Failure> {
    let (path, generation) = (&file.source.path, file.generation);
    if in_force > generation {
        return Err(Failure::Refused(format!(
            "{path}: generation {generation} is older than {in_force}, which {} has: copy the newest file here",
            me.name
        )));
    }
    let strange = had.map(|had| had.owned.minus(&me.owns));
    match strange {
        Some(strange) if in_force == generation && !strange.is_empty() => {
            Err(Failure::Refused(format!(
                "{path}: {} has generation {generation} with buckets that the file gives to others ({} of them): \
                 that was another file, or a table set by hand; make a newer generation by ssictl join, leave, \
                 drain or weight",
                me.name,
                strange.len()
            )))
        }
        _ => Ok(()),
    }
}
