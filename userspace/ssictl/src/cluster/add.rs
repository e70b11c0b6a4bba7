// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl cluster add`.

use std::net::IpAddr;

use logic::config::BUCKETS_DEFAULT;
use logic::owned::owns;
use ssi_cluster::create::{self, Draft};
use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;
use ssi_netlink::Request;
use ssi_netlink::spec::{Attr, Forward, Function, Hash, Hook, Mode, ReplyMac};

use crate::cluster::gateways::Gateways;
use crate::cluster::probe;
use crate::cluster::transition::Transition;
use crate::key::KeyOption;
use crate::seed::SeedOption;
use crate::value::{self, ClientKey, MacChoice, Owned, Shape, Vip};
use crate::view::cluster::UNPROVEN;

/// Make a cluster on an interface and bind its addresses there.
#[derive(clap::Args, Debug)]
pub struct Add {
    /// The cluster's name: letters, digits, '.', '-', '_'
    #[arg(value_parser = value::name)]
    pub name: String,

    /// The Ethernet interface it is on
    #[arg(long, value_name = "D", value_parser = value::device)]
    pub dev: String,

    /// A cluster address and its prefix length; up to 32 of them
    #[arg(long = "vip", value_name = "ADDR/LEN", required = true)]
    pub vips: Vec<Vip>,

    /// This node's rank, 0 to N-1; each node has another
    #[arg(long = "rank", alias = "node", value_name = "I", allow_negative_numbers = true, value_parser = value::rank, required_unless_present = "owned")]
    pub node: Option<u32>,

    /// Number of nodes; with --owned this and --rank may be left out
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value::number(Attr::Nodes), required_unless_present = "owned")]
    pub nodes: Option<u32>,

    /// Serve bucket I of N, or those --owned of K [default: modulo]
    #[arg(long, value_name = "modulo|bitmap", hide_possible_values = true, value_parser = value::choice::<Function>(Function::NAMES))]
    pub function: Option<Function>,

    /// Number of buckets, with bitmap [default: 1024]
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = value::number(Attr::Buckets))]
    pub buckets: Option<u32>,

    /// The buckets this node serves, with bitmap [default: mod]
    #[arg(long, value_name = "LIST")]
    pub owned: Option<Owned>,

    /// Hash source addresses before taking them mod K [default: none]
    #[arg(long, value_name = "none|siphash", hide_possible_values = true, value_parser = value::choice::<Hash>(Hash::NAMES))]
    pub hash: Option<Hash>,

    #[command(flatten)]
    pub seed: SeedOption,

    /// Buckets by source, source-port or prefix:24,64 [default: source]
    #[arg(long = "key", value_name = "KEY")]
    pub client_key: Option<ClientKey>,

    /// The base MAC, or what makes it: see MAC below [default: auto]
    #[arg(long, value_name = "auto|igmp|mld|MAC")]
    pub mac: Option<MacChoice>,

    /// The IP multicast group, with --mac igmp or mld
    #[arg(long, value_name = "ADDR", value_parser = value::group::group)]
    pub group: Option<IpAddr>,

    /// Source MAC of replies: cluster, group or node [default: cluster]
    #[arg(long, value_name = "WHOSE", hide_possible_values = true, value_parser = value::choice::<ReplyMac>(ReplyMac::NAMES))]
    pub reply_mac: Option<ReplyMac>,

    /// auto, rx-handler or ingress: where frames are met [default: auto]
    #[arg(long, value_name = "HOOK", hide_possible_values = true, value_parser = value::choice::<Hook>(Hook::NAMES))]
    pub hook: Option<Hook>,

    /// How requests reach the node that serves them [default: multicast]
    #[arg(long, value_name = "multicast|forward", hide_possible_values = true, value_parser = value::choice::<Mode>(Mode::NAMES))]
    pub mode: Option<Mode>,

    /// Whom the node that gets a request forwards it to [default: all]
    #[arg(long, value_name = "all|owner", hide_possible_values = true, value_parser = value::choice::<Forward>(Forward::NAMES))]
    pub forward: Option<Forward>,

    /// Forward by this VLAN over --dev; it is made if there is none
    #[arg(long, value_name = "ID", allow_negative_numbers = true, value_parser = value::vlan, conflicts_with = "forward_dev")]
    pub vlan: Option<u16>,

    /// Forward by this interface, which the nodes have among themselves
    #[arg(long, value_name = "D2", value_parser = value::device)]
    pub forward_dev: Option<String>,

    #[command(flatten)]
    pub key: KeyOption,

    /// This node answers ARP for the cluster
    #[arg(long)]
    pub master: bool,

    /// Ask first whether an address is in use; done at a terminal anyway
    #[arg(long)]
    pub probe: bool,

    /// Let the master announce the addresses so often [new: 0, not]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = value::number(Attr::AnnounceEvery))]
    pub announce_every: Option<u32>,

    #[command(flatten)]
    pub gateways: Gateways,

    #[command(flatten)]
    pub transition: Transition,
}

