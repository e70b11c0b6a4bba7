// SPDX-License-Identifier: GPL-2.0-only

//! View of a cluster.

use std::fmt::Write as _;
use std::net::IpAddr;

use logic::agreement::Differences;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use ssi_cluster::addresses;
use ssi_netlink::Stats;
use ssi_netlink::link::Link;
use ssi_netlink::route::Bound;
use ssi_netlink::spec::{Attr, Difference, Forward, Hash, ReplyMac};

use crate::answers::Unanswered;
use crate::output::{Columns, Head, Mood, Text};
use crate::services;
use crate::value::{ClientKey, FOREVER, Mac, Seed};
use crate::view::remarks::Remarks;

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

/// A cluster, as the kernel has it, and what others know of it.
pub struct Cluster {
    /// The kernel's.
    pub cluster: ssi_netlink::Cluster,
    ifname: Option<String>,
    forward_ifname: Option<String>,
    vip: Vec<Vip>,
    /// The IP multicast group that stands for the group MAC and that the interface has joined; none where there is
    /// none; left out where nobody looked.
    group: Option<Option<IpAddr>>,
    /// Actions of tc that redirect frames to the interface; left out where nobody looked.
    redirects: Option<usize>,
    /// `up`, `down` or `no-carrier`; none where nobody looked.
    link: Option<&'static str>,
    /// What its counters alone say; for people.
    remarks: Remarks,
}

/// Its attributes by their names, and the fields that scripts/generator/shown.toml has besides.
impl Serialize for Cluster {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (attr, value) in self.cluster.shown() {
            map.serialize_entry(attr.name(), &value)?;
        }
        map.serialize_entry("ifname", &self.ifname)?;
        map.serialize_entry("forward-ifname", &self.forward_ifname)?;
        map.serialize_entry(Attr::Vip.name(), &self.vip)?;
        if let Some(link) = &self.link {
            map.serialize_entry("link", link)?;
        }
        if let Some(group) = &self.group {
            map.serialize_entry("group", group)?;
        }
        if let Some(redirects) = &self.redirects {
            map.serialize_entry("redirects", redirects)?;
        }
        map.end()
    }
}

impl Cluster {
    /// A cluster; `ifname` gives interfaces' names.
    pub fn new(
        cluster: &ssi_netlink::Cluster,
        mut ifname: impl FnMut(u32) -> Option<String>,
    ) -> Self {
        let vip = cluster.vips.iter().map(|address| Vip {
            address: *address,
            prefix: None,
        });
        let seed = cluster.hash_seed.filter(|_| cluster.hash != Hash::None);
        Self {
            ifname: ifname(cluster.ifindex),
            forward_ifname: cluster.forward_ifindex.and_then(ifname),
            vip: vip.collect(),
            group: None,
            redirects: None,
            link: None,
            remarks: Remarks::default(),
            cluster: ssi_netlink::Cluster {
                hash_seed: seed,
                ..cluster.clone()
            },
        }
    }

    /// Adds what the interface knows of the addresses.
    pub fn with_prefixes(mut self, bound: &[Bound]) -> Self {
        for vip in &mut self.vip {
            let there = bound.iter().find(|bound| bound.address == vip.address);
            vip.prefix = Some(there.map(|bound| bound.prefix));
        }
        self.group = Some(addresses::group_of(bound, self.cluster.group_mac));
        self
    }

    /// Adds how many actions of tc redirect frames to the interface.
    pub fn with_redirects(mut self, redirects: usize) -> Self {
        self.redirects = Some(redirects);
        self
    }

    /// Adds whether the interface can be heard.
    pub fn with_link(mut self, link: Option<&Link>) -> Self {
        self.link = link.map(|link| match (link.up, link.carrier) {
            (false, _) => "down",
            (true, false) => "no-carrier",
            (true, true) => "up",
        });
        self
    }

    /// What is wrong with the interface.
    fn silence(&self) -> Option<String> {
        let device = self.interface();
        match self.link? {
            "down" => Some(format!("{device} is down: ip link set {device} up")),
            "no-carrier" => Some(format!("{device} has no carrier")),
            _ => None,
        }
    }

    /// The interface in a table.
    fn interface_cell(&self) -> String {
        match self.link {
            Some(link @ ("down" | "no-carrier")) => format!("{} ({link})", self.interface()),
            _ => self.interface(),
        }
    }

