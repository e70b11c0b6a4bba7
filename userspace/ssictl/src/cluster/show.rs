// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl cluster show`, which is `ssictl` alone too.

use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;

use crate::output::Output;
use crate::view::cluster::{Cluster, Clusters};

/// Shows one cluster whole, or all in a table.
pub fn run(system: &mut impl System, output: Output, name: Option<&str>) -> Result<(), Failure> {
    let clusters = match name {
        Some(name) => vec![
            system
                .cluster(name)
                .map_err(|e| Failure::refused(name, &e))?,
        ],
        None => system.clusters()?,
    };
    let mut list = Vec::with_capacity(clusters.len());
    for cluster in &clusters {
        // An interface that went meanwhile has no addresses.
        let bound = system.addresses(cluster.ifindex).unwrap_or_default();
        let redirects = system.redirects_to(cluster.ifindex).unwrap_or_default();
        let shown = Cluster::new(cluster, |index| system.device(index));
        let link = system.link_of(cluster.ifindex).unwrap_or_default();
        let shown = shown.with_prefixes(&bound).with_redirects(redirects);
        let shown = shown.with_link(link.as_ref());
        list.push(match system.stats(&cluster.name) {
            Ok(stats) => shown.with_counters(&stats),
            Err(_) => shown,
        });
    }
    output.show(&Clusters {
        list,
        whole: name.is_some(),
    })
}
