// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl stats`: counters of clusters, or of their buckets.

pub mod buckets;
pub mod counters;

use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;

use crate::output::Output;
use crate::stats::buckets::BucketTables;
use crate::stats::counters::CounterTable;

/// Shows counters of one cluster or of all.
pub fn run(
    system: &mut impl System,
    output: Output,
    name: Option<&str>,
    by_bucket: bool,
) -> Result<(), Failure> {
    let refused = |name: &str| {
        let name = name.to_owned();
        move |e| Failure::refused(name, &e)
    };
    if by_bucket {
        let names: Vec<String> = match name {
            Some(name) => vec![name.to_owned()],
            None => system.clusters()?.into_iter().map(|c| c.name).collect(),
        };
        let stats = names
            .iter()
            .map(|name| system.bucket_stats(name).map_err(refused(name)))
            .collect::<Result<Vec<_>, _>>()?;
        return output.show(&BucketTables::from(stats.as_slice()));
    }
    let stats = match name {
        Some(name) => vec![system.stats(name).map_err(refused(name))?],
        None => system.all_stats()?,
    };
    output.show(&CounterTable::from(stats.as_slice()))
}