    /// Adds what its counters say.
    pub fn with_counters(mut self, stats: &Stats) -> Self {
        self.remarks = Remarks::of(&self.cluster, stats, services::look);
        self
    }

    /// Adds what was not answered meanwhile.
    pub fn with_unanswered(mut self, found: &Unanswered) -> Self {
        self.remarks = self.remarks.with_unanswered(&self.cluster.name, found);
        self
    }

    /// What leaves the interface and does not meet the hook.
    fn bypass(&self) -> Option<String> {
        let redirects = self.redirects.filter(|redirects| *redirects > 0)?;
        Some(format!(
            "tc redirects frames to {} ({redirects} actions), which the hook does not see: ssictl egress {}",
            self.interface(),
            self.cluster.name
        ))
    }

    /// The MAC that clients send to.
    fn advertised_mac(&self) -> Mac {
        match self.cluster.forward {
            Some(_) => Mac(self.cluster.mac),
            None => Mac(self.cluster.group_mac),
        }
    }

    /// How requests reach the node that serves them.
    fn way(&self) -> String {
        let mode = self.cluster.mode;
        let Some(forward) = self.cluster.forward else {
            return format!("{mode}: clients send to group-mac");
        };
        let whom = match forward {
            Forward::Owner => "its owner",
            Forward::All => "all",
        };
        let by = match (&self.forward_ifname, self.cluster.forward_ifindex) {
            (Some(name), _) => name.clone(),
            (None, index) => format!("#{}", index.unwrap_or_default()),
        };
        format!("{mode}: clients send to mac; who gets a request sends it on to {whom} by {by}")
    }

    /// Who the master is.
    fn master_line(&self) -> String {
        let cluster = &self.cluster;
        match (cluster.master, cluster.master_mac, cluster.forward) {
            (true, _, _) => "yes: this node answers ARP and neighbour discovery".to_owned(),
            (false, Some(mac), _) => format!("no: {} is", Mac(mac)),
            (false, None, Some(_)) => "no, and none was seen within the last seconds".to_owned(),
            (false, None, None) => "no".to_owned(),
        }
    }

