// SPDX-License-Identifier: GPL-2.0-only

//! Whether somebody has a cluster's address already, asked before this node takes it.

use std::io::IsTerminal as _;
use std::net::{IpAddr, Ipv4Addr};

use ssi_cluster::failure::{Failure, reason};
use ssi_cluster::system::System;

use crate::value::Mac;

/// Who answered for an address.
type Holder = (Ipv4Addr, [u8; 6]);

/// Whether to ask: who reads the answer is at a terminal; a script is not made to wait unless it wants to.
pub fn wanted(given: bool) -> bool {
    given || std::io::stderr().is_terminal()
}

/// Asks for each address that the interface has not yet.
pub fn holders(
    system: &mut impl System,
    dev: &str,
    vips: impl IntoIterator<Item = IpAddr>,
) -> Result<Vec<Holder>, Failure> {
    let ifindex = system.ifindex(dev)?;
    let there = system.addresses(ifindex)?;
    let mut holders = Vec::new();
    for vip in vips {
        let IpAddr::V4(address) = vip else {
            continue;
        };
        if there.iter().any(|bound| bound.address == vip) {
            continue;
        }
        let holder = system.probe(ifindex, address).map_err(|e| {
            Failure::Refused(format!(
                "asking {dev} whether {address} is in use: {}",
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

/// Prints the warnings.
pub fn warn(system: &mut impl System, name: &str, holders: &[Holder]) -> Result<(), Failure> {
    for warning in warnings(system, name, holders)? {
        eprintln!("ssictl: {warning}");
    }
    Ok(())
}
