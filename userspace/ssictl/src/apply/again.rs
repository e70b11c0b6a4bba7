// SPDX-License-Identifier: GPL-2.0-only

//! Applying a file again, to a cluster that went with its interface, with no administrator there to look at it: only where `apply` would
//! make what was there before.

use std::path::Path;

use ssi_cluster::failure::Failure;
use ssi_cluster::file::{ClusterFile, Node, State};
use ssi_cluster::fixed;
use ssi_cluster::system::System;
use ssi_netlink::Cluster;

use crate::apply::memory::Memory;

/// Refuses a file that does not describe what `was` there, or a memory that is not of its table. Another edit that came since comes
/// into force as by `apply`: of buckets this node has some less at most.
pub fn check(
    system: &mut impl System,
    file: &ClusterFile,
    me: &Node,
    memory: &Path,
    was: &Cluster,
) -> Result<(), Failure> {
    let (path, name) = (&file.source.path, &file.name);
    let refuse = |why: String| Err(Failure::Refused(format!("{path}: {why}")));
    if me.state == State::Leaving {
        return refuse(format!("{} leaves the cluster", me.name));
    }
    if was.lease.is_some() || was.lapsed {
        return refuse(format!("{name} had a lease here, so something else ran it"));
    }
    let ifindex = system.ifindex(&me.interface)?;
    // The interfaces are others than before.
    let now = Cluster {
        ifindex,
        forward_ifindex: None,
        ..was.clone()
    };
    fixed::check(system, file, me, &now, ifindex)?;
    // What this node had by then may be other nodes' by now, if that is not how apply left it.
    let had = Memory::of(memory, file, me).recall(system)?;
    match had.map(|had| had.generation) == Some(was.generation) {
        true => Ok(()),
        false => refuse(format!(
            "{name} had a table here that ssictl apply did not make; when it is clear which node has what: ssictl apply {path}"
        )),
    }
}