    /// What mode forward has found out about the network, where that makes a difference.
    fn network(&self) -> Option<&'static str> {
        match (self.cluster.flooded?, self.cluster.master) {
            (_, true) => Some("this master sends on whatever reaches it"),
            (true, false) => Some("floods, or is not known yet: the master alone sends on"),
            (false, false) => {
                Some("gives a request to one node: this one sends on what reaches it")
            }
        }
    }

    /// Whether the nodes' messages are known to be theirs.
    fn key_line(&self) -> Option<String> {
        match (self.cluster.key_id, self.cluster.forward) {
            (Some(id), _) => Some(format!(
                "{id:08x}: a message of the nodes without its tag is not believed"
            )),
            (None, Some(_)) => Some(format!("none: {UNPROVEN}")),
            // Nodes' messages are compared and decide nothing.
            (None, None) => None,
        }
    }

    /// The IP group of the group MAC.
    fn group_line(&self) -> Option<String> {
        let [first, second, ..] = self.cluster.group_mac;
        match (self.group?, [first, second]) {
            (Some(group), _) => Some(format!("{group}, joined by {}", self.interface())),
            (None, [0x01, 0x00] | [0x33, 0x33]) => Some(format!(
                "none: {} has joined none with this group-mac, so that switches may drop it",
                self.interface()
            )),
            (None, _) => None,
        }
    }

    /// How long connections stay when their bucket moves.
    fn drain_line(&self) -> String {
        match self.cluster.drain_time {
            0 => "connections are not kept when a bucket moves".to_owned(),
            FOREVER => {
                "connections of a bucket that moves stay for as long as they last".to_owned()
            }
            seconds => format!("connections of a bucket that moves stay up to {seconds} s"),
        }
    }

    /// How often the addresses are announced without any news.
    fn announced_line(&self) -> Option<String> {
        match self.cluster.announce_every {
            0 => None,
            every => Some(format!("again after each {every} s, by the master")),
        }
    }

    /// How long the node may serve, where that has an end.
    fn lease_line(&self) -> Option<String> {
        match (self.cluster.lapsed, self.cluster.lease) {
            (true, _) => {
                Some("has run out: nothing new is served until there is a table".to_owned())
            }
            (false, Some(left)) => Some(format!(
                "{left} ms left, then connections {}",
                self.cluster.lease_expiry
            )),
            (false, None) => None,
        }
    }

    /// In what the nodes do not go together, for some seconds already.
    fn differences(&self) -> Option<String> {
        let differs = Differences(self.cluster.differs);
        let names: Vec<&str> = differs.iter().map(Difference::name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// The interface's name, or what is known of it.
    pub fn interface(&self) -> String {
        match &self.ifname {
            Some(name) => name.clone(),
            None => format!("#{}", self.cluster.ifindex),
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
        let cluster = &self.cluster;
        format!(
            "{} dev {} node {} nodes {} function {} buckets {} generation {} master {} vip {}",
            cluster.name,
            self.interface(),
            cluster.node,
            cluster.nodes,
            cluster.function,
            cluster.buckets,
            cluster.generation,
            if cluster.master { "on" } else { "off" },
            self.addresses(","),
        ) + &self
            .differences()
            .map_or_else(String::new, |names| format!(" differs {names}"))
    }

    fn whole(&self) -> String {
        let cluster = &self.cluster;
        let mut text = format!("{}\n", cluster.name);
        let replies = match cluster.reply_mac {
            ReplyMac::Cluster => "mac",
            ReplyMac::Group => "group-mac",
            ReplyMac::Node => "the node's own MAC",
        };
        let lines = [
            (
                "interface",
                Some(format!("{}, hook {}", self.interface(), cluster.hook)),
            ),
            ("silent", self.silence()),
            ("addresses", Some(self.addresses("\n               "))),
            ("mode", Some(self.way())),
            ("mac", Some(Mac(cluster.mac).to_string())),
            ("group-mac", Some(Mac(cluster.group_mac).to_string())),
            ("group", self.group_line()),
            ("replies", Some(format!("leave with {replies}"))),
            ("bypass", self.bypass()),
            ("strays", self.remarks.strays.clone()),
            ("wrong", self.remarks.wrong()),
            (
                "node",
                Some(format!("{} of {}", cluster.node, cluster.nodes)),
            ),
            ("master", Some(self.master_line())),
            ("network", self.network().map(str::to_owned)),
            ("key", self.key_line()),
            (
                "buckets",
                Some(format!(
                    "{} (function {}, generation {})",
                    cluster.buckets, cluster.function, cluster.generation
                )),
            ),
            ("transition", Some(self.drain_line())),
            ("announced", self.announced_line()),
            ("lease", self.lease_line()),
            (
                "differs",
                self.differences()
                    .map(|names| format!("{names}: ssictl peers {} says whose", cluster.name)),
            ),
            (
                "hash",
                Some(match cluster.hash_seed {
                    Some(seed) => format!("{}, seed {}", cluster.hash, Seed(seed)),
                    None => cluster.hash.to_string(),
                }),
            ),
            ("client-key", Some(ClientKey::from(cluster).to_string())),
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
    fn mood(&self, line: &str) -> Mood {
        let wrong = [
            "  silent ",
            "  bypass ",
            "  differs ",
            "  wrong ",
            " (rx-",
            " (down)",
            " (no-carrier)",
            "nodes do not agree",
            "(not on ",
        ];
        match wrong.iter().any(|part| line.contains(part)) {
            true => Mood::Wrong,
            false => Mood::Plain,
        }
    }

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
        for shown in &self.list {
            let cluster = &shown.cluster;
            columns.row(vec![
                cluster.name.clone(),
                shown.interface_cell(),
                cluster.mode.to_string(),
                format!("{} of {}", cluster.node, cluster.nodes),
                if cluster.master { "yes" } else { "no" }.to_owned(),
                cluster.function.to_string(),
                cluster.buckets.to_string(),
                cluster.hash.to_string(),
                shown.advertised_mac().to_string(),
                shown.addresses(", "),
            ]);
        }
        let mut text = columns.text();
        for shown in &self.list {
            if let Some(names) = shown.differences() {
                let name = &shown.cluster.name;
                // Writing to a String cannot fail.
                let _ = writeln!(
                    text,
                    "{name}: nodes do not agree ({names}): ssictl peers {name}"
                );
            }
            if let Some(wrong) = shown.remarks.wrong() {
                // As above.
                let _ = writeln!(text, "{}: {wrong}", shown.cluster.name);
            }
        }
        text
    }
}
