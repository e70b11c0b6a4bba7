// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl explain`: decides on a client's packet as the kernel module does, by the module's own code.

mod decide;
mod sentences;
pub mod source;

use std::net::IpAddr;

use logic::client::Client;
use logic::owned::owns;
use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;
use ssi_netlink::spec::Mode;
use ssi_netlink::{Cluster, Error, Peer, Table};

use crate::explain::decide::decide;
use crate::output::{Output, Text};
use crate::value::Mac;

pub use crate::explain::decide::distribution;

/// How often the configuration is read anew when it changes between its two halves.
const TRIES: u32 = 10;

/// What becomes of a client's packets, and why.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    name: String,
    source: IpAddr,
    /// Its port, where it is given.
    port: Option<u16>,
    mode: &'static str,
    function: &'static str,
    hash: &'static str,
    client_key: &'static str,
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
    /// draining or adopting, where the bucket is in transition: then the verdict is for a new connection.
    transition: Option<&'static str>,
    /// serve, forward, drop or leave.
    verdict: &'static str,
    /// In mode forward, the MAC that it is sent on to, where this node can know it.
    forward_to: Option<String>,
    /// The counter that counts it; none where no frame comes in.
    counter: Option<&'static str>,
    why: String,
    /// The verdict as a sentence.
    #[serde(skip)]
    becomes: String,
}

impl Text for Explanation {
    fn text(&self) -> String {
        let moves = match self.transition {
            Some(transition) => format!("  moves    {}\n", sentences::transition(transition)),
            None => String::new(),
        };
        let counter = match self.counter {
            Some(counter) => format!("counter {counter}"),
            None => "nothing is counted".to_owned(),
        };
        format!(
            "{}.\n  verdict  {} ({counter})\n{moves}  node     rank {} of {}, {}\n",
            self.why,
            self.becomes,
            self.node,
            self.nodes,
            sentences::discovery(self.master, self.source)
        )
    }
}

/// Explains.
pub fn run(
    system: &mut impl System,
    output: Output,
    name: &str,
    source: Client,
) -> Result<(), Failure> {
    let refused = |e| Failure::refused(name, &e);
    let (cluster, table) = read(system, name).map_err(refused)?;
    is_client(&cluster, source.address)?;
    let own = system.addresses(cluster.ifindex).map_err(refused)?;
    let is_own = own.iter().any(|bound| bound.address == source.address);
    let peers = match cluster.mode {
        Mode::Forward => system.peers(name).map_err(refused)?,
        Mode::Multicast => Vec::new(),
    };
    let explanation = explain(&cluster, &table, &peers, source)?;
    output.show(&match is_own {
        true => explanation.of_this_node(),
        false => explanation,
    })
}

/// Refuses what no client has for an address: the module never asks whose it is.
fn is_client(cluster: &Cluster, address: IpAddr) -> Result<(), Failure> {
    let what = match address {
        _ if cluster.vips.contains(&address) => "is the cluster's own address",
        _ if address.is_unspecified() => "is no host's address",
        _ if address.is_multicast() => "is a multicast address",
        _ if address.is_loopback() => "never leaves a machine",
        IpAddr::V4(v4) if v4.is_broadcast() => "is the broadcast address",
        _ => return Ok(()),
    };
    Err(Failure::Usage(format!(
        "explain {} {address}: this {what}, and no client's; give a client's address",
        cluster.name
    )))
}

/// Configuration and table of one generation.
pub fn read(system: &mut impl System, name: &str) -> Result<(Cluster, Table), Error> {
    for _ in 0..TRIES {
        let cluster = system.cluster(name)?;
        let table = system.table(name)?;
        if cluster.generation == table.generation && cluster.buckets == table.buckets {
            return Ok((cluster, table));
        }
    }
    Err(Error::Unsteady)
}

/// Explains, given the configuration, the table and the nodes that were seen.
pub fn explain(
    cluster: &Cluster,
    table: &Table,
    peers: &[Peer],
    source: Client,
) -> Result<Explanation, Failure> {
    let decision = decide(cluster, table, peers, source)?;
    Ok(Explanation {
        name: cluster.name.clone(),
        source: source.address,
        port: source.port,
        mode: cluster.mode.name(),
        function: cluster.function.name(),
        hash: cluster.hash.name(),
        client_key: cluster.client_key.name(),
        buckets: cluster.buckets,
        generation: cluster.generation,
        node: cluster.node,
        nodes: cluster.nodes,
        master: cluster.master && !cluster.lapsed,
        bucket: decision.bucket,
        owned: decision.owned,
        owner: decision.owner,
        transition: transition(table, decision.bucket),
        verdict: decision.verdict,
        forward_to: decision.forward_to.map(|mac| Mac(mac).to_string()),
        counter: Some(decision.counter.name()),
        why: sentences::why(cluster, source, &decision),
        becomes: sentences::becomes(cluster, &decision),
    })
}

impl Explanation {
    /// The same where the client is this machine: what a member sends to the cluster never leaves it.
    fn of_this_node(self) -> Self {
        Self {
            owned: true,
            owner: Some(self.node),
            transition: None,
            verdict: "serve",
            forward_to: None,
            counter: None,
            why: format!(
                "{} is this machine's own address, and a member serves itself: what it sends to the cluster does not \
                 leave it, whosever bucket {} is",
                self.source, self.bucket
            ),
            becomes: "serve: this node's stack gets its own packets".to_owned(),
            ..self
        }
    }
}

/// What the bucket's transition is, as far as this node is concerned.
fn transition(table: &Table, bucket: u32) -> Option<&'static str> {
    match (owns(&table.draining, bucket), owns(&table.adopting, bucket)) {
        (true, _) => Some("draining"),
        (_, true) => Some("adopting"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
