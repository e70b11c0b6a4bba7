// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl cluster join`: learns from the master of a cluster in mode forward what it is (claims 2, 16, 30), and
//! makes it here as `cluster add` would.

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use ssi_cluster::create::{self, Draft};
use ssi_cluster::failure::Failure;
use ssi_cluster::forward_interface::{Choice, ForwardDev};
use ssi_cluster::system::System;
use ssi_netlink::spec::{Function, Hash, Hook, Mode, ReplyMac};
use ssi_netlink::{Error, Request};

use crate::discover::{self, Discovered, Proof};
use crate::key::KeyOption;
use crate::output::{Output, Text};
use crate::seed::SeedOption;
use crate::value::{self, Mac, MacChoice, Owned, Vip};

/// The error that the module gives for a name that no cluster has (`ENOENT`).
const UNKNOWN: i32 = 2;

/// Make a cluster as its master announces it.
#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("way").args(["vlan", "forward_dev"]).required(true)))]
pub struct Join {
    /// The cluster's name on this node
    #[arg(value_parser = value::name)]
    pub name: String,

    /// The Ethernet interface it is on
    #[arg(long, value_name = "D", value_parser = value::device)]
    pub dev: String,

    /// Listen on and forward by this VLAN over --dev; made if not there
    #[arg(long, value_name = "ID", allow_negative_numbers = true, value_parser = value::vlan)]
    pub vlan: Option<u16>,

    /// Listen on and forward by this interface
    #[arg(long, value_name = "D2", value_parser = value::device)]
    pub forward_dev: Option<String>,

    /// This node's rank, 0 to N-1; each node has another
    #[arg(long = "rank", alias = "node", value_name = "I", allow_negative_numbers = true, value_parser = value::rank)]
    pub node: u32,

    #[command(flatten)]
    pub key: KeyOption,

    /// Believe announcements without a key
    #[arg(long, conflicts_with = "key_file")]
    pub insecure: bool,

    /// The cluster's base MAC, where several clusters are seen
    #[arg(long, value_name = "MAC")]
    pub mac: Option<Mac>,

    /// Seconds to listen for the master at most
    #[arg(long, value_name = "S", default_value = "5", allow_negative_numbers = true, value_parser = value::seconds)]
    pub timeout: u16,

    /// Prefix length of the IPv4 addresses on the interface
    #[arg(long, value_name = "LEN", default_value = "32", allow_negative_numbers = true, value_parser = value::prefix::<32>)]
    pub prefix: u8,

    /// Prefix length of the IPv6 addresses
    #[arg(long, value_name = "LEN", default_value = "128", allow_negative_numbers = true, value_parser = value::prefix::<128>)]
    pub prefix6: u8,

    /// The buckets this node serves, with function bitmap [default: mod]
    #[arg(long, value_name = "LIST")]
    pub owned: Option<Owned>,

    #[command(flatten)]
    pub seed: SeedOption,

    /// Source MAC of replies: cluster, group or node [default: the master's]
    #[arg(long, value_name = "WHOSE", hide_possible_values = true, value_parser = value::choice::<ReplyMac>(ReplyMac::NAMES))]
    pub reply_mac: Option<ReplyMac>,

    /// auto, rx-handler or ingress: where frames are met [default: auto]
    #[arg(long, value_name = "HOOK", hide_possible_values = true, value_parser = value::choice::<Hook>(Hook::NAMES))]
    pub hook: Option<Hook>,
}

/// A cluster address that was learnt.
#[derive(Serialize)]
struct Learnt {
    address: IpAddr,
    prefix: u8,
}

/// What was learnt, and from whom.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Joined {
    name: String,
    node: u32,
    nodes: u32,
    mac: String,
    master_node: u32,
    master_mac: String,
    forward_ifname: String,
    vip: Vec<Learnt>,
    function: &'static str,
    buckets: u32,
    hash: &'static str,
    client_key: String,
    forward: &'static str,
    reply_mac: &'static str,
}

/// Makes the cluster; after a failure all is as before.
pub fn run(system: &mut impl System, output: Output, join: &Join) -> Result<(), Failure> {
    join.seed.warn();
    join.key.warn();
    output.show(&learn(system, join)?)
}

