// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl cluster show`, which is `ssictl` alone too.

use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;

use crate::answers::Watch;
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
    // JSON has the counters, and no remarks.
    let watch = (!output.json).then(|| Watch::begin(system, &clusters));
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
    let unanswered = watch.map_or_else(Vec::new, |watch| watch.end(system));
    let list = list.into_iter().zip(&clusters).map(|(shown, cluster)| {
        match unanswered.iter().find(|(name, _)| *name == cluster.name) {
            Some((_, found)) => shown.with_unanswered(found),
            None => shown,
        }
    });
    output.show(&Clusters {
        list: list.collect(),
        whole: name.is_some(),
    })
}
