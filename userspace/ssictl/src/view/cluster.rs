// SPDX-License-Identifier: GPL-2.0-only

//! View of a cluster.

use std::fmt::Write as _;
use std::net::IpAddr;

use serde::Serialize;
use ssi_cluster::addresses;
use ssi_netlink::route::Bound;
use ssi_netlink::spec::{Forward, Hash, ReplyMac};

use crate::output::{Columns, Head, Text};
use crate::value::{Mac, Seed};

/// What it means that a cluster in mode forward has no key.
pub const UNPROVEN: &str =
    "whoever can send on the forward interface can take over the cluster's requests";

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
    forward_ifname: Option<String>,
    forward_ifindex: Option<u32>,
    master_mac: Option<String>,
    flooded: Option<bool>,
    key_id: Option<String>,
    drain_time: u32,
    lease_expiry: &'static str,
    lease: Option<u32>,
    lease_until: Option<u64>,
    lapsed: bool,
    /// The IP multicast group that stands for the group MAC and that the interface has joined; none where there is
    /// none; left out where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<Option<IpAddr>>,
    /// Actions of tc that redirect frames to the interface; left out where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    redirects: Option<usize>,
}

impl Cluster {
    /// A cluster; `ifname` gives interfaces' names.
    pub fn new(
        cluster: &ssi_netlink::Cluster,
        mut ifname: impl FnMut(u32) -> Option<String>,
    ) -> Self {
        Self {
            name: cluster.name.clone(),
            ifname: ifname(cluster.ifindex),
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
            forward_ifname: cluster.forward_ifindex.and_then(ifname),
            forward_ifindex: cluster.forward_ifindex,
            master_mac: cluster.master_mac.map(|mac| Mac(mac).to_string()),
            flooded: cluster.flooded,
            key_id: cluster.key_id.map(|id| format!("{id:08x}")),
            drain_time: cluster.drain_time,
            lease_expiry: cluster.lease_expiry.name(),
            lease: cluster.lease,
            lease_until: cluster.lease_until,
            lapsed: cluster.lapsed,
            group: None,
            redirects: None,
        }
    }

    /// Adds what the interface knows of the addresses.
    pub fn with_prefixes(mut self, bound: &[Bound]) -> Self {
        for vip in &mut self.vip {
            let there = bound.iter().find(|bound| bound.address == vip.address);
            vip.prefix = Some(there.map(|bound| bound.prefix));
        }
        let mac = self.group_mac.parse::<Mac>().ok();
        self.group = Some(mac.and_then(|mac| addresses::group_of(bound, mac.0)));
        self
    }

    /// Adds how many actions of tc redirect frames to the interface.
    pub fn with_redirects(mut self, redirects: usize) -> Self {
        self.redirects = Some(redirects);
        self
    }

    /// What leaves the interface and does not meet the hook.
    fn bypass(&self) -> Option<String> {
        let redirects = self.redirects.filter(|redirects| *redirects > 0)?;
        Some(format!(
            "tc redirects frames to {} ({redirects} actions), which the hook does not see: ssictl egress {}",
            self.interface(),
            self.name
        ))
    }

    /// The MAC that clients send to.
    fn advertised_mac(&self) -> &str {
        match self.forward {
            Some(_) => &self.mac,
            None => &self.group_mac,
        }
    }

    /// How requests reach the node that serves them.
    fn way(&self) -> String {
        let Some(forward) = self.forward else {
            return format!("{}: clients send to group-mac", self.mode);
        };
        let whom = match forward.parse() {
            Ok(Forward::Owner) => "its owner",
            _ => "all",
        };
        let by = match (&self.forward_ifname, self.forward_ifindex) {
            (Some(name), _) => name.clone(),
            (None, index) => format!("#{}", index.unwrap_or_default()),
        };
        format!(
            "{}: clients send to mac; who gets a request sends it on to {whom} by {by}",
            self.mode
        )
    }

    /// Who the master is.
    fn master_line(&self) -> String {
        match (self.master, &self.master_mac, self.forward) {
            (true, _, _) => "yes: this node answers ARP and neighbour discovery".to_owned(),
            (false, Some(mac), _) => format!("no: {mac} is"),
            (false, None, Some(_)) => "no, and none was seen within the last seconds".to_owned(),
            (false, None, None) => "no".to_owned(),
        }
    }