/// The same without showing it.
pub fn learn(system: &mut impl System, join: &Join) -> Result<Joined, Failure> {
    if join.key.value().is_none() && !join.insecure {
        return Err(Failure::Usage(format!(
            "cluster join {}: give --key-file FILE with the cluster's key, or anybody could decide what this node \
             is to be; --insecure where the cluster has none and only its nodes can send on that network",
            join.name
        )));
    }
    match system.cluster(&join.name) {
        Err(Error::Refused(refusal)) if refusal.errno == UNKNOWN => {}
        Ok(_) => {
            return Err(Failure::Refused(format!(
                "{}: a cluster of this name exists here already; see ssictl cluster show",
                join.name
            )));
        }
        Err(error) => return Err(Failure::refused(&join.name, &error)),
    }
    let ifindex = system.ifindex(&join.dev)?;
    let choice = match (join.vlan, &join.forward_dev) {
        (None, Some(device)) => Choice::Device(device),
        (id, _) => Choice::Vlan(id.unwrap_or_default()),
    };
    let forward = ForwardDev::ready(system, (&join.dev, ifindex), choice, &join.name)?;
    discover_and_make(system, join, ifindex, &forward, choice)
        .map_err(|failure| failure.and_undoing(forward.undo(system)))
}

fn discover_and_make(
    system: &mut impl System,
    join: &Join,
    ifindex: u32,
    forward: &ForwardDev,
    choice: Choice<'_>,
) -> Result<Joined, Failure> {
    let device = forward.link.name.as_str();
    let timeout = Duration::from_secs(join.timeout.into());
    let proof = join.key.value().map(|key| Proof {
        key,
        rank: join.node,
    });
    let at = (device, forward.link.ifindex);
    let found = discover::listen(system, at, join.mac, proof, timeout)?;
    let master = master(join, device, &found.nodes)
        .map_err(|failure| with_strangers(failure, found.strange))?;
    if master.is_tagged && proof.is_none() {
        return Err(Failure::Refused(format!(
            "{device}: the nodes of {} have a key, and would not believe this one without: give --key-file",
            master.base
        )));
    }
    let draft = draft(join, master)?;
    let request = Request {
        forward_ifindex: Some(forward.link.ifindex),
        ..create::request(&draft)?
    };
    create::make(system, &draft, request, ifindex, Some(choice))?;
    Ok(Joined::new(&draft, master, device))
}

/// A failure to learn anything, with the number of messages that were not believed.
fn with_strangers(failure: Failure, strange: u32) -> Failure {
    match failure {
        Failure::Refused(sentence) if strange > 0 => Failure::Refused(format!(
            "{sentence} ({strange} messages had no tag of this key or came from nobody who is there: do the nodes have \
             another key?)"
        )),
        failure => failure,
    }
}

/// The master of the one cluster that was seen.
fn master<'a>(
    join: &Join,
    device: &str,
    nodes: &'a [Discovered],
) -> Result<&'a Discovered, Failure> {
    let refuse = |sentence: String| Err(Failure::Refused(sentence));
    let is_wanted = |node: &&Discovered| join.mac.is_none_or(|mac| mac == node.base);
    let ours: Vec<&Discovered> = nodes.iter().filter(is_wanted).collect();
    let Some(first) = ours.first() else {
        return refuse(match (join.mac, nodes) {
            (Some(mac), [_, ..]) => {
                format!("--mac {mac}: not seen on {device}, but {}", clusters(nodes))
            }
            _ => format!(
                "{device}: no node was seen within {} s; is there a cluster of mode forward with a master, \
                 does the switch carry this VLAN to this port, and is it the number that the others use?",
                join.timeout
            ),
        });
    };
    if ours.iter().any(|node| node.base != first.base) {
        return refuse(format!(
            "{device}: several clusters are seen, {}; choose one by --mac",
            clusters(nodes)
        ));
    }
    let masters: Vec<&Discovered> = ours.iter().filter(|node| node.master).copied().collect();
    let master = match masters.as_slice() {
        [master] => *master,
        [] => {
            return refuse(format!(
                "{device}: cluster {} is seen, but no master of it; on one of its nodes: \
                 ssictl cluster set NAME --master on",
                first.base
            ));
        }
        several => {
            let ranks: Vec<String> = several.iter().map(|node| node.node.to_string()).collect();
            return refuse(format!(
                "{device}: ranks {} both claim to be master of {}; there should be one",
                ranks.join(" and "),
                first.base
            ));
        }
    };
    if let Some(other) = ours.iter().find(|node| node.node == join.node) {
        return refuse(format!(
            "--rank {}: the node {} has this rank; each needs its own, 0 to {}",
            join.node,
            other.mac,
            master.nodes.saturating_sub(1)
        ));
    }
    Ok(master)
}

