// SPDX-License-Identifier: GPL-2.0-only

//! Cluster addresses on an interface: all of them or none.

use std::net::IpAddr;

use ssi_netlink::Error;
use ssi_netlink::route::Bound;

use crate::failure::Failure;
use crate::system::System;
use crate::value::{Vip, group};

/// The error that rtnetlink gives for an address that is not there (`EADDRNOTAVAIL`).
const NOT_THERE: i32 = 99;
/// And for one that is there (`EEXIST`).
const THERE: i32 = 17;
/// And for an interface that is gone (`ENODEV`).
const NO_DEVICE: i32 = 19;
/// And where it is in as many groups as it may be (`ENOBUFS`).
const FULL: i32 = 105;

/// Those of `vips` that the interface has not yet, ready to be bound. One that it has with another prefix is
/// refused: to take it away later would be to take away something of somebody else's.
pub fn missing(
    system: &mut impl System,
    device: &str,
    ifindex: u32,
    vips: &[Vip],
) -> Result<Vec<Bound>, Failure> {
    let there = read(system, device, ifindex)?;
    let mut missing = Vec::new();
    for vip in vips {
        if let Some(why) = unfit(vip, &there) {
            return Err(Failure::Refused(format!("--vip {vip}: {why}")));
        }
        let mut same = there.iter().filter(|bound| bound.address == vip.address);
        match same.next() {
            None => missing.push(Bound::cluster(ifindex, vip.address, vip.prefix)),
            Some(bound) if bound.prefix == vip.prefix => {}
            Some(bound) => {
                return Err(Failure::Refused(format!(
                    "--vip {vip}: {device} has it as {}/{}; give that length, or remove it there first",
                    bound.address, bound.prefix
                )));
            }
        }
    }
    Ok(missing)
}

/// Why no host of the interface's subnets can have this address.
fn unfit(vip: &Vip, there: &[Bound]) -> Option<String> {
    let IpAddr::V4(v4) = vip.address else {
        return None;
    };
    let in_subnet = |bound: &&Bound| match bound.address {
        IpAddr::V4(other) => {
            let apart = (v4.to_bits() ^ other.to_bits())
                .checked_shr(32_u32.saturating_sub(bound.prefix.into()));
            apart.unwrap_or(0) == 0
        }
        IpAddr::V6(_) => false,
    };
    let mut subnets = there.iter().filter(in_subnet);
    subnets.find_map(|bound| vip.edge_of(bound.prefix))
}

/// A multicast group as an address to be bound, unless the interface has it already: the kernel is in a group as
/// long as it has that address.
pub fn missing_group(
    system: &mut impl System,
    device: &str,
    ifindex: u32,
    group: IpAddr,
) -> Result<Option<Bound>, Failure> {
    let there = read(system, device, ifindex)?;
    let is_there = there.iter().any(|bound| bound.address == group);
    Ok((!is_there).then(|| Bound::group(ifindex, group)))
}

/// The group among an interface's addresses that has this MAC.
pub fn group_of(bound: &[Bound], mac: [u8; 6]) -> Option<IpAddr> {
    let groups = bound.iter().map(|bound| bound.address);
    groups
        .filter(IpAddr::is_multicast)
        .find(|group| group::mac(*group) == mac)
}

/// Binds all, or none.
pub fn bind(system: &mut impl System, device: &str, addresses: &[Bound]) -> Result<(), Failure> {
    for (done, bound) in addresses.iter().enumerate() {
        match system.bind(bound) {
            Ok(()) => {}
            Err(Error::Refused(refusal)) if refusal.errno == THERE => {}
            Err(error) => {
                let what = what(bound, device, &error);
                let begun = addresses.get(..done).unwrap_or_default();
                let undone = begun.iter().rev().try_for_each(|bound| {
                    system
                        .unbind(bound)
                        .map_err(|e| Failure::refused(format!("removing {}", bound.address), &e))
                });
                return Err(Failure::refused(what, &error).and_undoing(undone));
            }
        }
    }
    Ok(())
}

fn what(bound: &Bound, device: &str, error: &Error) -> String {
    let is_full = matches!(error, Error::Refused(refusal) if refusal.errno == FULL);
    match (bound.address.is_multicast(), is_full) {
        (false, _) => format!("--vip {}/{} on {device}", bound.address, bound.prefix),
        (true, false) => format!("joining {} on {device}", bound.address),
        (true, true) => format!(
            "joining {} on {device} (more than sysctl net.ipv4.igmp_max_memberships?)",
            bound.address
        ),
    }
}

/// Takes those of `vips` away that ssi bound, in their order, or none, and returns what it took. What the interface does not
/// have is no error, and what somebody else bound stays.
pub fn unbind(
    system: &mut impl System,
    device: &str,
    ifindex: u32,
    vips: &[IpAddr],
) -> Result<Vec<Bound>, Failure> {
    let before = match system.addresses(ifindex) {
        // With the interface its addresses have gone.
        Err(Error::Refused(refusal)) if refusal.errno == NO_DEVICE => return Ok(Vec::new()),
        result => result.map_err(|e| Failure::refused(reading(device), &e))?,
    };
    let (mut ours, others): (Vec<Bound>, Vec<Bound>) = before
        .iter()
        .cloned()
        .partition(|bound| bound.is_ours() && vips.contains(&bound.address));
    ours.sort_by_key(|bound| vips.iter().position(|vip| *vip == bound.address));
    for bound in &ours {
        match system.unbind(bound) {
            Ok(()) => {}
            Err(Error::Refused(refusal)) if refusal.errno == NOT_THERE => {}
            Err(error) => {
                let what = format!("removing {}/{} from {device}", bound.address, bound.prefix);
                let undone = put_back(system, device, ifindex, before.iter());
                return Err(Failure::refused(what, &error).and_undoing(undone));
            }
        }
    }
    // With the oldest IPv4 address of a subnet the kernel removes the younger ones, unless the
    // sysctl promote_secondaries is on. The node's own must not go with the cluster's.
    if let Err(failure) = put_back(system, device, ifindex, others.iter()) {
        let undone = put_back(system, device, ifindex, before.iter());
        return Err(failure.and_undoing(undone));
    }
    Ok(ours)
}

/// Binds those that are not there.
pub fn put_back<'a>(
    system: &mut impl System,
    device: &str,
    ifindex: u32,
    addresses: impl Iterator<Item = &'a Bound>,
) -> Result<(), Failure> {
    let there = read(system, device, ifindex)?;
    for bound in addresses {
        let same = |other: &Bound| other.address == bound.address && other.prefix == bound.prefix;
        if !there.iter().any(same) {
            bind(system, device, std::slice::from_ref(bound))?;
        }
    }
    Ok(())
}

fn read(system: &mut impl System, device: &str, ifindex: u32) -> Result<Vec<Bound>, Failure> {
    system
        .addresses(ifindex)
        .map_err(|e| Failure::refused(reading(device), &e))
}

fn reading(device: &str) -> String {
    format!("reading the addresses of {device}")
}
