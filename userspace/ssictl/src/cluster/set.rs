// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl cluster set`: changes what is given. Addresses that go leave the interface before the cluster, those
//! that come reach it after.

use ssi_cluster::addresses;
use ssi_cluster::create;
use ssi_cluster::failure::Failure;
use ssi_cluster::refusal;
use ssi_cluster::replies;
use ssi_cluster::system::System;
use ssi_netlink::spec::{Attr, Forward, Function, Hash, ReplyMac};
use ssi_netlink::{Cluster, Request, Secret};

use crate::cluster::gateways::{self, Gateways};
use crate::cluster::probe;
use crate::cluster::transition::Transition;
use crate::key::KeyOption;
use crate::only;
use crate::seed::SeedOption;
use crate::value::{self, ClientKey, Owned, Shape, Vip};

/// Change a cluster: what is given; the rest stays.
#[derive(clap::Args, Debug, Default)]
pub struct Set {
    /// The cluster; without it, the only one here
    #[arg(value_parser = value::name)]
    pub name: Option<String>,

    /// A cluster address and its prefix length; all replace the old ones
    #[arg(long = "vip", value_name = "ADDR/LEN")]
    pub vips: Vec<Vip>,

    /// Ask first whether an address is in use; done at a terminal anyway
    #[arg(long, requires = "vips")]
    pub probe: bool,

    /// This node's rank, 0 to N-1
    #[arg(long = "rank", alias = "node", value_name = "I", allow_negative_numbers = true, value_parser = value::rank)]
    pub node: Option<u32>,

    /// Number of nodes
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value::number(Attr::Nodes))]
    pub nodes: Option<u32>,

    /// Serve bucket I of N, or those --owned of K
    #[arg(long, value_name = "modulo|bitmap", hide_possible_values = true, value_parser = value::choice::<Function>(Function::NAMES))]
    pub function: Option<Function>,

    /// Number of buckets; without --owned the table becomes mod
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = value::number(Attr::Buckets))]
    pub buckets: Option<u32>,

    /// The buckets this node serves
    #[arg(long, value_name = "LIST")]
    pub owned: Option<Owned>,

    /// Hash source addresses before taking them mod K
    #[arg(long, value_name = "none|siphash", hide_possible_values = true, value_parser = value::choice::<Hash>(Hash::NAMES))]
    pub hash: Option<Hash>,

    #[command(flatten)]
    pub seed: SeedOption,

    /// Buckets by source, source-port or prefix:24,64
    #[arg(long = "key", value_name = "KEY")]
    pub client_key: Option<ClientKey>,

    /// Whom the node that gets a request forwards it to
    #[arg(long, value_name = "all|owner", hide_possible_values = true, value_parser = value::choice::<Forward>(Forward::NAMES))]
    pub forward: Option<Forward>,

    #[command(flatten)]
    pub key: KeyOption,

    /// Take the nodes' key away: their messages are believed as they are
    #[arg(long, conflicts_with = "key_file")]
    pub no_key: bool,

    /// Source MAC of replies: cluster, group or node
    #[arg(long, value_name = "WHOSE", hide_possible_values = true, value_parser = value::choice::<ReplyMac>(ReplyMac::NAMES))]
    pub reply_mac: Option<ReplyMac>,

    /// Whether this node answers ARP for the cluster
    #[arg(long, value_name = "on|off", value_parser = on_off)]
    pub master: Option<bool>,

    /// Let the master announce the addresses so often [new: 0, not]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = value::number(Attr::AnnounceEvery))]
    pub announce_every: Option<u32>,

    #[command(flatten)]
    pub gateways: Gateways,

    #[command(flatten)]
    pub transition: Transition,

    /// Change only if this generation of the table is in force
    #[arg(long, value_name = "G", allow_negative_numbers = true, value_parser = value::generation)]
    pub generation: Option<u64>,
}

/// Changes the cluster; after a failure all is as before.
pub fn run(system: &mut impl System, set: &Set) -> Result<(), Failure> {
    let mut request = request(set)?;
    set.seed.warn();
    set.key.warn();
    request.name = only::cluster(system, set.name.as_deref())?;
    if set.gateways.is_empty() {
        return attributes(system, set, request);
    }
    let old = system
        .cluster(&request.name)
        .map_err(|e| Failure::refused(&request.name, &e))?;
    let vips = match request.vips.as_slice() {
        [] => &old.vips,
        new => new,
    };
    let gateways = set.gateways.given(vips)?.unwrap_or_default();
    let device = named(system, old.ifindex);
    gateways::with(system, (&device, old.ifindex), &gateways, |system| {
        match request == Request::new(&request.name) && set.owned.is_none() {
            true => Ok(()),
            false => attributes(system, set, request),
        }
    })
}

/// An interface's name, or what is known of it.
fn named(system: &mut impl System, ifindex: u32) -> String {
    system
        .device(ifindex)
        .unwrap_or_else(|| format!("interface {ifindex}"))
}

