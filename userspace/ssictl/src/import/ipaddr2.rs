// SPDX-License-Identifier: GPL-2.0-only

//! A resource of Pacemaker's agent IPaddr2, whichever way it was written down.

use std::collections::BTreeMap;

use crate::import::found::{Found, Node, Spread, address, number};

/// A resource, with what its clone says.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// Its name.
    pub id: String,
    /// The agent, as `ocf:heartbeat:IPaddr2`.
    pub agent: String,
    /// The agent's parameters.
    pub params: BTreeMap<String, String>,
    /// Whether it is cloned.
    pub is_clone: bool,
    /// The clone's meta attributes.
    pub meta: BTreeMap<String, String>,
}

/// Parameters that have no counterpart, and what is to be said of them.
const OTHERS: &[(&str, &str)] = &[
    (
        "lvs_support",
        "there is no balancer ahead of the nodes that would send to them by their own MACs",
    ),
    (
        "lvs_ipv6_addrlabel",
        "an address of the cluster is no source of a node's own connections, as ssi sets it so by itself",
    ),
    (
        "iflabel",
        "ssi's addresses have no label; ip addr shows them with proto 0x5a",
    ),
    ("broadcast", "a /32 has none"),
    ("arp_count_refresh", "announce-every = SECONDS is alike"),
    (
        "arp_interval",
        "the master announces the addresses at once and 1, 2 and 4 s later",
    ),
    (
        "arp_count",
        "the master announces the addresses at once and 1, 2 and 4 s later",
    ),
    ("arp_bg", "the kernel announces the addresses"),
    ("arp_mac", "announcements are broadcast"),
    ("arp_sender", "the kernel announces the addresses"),
    ("send_arp_opts", "the kernel announces the addresses"),
    ("flush_routes", "no route is left of an address that goes"),
    (
        "run_arping",
        "who else has the address is in the counter rx-arp-conflict and in ssictl peers",
    ),
    (
        "nodad",
        "all nodes have the address, so none of them looks for a duplicate",
    ),
    ("noprefixroute", "a /32 or /128 makes no route to a prefix"),
    (
        "preferred_lft",
        "an address of the cluster is no source of a node's own connections",
    ),
    (
        "network_namespace",
        "run ssid or ssictl apply in that namespace",
    ),
    (
        "table",
        "which router replies leave by is gateway = [\"ADDR\"]",
    ),
    (
        "check_link_status",
        "ssid looks at each interface's carrier by itself",
    ),
    (
        "cluster_mac_mangle",
        "clients learn the group MAC without arptables",
    ),
    (
        "cluster_firewall",
        "no firewall decides, so there are no rules left behind",
    ),
];

impl Resource {
    /// Whether its agent is IPaddr2.
    pub fn is_ipaddr2(&self) -> bool {
        self.agent.rsplit(':').next() == Some("IPaddr2")
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.params
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn is(&self, name: &str) -> bool {
        let value = self
            .param(name)
            .or_else(|| self.meta.get(name).map(String::as_str));
        let value = value.unwrap_or_default().to_ascii_lowercase();
        matches!(
            value.as_str(),
            "true" | "yes" | "1" | "on" | "y" | "t" | "ja"
        )
    }

    /// The cluster that it is.
    pub fn found(&self, nodes: &[String]) -> Result<Found, String> {
        let ip = self.param("ip").unwrap_or_default();
        let vip =
            address(ip).ok_or_else(|| format!("resource {}: ip {ip:?} is no address", self.id))?;
        let mut found = Found {
            name: self.id.clone(),
            vips: vec![vip],
            // Of eth0:1 the latter part is a label.
            interface: self
                .param("nic")
                .map(|nic| nic.split(':').next().unwrap_or(nic).to_owned()),
            count: self.meta.get("clone-max").and_then(|max| number(max)),
            runs_itself: true,
            ..Found::default()
        };
        let named = nodes.iter().map(|name| Node {
            name: name.clone(),
            weight: None,
        });
        found.nodes = named.collect();
        if found
            .count
            .is_some_and(|count| usize::try_from(count) != Ok(found.nodes.len()))
            && !found.nodes.is_empty()
        {
            found.note(format!(
                "clone-max={}, and there are {} nodes: all of them are in the file",
                found.count.unwrap_or_default(),
                found.nodes.len()
            ));
        }
        self.spread(&mut found);
        self.length(&mut found, vip.is_ipv4());
        if let Some(mac) = self.param("mac").filter(|_| self.is_clone) {
            match mac.parse() {
                Ok(mac) => found.mac = Some(mac),
                Err(why) => found.note(format!("mac={mac}: left out: {why}")),
            }
        } else if self.is_clone {
            found.note("mac was made by IPaddr2 of the address, and is made otherwise here: clients learn it from ARP");
        }
        for (name, sentence) in OTHERS {
            if let Some(value) = self.param(name) {
                found.note(format!("{name}={value}: {sentence}"));
            }
        }
        Ok(found)
    }

    fn spread(&self, found: &mut Found) {
        if !self.is_clone {
            return;
        }
        if self.is("unique_clone_address") {
            found.note("unique_clone_address: each instance had an address of its own; here is the first, which all nodes share");
        }
        if !self.is("globally-unique") {
            found.note("globally-unique is not true, so each node had the whole address");
            return;
        }
        found.spread = match self.param("clusterip_hash") {
            Some("sourceip") => Spread::Source,
            None | Some("sourceip-sourceport") => Spread::SourcePort,
            Some("sourceip-sourceport-destport") => {
                found.note("clusterip_hash=sourceip-sourceport-destport: the server's port decides nothing here");
                Spread::SourcePort
            }
            Some(other) => {
                found.note(format!(
                    "clusterip_hash={other}: no such hash is known, so the client's address decides"
                ));
                Spread::Source
            }
        };
        if found.spread == Spread::SourcePort {
            found.note("key = \"source-port\" is for services of which each connection stands for itself; take it away for NFS, SMB, iSCSI and FTP");
        }
    }

    fn length(&self, found: &mut Found, is_ipv4: bool) {
        let longest = if is_ipv4 { "32" } else { "128" };
        let given = self.param("cidr_netmask").or_else(|| self.param("netmask"));
        if let Some(given) = given.filter(|given| *given != longest) {
            found.note(format!(
                "cidr_netmask={given}: the address has /{longest}, and each node is to have one of its own in the subnet"
            ));
        }
    }
}

/// The clusters of these resources.
pub fn all(resources: &[Resource], nodes: &[String]) -> Result<Vec<Found>, String> {
    let ours = resources.iter().filter(|one| one.is_ipaddr2());
    ours.map(|one| one.found(nodes)).collect()
}
