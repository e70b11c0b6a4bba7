// SPDX-License-Identifier: GPL-2.0-only

//! What comes to an end by itself: buckets that drain, and leases.
//!
//! While a bucket is in transition anywhere, once a second, in process context: connections are
//! counted, transitions end that are over, and who listens is told.

use core::net::IpAddr;

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KVVec, //
    },
    error::Result, //
};

use super::{
    event,
    REGISTRY, //
};
use crate::{
    cluster::Cluster,
    facility::{
        alarm::now,
        chore::Chore,
        device::Net,
        genl::Failure,
        rtnl::{
            Held,
            Rtnl, //
        },
        sockets, //
    },
    logic::{
        moving::{
            is_adopting,
            is_over,
            Moving, //
        },
        owned,
        wire::{
            command,
            reason, //
        }, //
    },
    registry::{
        Place,
        Registry, //
    }, //
};

/// Milliseconds from one look to the next.
const PERIOD: u32 = 1000;

/// Looks after the clusters of all namespaces.
pub(crate) static CARETAKER: Chore = Chore::new(look);

/// Sees to it that what `cluster` has in transition comes to its end.
pub(super) fn look_after(cluster: &Cluster) {
    if !cluster.moving.is_empty() {
        CARETAKER.soon(PERIOD);
    }
}

fn look() {
    let mut rtnl = Rtnl::lock();
    let (registry, held) = REGISTRY.get(&mut rtnl);
    let mut next = registry.first();
    while let Some(place) = next {
        // Without memory it is tried again.
        if !matches!(visit(registry, place, held), Ok(true)) {
            CARETAKER.soon(PERIOD);
        }
        next = registry.after(place);
    }
}

/// Looks at one cluster. Whether there is nothing more to come.
fn visit(registry: &mut Registry, place: Place, held: Held<'_>) -> Result<bool> {
    let Ok((port, _)) = registry.at(place) else {
        return Ok(true);
    };
    let Some(net) = port.device().net() else {
        return Ok(true);
    };
    if end_lease(registry, net, place, held).is_err() {
        return Ok(false);
    }
    let Ok((_, cluster)) = registry.at(place) else {
        return Ok(true);
    };
    if cluster.moving.is_empty() {
        return Ok(true);
    }
    let busy = busy(cluster, net)?;
    let now = now();
    let is_left = |moving: &Moving| {
        let is_empty = !is_adopting(moving, &cluster.owned) && !owned::owns(&busy, moving.bucket);
        !is_over(moving, now, is_empty)
    };
    let left = cluster
        .moving
        .iter()
        .filter(|moving| is_left(moving))
        .count();
    if left == cluster.moving.len() {
        return Ok(false);
    }
    let length = cluster.owned.len();
    let [mut emptied, mut late] = [zeros(length)?, zeros(length)?];
    for moving in cluster.moving.iter().filter(|moving| !is_left(moving)) {
        if is_adopting(moving, &cluster.owned) {
            continue;
        }
        match owned::owns(&busy, moving.bucket) {
            true => owned::set(&mut late, moving.bucket),
            false => owned::set(&mut emptied, moving.bucket),
        }
    }
    let changed = cluster.with_moving(cluster.moving.iter().copied().filter(is_left))?;
    if registry.replace(net, place, changed, None, held).is_err() {
        return Ok(false);
    }
    if let Ok((port, cluster)) = registry.at(place) {
        for (drained, reason) in [(&emptied, reason::EMPTY), (&late, reason::DEADLINE)] {
            if !owned::is_empty(drained) {
                event::tell_drained(port, cluster, drained, reason);
            }
        }
    }
    Ok(left == 0)
}

/// Where a lease has run out, lets the table say what packets meet since.
pub(super) fn end_lease(
    registry: &mut Registry,
    net: Net,
    place: Place,
    held: Held<'_>,
) -> Result<(), Failure> {
    let (_, cluster) = registry.at(place)?;
    if !cluster.is_to_lapse() {
        return Ok(());
    }
    let changed = cluster.lapsed()?;
    registry.replace(net, place, changed, None, held)?;
    let (port, cluster) = registry.at(place)?;
    event::tell(command::LAPSED_NTF, port, cluster, reason::LEASE);
    Ok(())
}

/// The buckets that drain and have connections, as a bitmap. Counts these.
fn busy(cluster: &Cluster, net: Net) -> Result<KVVec<u8>> {
    let length = cluster.owned.len();
    let mut draining = zeros(length)?;
    for moving in &cluster.moving {
        if !is_adopting(moving, &cluster.owned) {
            owned::set(&mut draining, moving.bucket);
        }
    }
    let mut busy = zeros(length)?;
    let mut connections = 0u32;
    if !owned::is_empty(&draining) {
        let rules = cluster.config.rules();
        let rules = rules.map_err(|_| kernel::error::code::EINVAL)?;
        sockets::each_connection(net, |here, there| {
            if !cluster.config.vips.contains(here) {
                return;
            }
            let bucket = match there {
                IpAddr::V4(client) => rules.distribution.bucket_v4(client),
                IpAddr::V6(client) => rules.distribution.bucket_v6(client),
            };
            if owned::owns(&draining, bucket) {
                owned::set(&mut busy, bucket);
                connections = connections.saturating_add(1);
            }
        });
    }
    cluster.buckets.set_connections(connections);
    Ok(busy)
}

fn zeros(length: usize) -> Result<KVVec<u8>> {
    Ok(KVVec::from_elem(0, length, GFP_KERNEL_ACCOUNT)?)
}