fn attributes(system: &mut impl System, set: &Set, mut request: Request) -> Result<(), Failure> {
    if set.vips.is_empty() && set.owned.is_none() {
        // The kernel does the whole of it in one step.
        return change(system, &request, "");
    }
    let old = system
        .cluster(&request.name)
        .map_err(|e| Failure::refused(&request.name, &e))?;
    if let Some(owned) = &set.owned {
        request.owned = Some(bitmap(set, &old, owned)?);
        // The list was made for the configuration just read, and for no other.
        request.generation = request.generation.or(Some(old.generation));
    }
    if set.vips.is_empty() {
        return change(system, &request, "");
    }
    change_addresses(system, set, &old, &request)
}

fn change_addresses(
    system: &mut impl System,
    set: &Set,
    old: &Cluster,
    request: &Request,
) -> Result<(), Failure> {
    let ifindex = old.ifindex;
    let device = named(system, ifindex);
    let table = system
        .table(&request.name)
        .map_err(|e| Failure::refused(&request.name, &e))?;
    let missing = addresses::missing(system, &device, ifindex, &set.vips)?;
    let holders = match probe::wanted(set.probe) {
        true => probe::holders(system, &device, missing.iter().map(|vip| vip.address))?,
        false => Vec::new(),
    };
    let gone: Vec<_> = old
        .vips
        .iter()
        .filter(|vip| !request.vips.contains(vip))
        .copied()
        .collect();
    let removed = addresses::unbind(system, &device, ifindex, &gone)?;
    let put_back = |system: &mut _| addresses::put_back(system, &device, ifindex, removed.iter());

    if let Err(failure) = change(system, request, &device) {
        return Err(failure.and_undoing(put_back(system)));
    }
    let mut bound = Ok(());
    if let Err(failure) = addresses::bind(system, &device, &missing) {
        bound = Err(failure);
    } else if let Err(failure) = replies::keep(system, &device, ifindex, None) {
        let came: Vec<_> = missing.iter().map(|bound| bound.address).collect();
        let undone = addresses::unbind(system, &device, ifindex, &came).map(drop);
        bound = Err(failure.and_undoing(undone));
    }
    if let Err(failure) = bound {
        let restore = Request::restore(old, Some(table.owned));
        let undone = change(system, &restore, &device).and_then(|()| put_back(system));
        return Err(failure.and_undoing(undone));
    }
    probe::warn(system, &request.name, &holders)
}

fn change(system: &mut impl System, request: &Request, device: &str) -> Result<(), Failure> {
    system
        .change(request)
        .map_err(|e| refusal::of(request, device, None, &e))
}

fn bitmap(set: &Set, old: &Cluster, owned: &Owned) -> Result<Vec<u8>, Failure> {
    let shape = Shape {
        buckets: set.buckets.unwrap_or(old.buckets),
        node: set.node.unwrap_or(old.node),
        nodes: set.nodes.unwrap_or(old.nodes),
    };
    let wrong = |right| {
        let sentence = format!("--owned {owned}: {right}");
        // By what is given here, or by what the cluster has.
        match set.buckets.or(set.nodes).is_some() {
            true => Failure::Usage(sentence),
            false => Failure::Refused(sentence),
        }
    };
    owned.bitmap(shape).map_err(wrong)
}

fn request(set: &Set) -> Result<Request, Failure> {
    if let (Some(node), Some(nodes)) = (set.node, set.nodes) {
        if node >= nodes {
            return Err(create::wrong_rank(node, nodes));
        }
    }
    let seed = set.seed.value();
    if set.hash == Some(Hash::None) && seed.is_some() {
        return Err(create::unused_seed());
    }
    let client_key = set.client_key.map(ClientKey::attributes);
    let name = set.name.clone().unwrap_or_default();
    let request = Request {
        name: name.clone(),
        forward: set.forward,
        reply_mac: set.reply_mac,
        function: set.function,
        buckets: set.buckets,
        node: set.node,
        nodes: set.nodes,
        hash: set.hash,
        hash_seed: seed.map(|seed| seed.0),
        client_key: client_key.map(|(kind, ..)| kind),
        prefix4: client_key.and_then(|(_, v4, _)| v4),
        prefix6: client_key.and_then(|(.., v6)| v6),
        master: set.master,
        vips: set.vips.iter().map(|vip| vip.address).collect(),
        key: match (set.key.value(), set.no_key) {
            (Some(key), _) => Some(Secret(key.0.to_vec())),
            (None, true) => Some(Secret::default()),
            (None, false) => None,
        },
        announce_every: set.announce_every,
        ..set.transition.settings()
    };
    if request == Request::new(&name) && set.owned.is_none() && set.gateways.is_empty() {
        return Err(Failure::Usage(format!(
            "{}: give at least one option to change; see --help",
            format!("cluster set {name}").trim_end()
        )));
    }
    Ok(Request {
        generation: set.generation,
        ..request
    })
}

fn on_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("use one of on, off".to_owned()),
    }
}
