// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl apply`: puts the cluster file in force on this node, as far as it may be without two nodes serving a bucket.

pub mod again;
mod args;
mod cluster;
mod memory;
mod step;
mod view;
mod wait;

#[cfg(test)]
mod cluster_of_fakes;
#[cfg(test)]
pub mod tests;

use std::path::Path;

use ssi_cluster::del;
use ssi_cluster::difference;
use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, Node, State, place};
use ssi_cluster::system::{self, System};
use ssi_cluster::transition;
use ssi_netlink::{Cluster, Error};

use crate::apply::memory::Memory;
use crate::apply::step::{Confirmed, Had, Step};
use crate::apply::view::Applied;
use crate::output::Output;

pub use args::Apply;
pub use memory::FOLDER;

/// The error that the module gives for a name that no cluster has (`ENOENT`).
const UNKNOWN: i32 = 2;

/// Does it, and shows what was done.
pub fn run(system: &mut impl System, output: Output, apply: &Apply) -> Result<(), Failure> {
    let path = place::find(apply.file.as_deref(), Path::new(place::FOLDER))?;
    let file = ClusterFile::read(&path)?;
    if let Some(remark) = &file.remark {
        eprintln!("ssictl: {remark}");
    }
    let machine = system::host();
    output.show(&done(system, &file, &machine, apply)?)
}

/// The same on a machine of this name, with a file that was read.
pub fn done(
    system: &mut impl System,
    file: &ClusterFile,
    machine: &str,
    apply: &Apply,
) -> Result<Applied, Failure> {
    file.by_hand("apply")?;
    let offline = apply.dry_run
        && system
            .clusters()
            .is_err_and(|e| matches!(e, Error::NoModule));
    // On an administrator's machine, perhaps: what can be said is that the file is right.
    let checked = || Applied::checked(file, file.this(machine, apply.node.as_deref()).ok(), apply);
    if let Some(applied) = offline.then(checked).flatten() {
        return Ok(applied);
    }
    let me = file.this(machine, apply.node.as_deref())?;
    let here = Here {
        file,
        me,
        apply,
        memory: Memory::of(&apply.memory, file, me),
    };
    let applied = match found(system, &file.name)? {
        Some(old) => here.change(system, &old)?,
        None => here.make(system)?,
    };
    match apply.dry_run {
        true => Ok(applied),
        false => here.end(system, applied),
    }
}

fn found(system: &mut impl System, name: &str) -> Result<Option<Cluster>, Failure> {
    match system.cluster(name) {
        Ok(cluster) => Ok(Some(cluster)),
        Err(Error::Refused(refusal)) if refusal.errno == UNKNOWN => Ok(None),
        Err(error) => Err(Failure::refused(name, &error)),
    }
}

/// A file, and which of its nodes this is.
struct Here<'a> {
    file: &'a ClusterFile,
    me: &'a Node,
    apply: &'a Apply,
    memory: Memory,
}

impl Here<'_> {
    fn confirmed(&self) -> Confirmed {
        Confirmed {
            adopt: self.apply.adopt,
            cold: self.apply.cold,
        }
    }

    /// Makes the cluster; after a failure all is as before.
    fn make(&self, system: &mut impl System) -> Result<Applied, Failure> {
        let (file, me) = (self.file, self.me);
        let mut applied = Applied::new(file, me, self.apply);
        let had = self.memory.recall(system)?;
        let step = Step::of(file, me, had.as_ref(), self.confirmed())?;
        if me.state == State::Leaving {
            // It has left.
            if had.is_some() && !self.apply.dry_run {
                self.memory.keep(system, None)?;
            }
            return Ok(applied);
        }
        let has = step.had(had.as_ref());
        applied.make(&step, has.generation);
        if self.apply.dry_run {
            difference::look(system, file, me)?;
            return Ok(applied);
        }
        self.memory.keep(system, Some(&has))?;
        cluster::make(system, file, me, &step, has.generation)
            .map_err(|failure| failure.and_undoing(self.memory.keep(system, had.as_ref())))?;
        Ok(applied)
    }

    /// Changes the cluster that there is; after a failure all is as before.
    fn change(&self, system: &mut impl System, old: &Cluster) -> Result<Applied, Failure> {
        let mut applied = Applied::new(self.file, self.me, self.apply);
        let change = cluster::compared(system, self.file, self.me, old)?;
        let had = Had {
            generation: old.generation,
            owned: change.owned(),
        };
        let step = Step::of(self.file, self.me, Some(&had), self.confirmed())?;
        let has = step.had(Some(&had));
        applied.change(change.lines(), &step, has.generation);
        if self.apply.dry_run {
            return Ok(applied);
        }
        let known = self.memory.recall(system)?;
        if known.as_ref() == Some(&has) {
            cluster::change(system, old, &change, &step)?;
            return Ok(applied);
        }
        // Should the machine go down half way, it comes back with what both tables allow.
        self.memory.keep(system, Some(&has))?;
        cluster::change(system, old, &change, &step)
            .map_err(|failure| failure.and_undoing(self.memory.keep(system, known.as_ref())))?;
        Ok(applied)
    }

    /// What comes when the table is in force: waiting for connections, and the end of a node that leaves.
    fn end(&self, system: &mut impl System, mut applied: Applied) -> Result<Applied, Failure> {
        let (file, me) = (self.file, self.me);
        if found(system, &file.name)?.is_none() {
            return Ok(applied);
        }
        let draining = match self.apply.wait {
            true => wait::drained(system, file)?,
            false => transition::draining(system, &file.name)?,
        };
        if me.state == State::Leaving && draining.is_empty() {
            del::run(system, &file.name)?;
            self.memory.keep(system, None)?;
            applied.remove();
            return Ok(applied);
        }
        applied.drain(&draining);
        Ok(applied)
    }
}
