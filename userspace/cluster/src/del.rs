// SPDX-License-Identifier: GPL-2.0-only

//! Removing a cluster: the addresses first, so that the node never answers for them with its own MAC; the
//! interface that was made to forward by last, since the cluster needs it.

use std::net::IpAddr;

use ssi_netlink::{Cluster, Request};

use crate::addresses;
use crate::egress;
use crate::failure::Failure;
use crate::forward_interface;
use crate::replies;
use crate::system::System;

/// Removes the cluster; after a failure all is as before.
pub fn run(system: &mut impl System, name: &str) -> Result<(), Failure> {
    let refused = |e| Failure::refused(name, &e);
    let cluster = system.cluster(name).map_err(refused)?;
    let device = system
        .device(cluster.ifindex)
        .unwrap_or_else(|| format!("interface {}", cluster.ifindex));
    let again = again(system, &cluster)?;
    let left_over = forward_interface::left_over(system, &cluster)?;
    let bound = system.addresses(cluster.ifindex).unwrap_or_default();
    let group = addresses::group_of(&bound, cluster.group_mac);
    // The group last: while clients can send, switches are to know the members.
    let gone: Vec<IpAddr> = cluster.vips.iter().copied().chain(group).collect();
    let removed = addresses::unbind(system, &device, cluster.ifindex, &gone)?;
    let put_back =
        |system: &mut _| addresses::put_back(system, &device, cluster.ifindex, removed.iter());
    if let Err(e) = system.remove(name) {
        return Err(refused(e).and_undoing(put_back(system)));
    }
    if let Some(link) = left_over {
        forward_interface::remove(system, &link).map_err(|failure| {
            let made = system
                .create(&again)
                .map_err(|e| Failure::refused(format!("making {name} again"), &e));
            let made = made.and_then(|()| put_back(system));
            // Nobody can read a key back.
            let made = match cluster.key_id {
                Some(_) => made.and(Err(Failure::Refused(format!(
                    "{name} was made again without its key: ssictl cluster set {name} --key-file FILE"
                )))),
                None => made,
            };
            failure.and_undoing(made)
        })?;
    }
    // Who puts addresses back that are taken off (ssictl watch) may have done so while the cluster was there.
    addresses::unbind(system, &device, cluster.ifindex, &gone)?;
    replies::keep(system, &device, cluster.ifindex, None)?;
    // With the interface its rules of tc have gone.
    match system.source_rules(cluster.ifindex) {
        Ok(rules) if !rules.is_empty() => egress::off(system, &cluster, &device),
        _ => Ok(()),
    }
}

/// What makes the cluster again.
fn again(system: &mut impl System, cluster: &Cluster) -> Result<Request, Failure> {
    let table = system
        .table(&cluster.name)
        .map_err(|e| Failure::refused(&cluster.name, &e))?;
    Ok(Request::again(cluster, Some(table.owned)))
}
