// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl table settle`.

use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;

use crate::value::{Owned, Shape};

/// Ends the transitions of these buckets.
pub fn run(system: &mut impl System, name: &str, list: &Owned) -> Result<(), Failure> {
    let cluster = system
        .cluster(name)
        .map_err(|e| Failure::refused(name, &e))?;
    let settled = list
        .bitmap(Shape {
            buckets: cluster.buckets,
            node: cluster.node,
            nodes: cluster.nodes,
        })
        .map_err(|right| Failure::Usage(format!("{list}: {right}")))?;
    system
        .settle(name, &settled)
        .map_err(|e| Failure::refused(name, &e))
}
