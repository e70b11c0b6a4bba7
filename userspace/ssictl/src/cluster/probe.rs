// SPDX-License-Identifier: GPL-2.0-only

//! Whether somebody has a cluster's address already, asked before this node takes it.

use std::net::{IpAddr, Ipv4Addr};

use ssi_cluster::create::Draft;
use ssi_cluster::failure::{Failure, reason};
use ssi_cluster::system::System;

use crate::value::Mac;

/// Who answered for an address.
type Holder = (Ipv4Addr, [u8; 6]);

/// Asks for each address that the interface has not yet.
pub fn holders(system: &mut impl System, draft: &Draft) -> Result<Vec<Holder>, Failure> {
    let ifindex = system.ifindex(&draft.dev)?;
    let there = system.addresses(ifindex)?;
    let mut holders = Vec::new();
    for vip in &draft.vips {
        let IpAddr::V4(address) = vip.address else {
            continue;
        };
        if there.iter().any(|bound| bound.address == vip.address) {
            continue;
        }
        let holder = system.probe(ifindex, address).map_err(|e| {
            Failure::Refused(format!(
                "asking {} whether {address} is in use: {}",
                draft.dev,
                reason(&e)
            ))
        })?;
        holders.extend(holder.map(|mac| (address, mac)));
    }
    Ok(holders)
}

/// A sentence for each that is not the cluster's own master.
pub fn warnings(
    system: &mut impl System,
    name: &str,
    holders: &[Holder],
) -> Result<Vec<String>, Failure> {
    if holders.is_empty() {
        return Ok(Vec::new());
    }
    let cluster = system
        .cluster(name)
        .map_err(|e| Failure::refused(name, &e))?;
    let ours = [cluster.mac, cluster.group_mac];
    let others = holders.iter().filter(|(_, mac)| !ours.contains(mac));
    Ok(others
        .map(|(address, mac)| {
            format!(
                "{address} is in use: {} answered for it, which is not this cluster's MAC; take it away there, or \
                 clients reach the one or the other",
                Mac(*mac)
            )
        })
        .collect())
}