    /// What mode forward has found out about the network, where that makes a difference.
    fn network(&self) -> Option<&'static str> {
        match (self.flooded?, self.master) {
            (_, true) => Some("this master sends on whatever reaches it"),
            (true, false) => Some("floods, or is not known yet: the master alone sends on"),
            (false, false) => {
                Some("gives a request to one node: this one sends on what reaches it")
            }
        }
    }

    /// Whether the nodes' messages are known to be theirs, in mode forward.
    fn key_line(&self) -> Option<String> {
        self.forward?;
        Some(match &self.key_id {
            Some(id) => format!("{id}: a message of the nodes without its tag is not believed"),
            None => format!("none: {UNPROVEN}"),
        })
    }

    /// The IP group of the group MAC.
    fn group_line(&self) -> Option<String> {
        let first = self.group_mac.get(..5)?;
        match (self.group?, first) {
            (Some(group), _) => Some(format!("{group}, joined by {}", self.interface())),
            (None, "01:00" | "33:33") => Some(format!(
                "none: {} has joined none with this group-mac, so that switches may drop it",
                self.interface()
            )),
            (None, _) => None,
        }
    }

    /// How long connections stay when their bucket moves.
    fn drain_line(&self) -> String {
        match self.drain_time {
            0 => "connections are not kept when a bucket moves".to_owned(),
            seconds => format!("connections of a bucket that moves stay up to {seconds} s"),
        }
    }

    /// How long the node may serve, where that has an end.
    fn lease_line(&self) -> Option<String> {
        match (self.lapsed, self.lease) {
            (true, _) => {
                Some("has run out: nothing new is served until there is a table".to_owned())
            }
            (false, Some(left)) => Some(format!(
                "{left} ms left, then connections {}",
                self.lease_expiry
            )),
            (false, None) => None,
        }
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
        let addresses: Vec<String> = self
            .vip
            .iter()
            .map(|vip| match vip.prefix {
                None => vip.address.to_string(),
                Some(Some(prefix)) => format!("{}/{prefix}", vip.address),
                Some(None) => format!("{} (not on {})", vip.address, self.interface()),
            })
            .collect();
        addresses.join(between)
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
                Some(format!("{}, hook {}", self.interface(), self.hook)),
            ),
            ("addresses", Some(self.addresses("\n               "))),
            ("mode", Some(self.way())),
            ("mac", Some(self.mac.clone())),
            ("group-mac", Some(self.group_mac.clone())),
            ("group", self.group_line()),
            ("replies", Some(format!("leave with {replies}"))),
            ("bypass", self.bypass()),
            ("node", Some(format!("{} of {}", self.node, self.nodes))),
            ("master", Some(self.master_line())),
            ("network", self.network().map(str::to_owned)),
            ("key", self.key_line()),
            (
                "buckets",
                Some(format!(
                    "{} (function {}, generation {})",
                    self.buckets, self.function, self.generation
                )),
            ),
            ("transition", Some(self.drain_line())),
            ("lease", self.lease_line()),
            (
                "hash",
                Some(match &self.hash_seed {
                    Some(seed) => format!("{}, seed {seed}", self.hash),
                    None => self.hash.to_owned(),
                }),
            ),
        ];
        for (what, value) in lines {
            // Writing to a String cannot fail.
            let _ = value.map(|value| writeln!(text, "  {what:11}  {value}"));
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
    /// Whether the text has all of each.
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
            left("MODE"),
            left("NODE"),
            left("MASTER"),
            left("FUNCTION"),
            right("BUCKETS"),
            left("HASH"),
            left("CLIENTS-SEND-TO"),
            left("ADDRESSES"),
        ]);
        for cluster in &self.list {
            columns.row(vec![
                cluster.name.clone(),
                cluster.interface(),
                cluster.mode.to_owned(),
                format!("{} of {}", cluster.node, cluster.nodes),
                if cluster.master { "yes" } else { "no" }.to_owned(),
                cluster.function.to_owned(),
                cluster.buckets.to_string(),
                cluster.hash.to_owned(),
                cluster.advertised_mac().to_owned(),
                cluster.addresses(", "),
            ]);
        }
        columns.text()
    }
}
