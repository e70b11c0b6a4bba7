// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl explain`: decides on a client's packet as the kernel module does, by the module's own code.

mod decide;
mod words;

use std::net::IpAddr;

use serde::Serialize;
use ssi_netlink::{Cluster, Error, Table};

use crate::explain::decide::decide;
use crate::failure::Failure;
use crate::output::{Output, Text};
use crate::system::System;

/// How often the configuration is read anew when it changes between its two halves.
const TRIES: u32 = 10;

/// What becomes of a client's packets, and why.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    name: String,
    source: IpAddr,
    function: &'static str,
    hash: &'static str,
    buckets: u32,
    generation: u64,
    node: u32,
    nodes: u32,
    master: bool,
    /// The client's bucket.
    bucket: u32,
    /// Whether the bucket is this node's.
    owned: bool,
    /// The rank whose bucket it is, where this node can know it.
    owner: Option<u32>,
    /// serve, drop or leave.
    verdict: &'static str,
    /// The counter that tells of it.
    counter: &'static str,
    why: String,
}

impl Text for Explanation {
    fn text(&self) -> String {
        format!(
            "{}.\n  verdict  {} (counter {})\n  node     rank {} of {}, {}\n",
            self.why,
            words::verdict(self.verdict),
            self.counter,
            self.node,
            self.nodes,
            words::arp(self.master)
        )
    }
}

/// Explains.
pub fn run(
    system: &mut impl System,
    output: Output,
    name: &str,
    source: IpAddr,
) -> Result<(), Failure> {
    let (cluster, table) = read(system, name).map_err(|e| Failure::refused(name, &e))?;
    output.show(&explain(&cluster, &table, source)?)
}

/// Configuration and table of one generation.
fn read(system: &mut impl System, name: &str) -> Result<(Cluster, Table), Error> {
    for _ in 0..TRIES {
        let cluster = system.cluster(name)?;
        let table = system.table(name)?;
        if cluster.generation == table.generation && cluster.buckets == table.buckets {
            return Ok((cluster, table));
        }
    }
    Err(Error::Unsteady)
}

/// Explains, given the configuration and the table.
pub fn explain(cluster: &Cluster, table: &Table, source: IpAddr) -> Result<Explanation, Failure> {
    let decision = decide(cluster, table, source)?;
    Ok(Explanation {
        name: cluster.name.clone(),
        source,
        function: cluster.function.name(),
        hash: cluster.hash.name(),
        buckets: cluster.buckets,
        generation: cluster.generation,
        node: cluster.node,
        nodes: cluster.nodes,
        master: cluster.master,
        bucket: decision.bucket,
        owned: decision.owned,
        owner: decision.owner,
        verdict: decision.verdict,
        counter: decision.counter.name(),
        why: words::why(cluster, source, &decision),
    })
}

#[cfg(test)]
mod tests;