/// Makes the cluster; after a failure all is as before.
pub fn run(system: &mut impl System, add: &Add) -> Result<(), Failure> {
    add.seed.warn();
    add.key.warn();
    let draft = add.draft()?;
    let holders = match probe::wanted(add.probe) {
        true => probe::holders(system, &draft.dev, draft.vips.iter().map(|vip| vip.address))?,
        false => Vec::new(),
    };
    create::run(system, &draft)?;
    probe::warn(system, &add.name, &holders)?;
    if add.mode == Some(Mode::Forward) && add.key.value().is_none() {
        let name = &add.name;
        eprintln!(
            "ssictl: {name} has no key: {UNPROVEN}; ssictl cluster set {name} --key-file FILE"
        );
    }
    Ok(())
}

impl Add {
    /// The rank, and the number of nodes. Where the buckets are listed they say it: no two nodes have the same first one.
    fn place(&self) -> Result<(u32, u32), Failure> {
        let usage = |sentence: String| Err(Failure::Usage(sentence));
        match (self.node, self.nodes, &self.owned) {
            (Some(node), Some(nodes), _) => Ok((node, nodes)),
            (Some(node), None, _) => usage(format!("--rank {node}: give --nodes too")),
            (None, Some(nodes), _) => usage(format!("--nodes {nodes}: give --rank too")),
            (None, None, Some(owned @ (Owned::Ranges(_) | Owned::Bitmap(_)))) => {
                let buckets = self.buckets.unwrap_or(BUCKETS_DEFAULT);
                let shape = Shape {
                    buckets,
                    node: 0,
                    nodes: 1,
                };
                let first = owned
                    .bitmap(shape)
                    .map(|bits| (0..buckets).find(|m| owns(&bits, *m)));
                match first {
                    Ok(Some(first)) => Ok((first, buckets)),
                    Ok(None) => usage(format!("--owned {owned}: give --rank and --nodes too")),
                    Err(right) => usage(format!("--owned {owned}: {right}")),
                }
            }
            (None, None, owned) => {
                let owned = owned.clone().unwrap_or(Owned::ByRank);
                usage(format!("--owned {owned}: give --rank and --nodes too"))
            }
        }
    }

    pub(crate) fn draft(&self) -> Result<Draft, Failure> {
        let vips: Vec<IpAddr> = self.vips.iter().map(|vip| vip.address).collect();
        let (node, nodes) = self.place()?;
        Ok(Draft {
            name: self.name.clone(),
            dev: self.dev.clone(),
            vips: self.vips.clone(),
            node,
            nodes,
            function: self.function,
            buckets: self.buckets,
            owned: self.owned.clone(),
            hash: self.hash,
            hash_seed: self.seed.value(),
            client_key: self.client_key,
            mac: self.mac,
            group: self.group,
            reply_mac: self.reply_mac,
            hook: self.hook,
            mode: self.mode,
            forward: self.forward,
            vlan: self.vlan,
            forward_dev: self.forward_dev.clone(),
            master: self.master,
            gateways: self.gateways.given(&vips)?,
            settings: Request {
                announce_every: self.announce_every,
                ..self.transition.settings()
            },
            key: self.key.value(),
        })
    }
}
