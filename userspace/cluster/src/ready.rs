// SPDX-License-Identifier: GPL-2.0-only

//! A machine made ready for ssid, and left by it. Which buckets a node serves, and who is the master, ssid sets later:
//! nothing here writes a table.

use std::net::IpAddr;

use ssi_netlink::{Cluster, Error, Table};

use crate::addresses;
use crate::create;
use crate::del;
use crate::difference::{self, Change, by_file};
use crate::failure::Failure;
use crate::file::{ClusterFile, Node};
use crate::replies;
use crate::system::System;
use crate::value::Buckets;

/// The error that the module gives for a name that no cluster has (`ENOENT`).
const UNKNOWN: i32 = 2;

/// What the kernel has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The cluster.
    pub cluster: Cluster,
    /// Its bucket table.
    pub table: Table,
}

/// Makes the cluster of a file on this machine, which is the node `me`, or changes the one that there is as the file
/// has it; after a failure all is as before. A new cluster serves nothing. One that is there keeps its table, its lease
/// and its mastership: it is what ssid left.
///
/// # Errors
///
/// The kernel refuses, or the cluster that is there is not ssid's, or no change can make it as the file has it.
pub fn ready(system: &mut impl System, file: &ClusterFile, me: &Node) -> Result<Found, Failure> {
    file.daemon()?;
    if me.is_witness() {
        return Err(Failure::Refused(format!(
            "{}: {} is a witness, with weight 0: it has no cluster in its kernel",
            file.source.path, me.name
        )));
    }
    match found(system, &file.name)? {
        Some(there) => {
            left_by_daemon(file, &there)?;
            Change::of(system, file, me, &there.cluster)?.make(system, |_| Ok(()))?;
        }
        None => {
            let nothing = Buckets::none(file.buckets);
            create::run(system, &difference::draft(file, me, &nothing)?)
                .map_err(|failure| by_file(file, failure))?;
        }
    }
    found(system, &file.name)?.ok_or_else(|| {
        Failure::Refused(format!(
            "{}: somebody has taken the cluster away at once",
            file.name
        ))
    })
}

/// Takes the cluster, its addresses and the interface made for it away from this machine, the node `me`; after a failure
/// all is as before. Where the module was unloaded the addresses are there still, and go as well.
///
/// # Errors
///
/// The kernel refuses, or the cluster that is there is not ssid's.
pub fn gone(system: &mut impl System, file: &ClusterFile, me: &Node) -> Result<(), Failure> {
    if let Some(there) = found(system, &file.name)? {
        left_by_daemon(file, &there)?;
        return del::run(system, &file.name);
    }
    // A witness may have none, and an interface that is gone has taken its addresses along.
    let Ok(ifindex) = system.ifindex(&me.interface) else {
        return Ok(());
    };
    let vips: Vec<IpAddr> = file.vips.iter().map(|vip| vip.address).collect();
    addresses::unbind(system, &me.interface, ifindex, &vips)?;
    replies::keep(system, &me.interface, ifindex, None)?;
    Ok(())
}

/// Refuses a cluster that serves without a lease: people run it.
fn left_by_daemon(file: &ClusterFile, there: &Found) -> Result<(), Failure> {
    let (path, name) = (&file.source.path, &file.name);
    let is_leased = there.cluster.lease.is_some() || there.cluster.lapsed;
    let owned = Buckets::of(&there.table.owned, there.table.buckets);
    match is_leased || owned.is_empty() {
        true => Ok(()),
        false => Err(Failure::Refused(format!(
            "{path}: {name} is here already and serves {} buckets without a lease, so it is a static cluster; \
             ssictl cluster del {name} first",
            owned.len()
        ))),
    }
}

pub(crate) fn found(system: &mut impl System, name: &str) -> Result<Option<Found>, Failure> {
    let refused = |e| Failure::refused(name, &e);
    let cluster = match system.cluster(name) {
        Err(Error::Refused(refusal)) if refusal.errno == UNKNOWN => return Ok(None),
        result => result.map_err(refused)?,
    };
    let table = system.table(name).map_err(refused)?;
    Ok(Some(Found { cluster, table }))
}

#[cfg(test)]
mod tests;
