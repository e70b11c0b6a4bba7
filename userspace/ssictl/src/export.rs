// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl export`: this node's clusters as metrics for Prometheus, once or again and again into a file.

mod metrics;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;

use crate::export::metrics::Metrics;
use crate::{output, value};

/// What is exported, and where to.
#[derive(Args)]
pub struct Export {
    /// The cluster; without it, all
    #[arg(value_parser = value::name)]
    pub name: Option<String>,

    /// Write to this file, whole each time, and to standard output nothing
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Write again after so long, until it is ended
    #[arg(long, value_name = "TIME", requires = "file", value_parser = humantime::parse_duration)]
    pub every: Option<Duration>,
}

/// Exports once, or again and again.
pub fn run(system: &mut impl System, export: &Export) -> Result<(), Failure> {
    loop {
        let text = text(system, export.name.as_deref())?;
        match &export.file {
            Some(file) => system
                .keep(file, Some(&text))
                .map_err(|e| Failure::Refused(format!("{}: {e}", file.display())))?,
            None => output::write(&text)?,
        }
        match export.every {
            Some(time) => system.pause(time),
            None => return Ok(()),
        }
    }
}

/// In Prometheus' text form. Without a module there are no clusters: what reads a file is to find that there are none.
fn text(system: &mut impl System, name: Option<&str>) -> Result<String, Failure> {
    let clusters = match name {
        Some(name) => vec![
            system
                .cluster(name)
                .map_err(|e| Failure::refused(name, &e))?,
        ],
        None => system.clusters()?,
    };
    let metrics = Metrics::default();
    for cluster in &clusters {
        let refused = |e: &_| Failure::refused(cluster.name.clone(), e);
        let device = system.device(cluster.ifindex).unwrap_or_default();
        let table = system.table(&cluster.name).map_err(|e| refused(&e))?;
        let stats = system.stats(&cluster.name).map_err(|e| refused(&e))?;
        metrics.take(cluster, &device, &table, &stats);
    }
    Ok(metrics.text())
}
