// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl table show`.

use std::fmt::Write as _;

use logic::owned::{fill_by_rank, owns};
use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;
use ssi_netlink::Cluster;

use crate::output::{Output, Text};
use crate::value::list;

/// Where the lines of a long list end.
const WIDTH: usize = 72;

/// A bucket table.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Table {
    name: String,
    buckets: u32,
    generation: u64,
    owned: String,
    owned_buckets: usize,
    draining: String,
    adopting: String,
    connections: u32,
    sticking: usize,
    /// The rule that the list follows, if it does: people read that rather than the list.
    #[serde(skip)]
    rule: Option<String>,
}

impl Table {
    /// A table of a cluster.
    pub fn new(table: &ssi_netlink::Table, cluster: &Cluster) -> Self {
        let (node, nodes) = (cluster.node, cluster.nodes);
        let mut by_rank = vec![0; table.owned.len()];
        fill_by_rank(&mut by_rank, table.buckets, node, nodes);
        Self {
            name: table.name.clone(),
            buckets: table.buckets,
            generation: table.generation,
            owned: list(&table.owned, table.buckets),
            owned_buckets: (0..table.buckets)
                .filter(|m| owns(&table.owned, *m))
                .count(),
            draining: list(&table.draining, table.buckets),
            adopting: list(&table.adopting, table.buckets),
            connections: table.connections,
            sticking: table.sticking.len(),
            rule: (by_rank == table.owned && nodes > 1)
                .then(|| format!("each m with m mod {nodes} = {node}")),
        }
    }
}

impl Text for Table {
    fn text(&self) -> String {
        let owned = match &self.rule {
            Some(rule) => format!(" {rule}"),
            None => wrapped(&self.owned),
        };
        let mut text = format!(
            "{}\n  generation  {}\n  owned       {} of {} buckets:{owned}\n",
            self.name, self.generation, self.owned_buckets, self.buckets
        );
        // Writing to a String cannot fail.
        if self.draining != "none" {
            let buckets = wrapped(&self.draining);
            let connections = self.connections;
            let _ = writeln!(
                text,
                "  draining    given away, {connections} connections left:{buckets}"
            );
        }
        if self.adopting != "none" {
            let buckets = wrapped(&self.adopting);
            let _ = writeln!(
                text,
                "  adopting    of these the former node serves the connections that it has:{buckets}"
            );
        }
        if self.sticking > 0 {
            let _ = writeln!(
                text,
                "  sticking    {} clients, whose new connections are the former node's too",
                self.sticking
            );
        }
        text
    }
}

/// A list in lines that begin below its heading.
pub fn wrapped(list: &str) -> String {
    if list.len() <= WIDTH / 2 {
        return format!(" {list}");
    }
    let mut text = String::new();
    let mut column = WIDTH;
    for part in list.split_inclusive(',') {
        if column + part.len() > WIDTH {
            text.push_str("\n    ");
            column = 4;
        }
        text.push_str(part);
        column += part.len();
    }
    text
}

/// Shows the table.
pub fn run(system: &mut impl System, output: Output, name: &str) -> Result<(), Failure> {
    let table = system.table(name).map_err(|e| Failure::refused(name, &e))?;
    let cluster = system
        .cluster(name)
        .map_err(|e| Failure::refused(name, &e))?;
    output.show(&Table::new(&table, &cluster))
}
