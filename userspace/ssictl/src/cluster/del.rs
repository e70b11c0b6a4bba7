// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl cluster del`: the addresses first, so that the node never answers for them with its own MAC.

use crate::addresses;
use crate::failure::Failure;
use crate::system::System;

/// Removes the cluster; after a failure all is as before.
pub fn run(system: &mut impl System, name: &str) -> Result<(), Failure> {
    let cluster = system
        .cluster(name)
        .map_err(|e| Failure::refused(name, &e))?;
    let device = system
        .device(cluster.ifindex)
        .unwrap_or_else(|| format!("interface {}", cluster.ifindex));
    let removed = addresses::unbind(system, &device, cluster.ifindex, &cluster.vips)?;
    system.remove(name).map_err(|e| {
        let undone = addresses::put_back(system, &device, cluster.ifindex, removed.iter());
        Failure::refused(name, &e).and_undoing(undone)
    })
}