/// Clusters by MAC and addresses.
fn clusters(nodes: &[Discovered]) -> String {
    let mut list: Vec<String> = Vec::new();
    for node in nodes {
        let addresses: Vec<String> = node.addresses.iter().map(ToString::to_string).collect();
        let text = format!("{} ({})", node.base, addresses.join(", "));
        if !list.contains(&text) {
            list.push(text);
        }
    }
    list.sort();
    list.join(", ")
}

/// What `cluster add` would have been given.
fn draft(join: &Join, master: &Discovered) -> Result<Draft, Failure> {
    match (master.hash, join.seed.value()) {
        (Hash::Siphash, None) => {
            return Err(Failure::Refused(
                "the cluster hashes by siphash, whose key is not sent on the wire: give --hash-seed or --hash-seed-file, the same as \
                 on the other nodes"
                    .to_owned(),
            ));
        }
        (Hash::None, Some(_)) => {
            return Err(Failure::Refused(
                "--hash-seed: the cluster does not hash".to_owned(),
            ));
        }
        _ => {}
    }
    let Some(client_key) = master.client_key else {
        return Err(Failure::Refused(
            "the cluster's key is one that this ssictl does not know: it is of another version"
                .to_owned(),
        ));
    };
    if join.node >= master.nodes {
        return Err(Failure::Refused(format!(
            "--rank {}: the cluster has {} nodes, so ranks run from 0 to {}; for one more, first on each of them: \
             ssictl cluster set NAME --nodes {}",
            join.node,
            master.nodes,
            master.nodes.saturating_sub(1),
            master.nodes.saturating_add(1)
        )));
    }
    let vip = |address: &IpAddr| Vip {
        address: *address,
        prefix: match address {
            IpAddr::V4(_) => join.prefix,
            IpAddr::V6(_) => join.prefix6,
        },
    };
    Ok(Draft {
        name: join.name.clone(),
        dev: join.dev.clone(),
        vips: master.addresses.iter().map(vip).collect(),
        node: join.node,
        nodes: master.nodes,
        function: Some(master.function),
        buckets: (master.function == Function::Bitmap).then_some(master.buckets),
        owned: join.owned.clone(),
        hash: Some(master.hash),
        hash_seed: join.seed.value(),
        client_key: Some(client_key),
        mac: Some(MacChoice::Given(master.base)),
        group: None,
        reply_mac: Some(join.reply_mac.unwrap_or(master.reply_mac)),
        hook: join.hook,
        gateways: None,
        settings: Request::default(),
        mode: Some(Mode::Forward),
        forward: Some(master.forward),
        vlan: join.vlan,
        forward_dev: join.forward_dev.clone(),
        master: false,
        key: join.key.value(),
    })
}

impl Joined {
    fn new(draft: &Draft, master: &Discovered, device: &str) -> Self {
        let learnt = |vip: &Vip| Learnt {
            address: vip.address,
            prefix: vip.prefix,
        };
        Self {
            name: draft.name.clone(),
            node: draft.node,
            nodes: master.nodes,
            mac: master.base.to_string(),
            master_node: master.node,
            master_mac: master.mac.to_string(),
            forward_ifname: device.to_owned(),
            vip: draft.vips.iter().map(learnt).collect(),
            function: master.function.name(),
            buckets: master.buckets,
            hash: master.hash.name(),
            client_key: draft.client_key.unwrap_or_default().to_string(),
            forward: master.forward.name(),
            reply_mac: draft.reply_mac.unwrap_or(master.reply_mac).name(),
        }
    }
}

impl Text for Joined {
    fn text(&self) -> String {
        let addresses: Vec<String> = self
            .vip
            .iter()
            .map(|vip| format!("{}/{}", vip.address, vip.prefix))
            .collect();
        format!(
            "{}: rank {} of {}, as the master announces on {}\n  \
             master       {}, rank {}\n  \
             mac          {}\n  \
             addresses    {}\n  \
             buckets      {} (function {}), hash {}, key {}\n  \
             forward      {}\n  \
             reply-mac    {}\n",
            self.name,
            self.node,
            self.nodes,
            self.forward_ifname,
            self.master_mac,
            self.master_node,
            self.mac,
            addresses.join("\n               "),
            self.buckets,
            self.function,
            self.hash,
            self.client_key,
            self.forward,
            self.reply_mac
        )
    }
}

#[cfg(test)]
mod tests;
