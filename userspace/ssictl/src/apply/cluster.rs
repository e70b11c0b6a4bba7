// SPDX-License-Identifier: GPL-2.0-only

//! A cluster made or changed as the file has it, with the step's table: all of it, or nothing.

use ssi_cluster::create;
use ssi_cluster::del;
use ssi_cluster::difference::{self, Change, by_file};
use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, Node};
use ssi_cluster::system::System;
use ssi_cluster::transition::{self, Table};
use ssi_netlink::Cluster;

use crate::apply::step::{Had, Step};
use crate::value::Buckets;

/// Makes the cluster, with a table of this generation.
pub fn make(
    system: &mut impl System,
    file: &ClusterFile,
    me: &Node,
    step: &Step,
    generation: u64,
) -> Result<(), Failure> {
    let no_buckets = Buckets::none(file.buckets);
    create::run(system, &difference::draft(file, me, &step.owned)?)
        .map_err(|failure| by_file(file, failure))?;
    let table = Table {
        owned: &step.owned,
        // A cluster that was not there has no connections.
        cold: &no_buckets,
        generation,
    };
    transition::put(system, &file.name, &table)
        .map_err(|failure| failure.and_undoing(del::run(system, &file.name)))
}

/// What is to change of a cluster that is there. One that something else runs is refused.
pub fn compared<'a>(
    system: &mut impl System,
    file: &'a ClusterFile,
    me: &'a Node,
    old: &'a Cluster,
) -> Result<Change<'a>, Failure> {
    if old.lease.is_some() || old.lapsed {
        let (path, name) = (&file.source.path, &file.name);
        return Err(Failure::Refused(format!(
            "{path}: {name} has a lease here, so something else runs it; end that, then ssictl cluster del {name}"
        )));
    }
    Change::of(system, file, me, old)
}

/// Changes the cluster, the table last.
pub fn change(
    system: &mut impl System,
    old: &Cluster,
    change: &Change<'_>,
    step: &Step,
) -> Result<(), Failure> {
    change.make(system, |system| put(system, &old.name, change, step))
}

/// Puts the step's table in force, if it is not.
fn put(
    system: &mut impl System,
    name: &str,
    change: &Change<'_>,
    step: &Step,
) -> Result<(), Failure> {
    let now = system
        .cluster(name)
        .map_err(|e| Failure::refused(name, &e))?;
    let had = Had {
        generation: now.generation,
        owned: change.owned(),
    };
    if step.is_done(&had) {
        return Ok(());
    }
    let table = Table {
        owned: &step.owned,
        cold: &step.cold,
        generation: step.had(Some(&had)).generation,
    };
    transition::put(system, name, &table)
}
