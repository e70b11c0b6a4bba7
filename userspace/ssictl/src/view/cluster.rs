// SPDX-License-Identifier: GPL-2.0-only

//! How a cluster looks.

use std::fmt::Write as _;
use std::net::IpAddr;

use serde::Serialize;
use ssi_netlink::route::Bound;
use ssi_netlink::spec::{Forward, Hash, ReplyMac};

use crate::output::{Columns, Head, Text};
use crate::value::{Mac, Seed};

/// A cluster address.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Vip {
    address: IpAddr,
    /// Length of the prefix that it has on the interface; none where it is not there; left out
    /// where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<Option<u8>>,
}

/// A cluster. The fields are those of the specification, and the interface's name.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cluster {
    pub name: String,
    ifname: Option<String>,
    ifindex: u32,
    mode: &'static str,
    mac: String,
    group_mac: String,
    reply_mac: &'static str,
    function: &'static str,
    buckets: u32,
    node: u32,
    nodes: u32,
    hash: &'static str,
    hash_seed: Option<String>,
    master: bool,
    vip: Vec<Vip>,
    generation: u64,
    hook: &'static str,
    forward: Option<&'static str>,
    forward_ifindex: Option<u32>,
    master_mac: Option<String>,
    flooded: Option<bool>,
}

impl Cluster {
    /// A cluster on an interface of this name.
    pub fn new(cluster: &ssi_netlink::Cluster, ifname: Option<String>) -> Self {
        Self {
            name: cluster.name.clone(),
            ifname,
            ifindex: cluster.ifindex,
            mode: cluster.mode.name(),
            mac: Mac(cluster.mac).to_string(),
            group_mac: Mac(cluster.group_mac).to_string(),
            reply_mac: cluster.reply_mac.name(),
            function: cluster.function.name(),
            buckets: cluster.buckets,
            node: cluster.node,
            nodes: cluster.nodes,
            hash: cluster.hash.name(),
            hash_seed: cluster
                .hash_seed
                .filter(|_| cluster.hash != Hash::None)
                .map(|seed| Seed(seed).to_string()),
            master: cluster.master,
            vip: cluster
                .vips
                .iter()
                .map(|address| Vip {
                    address: *address,
                    prefix: None,
                })
                .collect(),
            generation: cluster.generation,
            hook: cluster.hook.name(),
            forward: cluster.forward.map(Forward::name),
            forward_ifindex: cluster.forward_ifindex,
            master_mac: cluster.master_mac.map(|mac| Mac(mac).to_string()),
            flooded: cluster.flooded,
        }
    }

    /// Adds what the interface knows of the addresses.
    pub fn with_prefixes(mut self, bound: &[Bound]) -> Self {
        for vip in &mut self.vip {
            let there = bound.iter().find(|bound| bound.address == vip.address);
            vip.prefix = Some(there.map(|bound| bound.prefix));
        }
        self
    }

    /// The interface's name, or what is known of it.
    pub fn interface(&self) -> String {
        match &self.ifname {
            Some(name) => name.clone(),
            None => format!("#{}", self.ifindex),
        }
    }

    /// The addresses, those first that the interface has.
    pub fn addresses(&self, between: &str) -> String {
        let words: Vec<String> = self
            .vip
            .iter()
            .map(|vip| match vip.prefix {
                None => vip.address.to_string(),
                Some(Some(prefix)) => format!("{}/{prefix}", vip.address),
                Some(None) => format!("{} (not on {})", vip.address, self.interface()),
            })
            .collect();
        words.join(between)
    }

    /// All that matters in one line.
    pub fn brief(&self) -> String {
        format!(
            "{} dev {} node {} nodes {} function {} buckets {} generation {} master {} vip {}",
            self.name,
            self.interface(),
            self.node,
            self.nodes,
            self.function,
            self.buckets,
            self.generation,
            if self.master { "on" } else { "off" },
            self.addresses(","),
        )
    }

    fn whole(&self) -> String {
        let mut text = format!("{}\n", self.name);
        let replies = match self.reply_mac.parse() {
            Ok(ReplyMac::Cluster) => "mac".to_owned(),
            Ok(ReplyMac::Group) => "group-mac".to_owned(),
            _ => "the node's own MAC".to_owned(),
        };
        let lines = [
            (
                "interface",
                format!("{}, hook {}", self.interface(), self.hook),
            ),
            ("addresses", self.addresses("\n               ")),
            ("mode", self.mode.to_owned()),
            ("mac", self.mac.clone()),
            ("group-mac", self.group_mac.clone()),
            ("replies", format!("leave with {replies}")),
            ("node", format!("{} of {}", self.node, self.nodes)),
            (
                "master",
                match self.master {
                    true => "yes: this node answers ARP".to_owned(),
                    false => "no".to_owned(),
                },
            ),
            (
                "buckets",
                format!(
                    "{} (function {}, generation {})",
                    self.buckets, self.function, self.generation
                ),
            ),
            (
                "hash",
                match &self.hash_seed {
                    Some(seed) => format!("{}, seed {seed}", self.hash),
                    None => self.hash.to_owned(),
                },
            ),
        ];
        for (what, value) in lines {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {what:11}  {value}");
        }
        text
    }
}

/// Some clusters.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Clusters {
    /// They.
    pub list: Vec<Cluster>,
    /// Whether the text tells all of each.
    #[serde(skip)]
    pub whole: bool,
}

impl Text for Clusters {
    fn text(&self) -> String {
        if self.whole {
            return self.list.iter().map(Cluster::whole).collect();
        }
        let left = |name: &str| Head::Left(name.to_owned());
        let right = |name: &str| Head::Right(name.to_owned());
        let mut columns = Columns::new(vec![
            left("NAME"),
            left("INTERFACE"),
            left("NODE"),
            left("MASTER"),
            left("FUNCTION"),
            right("BUCKETS"),
            left("HASH"),
            left("GROUP-MAC"),
            left("ADDRESSES"),
        ]);
        for cluster in &self.list {
            columns.row(vec![
                cluster.name.clone(),
                cluster.interface(),
                format!("{} of {}", cluster.node, cluster.nodes),
                if cluster.master { "yes" } else { "no" }.to_owned(),
                cluster.function.to_owned(),
                cluster.buckets.to_string(),
                cluster.hash.to_owned(),
                cluster.group_mac.clone(),
                cluster.addresses(", "),
            ]);
        }
        columns.text()
    }
}
