// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl cluster add`: the interface to forward by, the cluster, then its addresses, so that no ARP with the
//! node's own MAC leaves.

use std::net::IpAddr;

use logic::config::BUCKETS_DEFAULT;
use ssi_netlink::Request;
use ssi_netlink::route::Bound;
use ssi_netlink::spec::{Forward, Function, Hash, Hook, LeaseExpiry, Mode, ReplyMac};

use crate::addresses;
use crate::cluster::refusal;
use crate::failure::Failure;
use crate::forward_dev::{Choice, ForwardDev};
use crate::system::System;
use crate::value::{self, MacChoice, Owned, Seed, Shape, Vip};

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
    #[arg(long, value_name = "I", allow_negative_numbers = true, value_parser = value::rank)]
    pub node: u32,

    /// Number of nodes
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value::nodes)]
    pub nodes: u32,

    /// Serve bucket I of N, or those --owned of K [default: modulo]
    #[arg(long, value_name = "modulo|bitmap", hide_possible_values = true, value_parser = value::choice::<Function>(Function::NAMES))]
    pub function: Option<Function>,

    /// Number of buckets, with bitmap [default: 1024]
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = value::buckets)]
    pub buckets: Option<u32>,

    /// The buckets this node serves, with bitmap [default: mod]
    #[arg(long, value_name = "LIST")]
    pub owned: Option<Owned>,

    /// Hash source addresses before taking them mod K [default: none]
    #[arg(long, value_name = "none|siphash", hide_possible_values = true, value_parser = value::choice::<Hash>(Hash::NAMES))]
    pub hash: Option<Hash>,

    /// The hash's key, the same on every node
    #[arg(long, value_name = "HEX32")]
    pub hash_seed: Option<Seed>,

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

    /// This node answers ARP for the cluster
    #[arg(long)]
    pub master: bool,

    /// Connections of a bucket that moves stay so long [default: 600]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = value::drain_time)]
    pub drain_time: Option<u32>,

    /// Connections when the lease runs out [default: drain]
    #[arg(long, value_name = "drain|drop", hide_possible_values = true, value_parser = value::choice::<LeaseExpiry>(LeaseExpiry::NAMES))]
    pub lease_expiry: Option<LeaseExpiry>,
}

/// Makes the cluster; after a failure all is as before.
pub fn run(system: &mut impl System, add: &Add) -> Result<(), Failure> {
    let request = request(add)?;
    let choice = choice(add)?;
    let ifindex = system.ifindex(&add.dev)?;
    let Some(choice) = choice else {
        return make(system, add, request, ifindex, None);
    };
    let forward = ForwardDev::ready(system, (&add.dev, ifindex), choice, &add.name)?;
    let request = Request {
        forward_ifindex: Some(forward.link.ifindex),
        ..request
    };
    make(system, add, request, ifindex, Some(choice))
        .map_err(|failure| failure.and_undoing(forward.undo(system)))
}

/// Makes it, the interface to forward by being there.
pub fn make(
    system: &mut impl System,
    add: &Add,
    mut request: Request,
    ifindex: u32,
    forward: Option<Choice<'_>>,
) -> Result<(), Failure> {
    request.ifindex = Some(ifindex);
    let forward = forward.map(|choice| choice.to_string());
    let vips = addresses::missing(system, &add.dev, ifindex, &add.vips)?;
    // Switches are to learn the members before clients can send.
    let group = match group(add)? {
        Some(group) => addresses::missing_group(system, &add.dev, ifindex, group)?,
        None => None,
    };
    let missing: Vec<Bound> = group.into_iter().chain(vips).collect();
    system
        .create(&request)
        .map_err(|e| refusal::of(&request, &add.dev, forward.as_deref(), &e))?;
    addresses::bind(system, &add.dev, &missing).map_err(|failure| {
        let undone = system
            .remove(&add.name)
            .map_err(|e| Failure::refused(format!("removing {}", add.name), &e));
        failure.and_undoing(undone)
    })
}

/// The interface to forward by, in mode forward.
fn choice(add: &Add) -> Result<Option<Choice<'_>>, Failure> {
    let choice = match (add.vlan, &add.forward_dev) {
        (Some(id), _) => Some(Choice::Vlan(id)),
        (None, Some(device)) => Some(Choice::Device(device)),
        (None, None) => None,
    };
    let forward = add.forward.map(|forward| format!("--forward {forward}"));
    let unused = choice.map(|choice| choice.to_string()).or(forward);
    match (add.mode, unused) {
        (Some(Mode::Forward), _) if choice.is_none() => Err(Failure::Usage(
            "--mode forward: give --vlan ID, a VLAN over --dev that only the nodes have, \
             or --forward-dev D2, another interface to them"
                .to_owned(),
        )),
        (None | Some(Mode::Multicast), Some(what)) => {
            Err(Failure::Usage(format!("{what}: goes with --mode forward")))
        }
        _ => Ok(choice),
    }
}

/// What the kernel is asked for.
pub fn request(add: &Add) -> Result<Request, Failure> {
    let (node, nodes) = (add.node, add.nodes);
    if node >= nodes {
        return Err(wrong_rank(node, nodes));
    }
    match (add.hash, add.hash_seed) {
        (Some(Hash::Siphash), None) => return Err(Failure::Usage(
            "--hash siphash: give --hash-seed too, 32 hexadecimal digits, the same on every node"
                .to_owned(),
        )),
        (None | Some(Hash::None), Some(seed)) => {
            return Err(Failure::Usage(format!(
                "--hash-seed {seed}: goes with --hash siphash"
            )));
        }
        _ => {}
    }
    Ok(Request {
        name: add.name.clone(),
        group_mac: group(add)?.map(value::group::mac),
        mac: add.mac.and_then(MacChoice::bytes),
        mode: add.mode,
        forward: add.forward,
        reply_mac: add.reply_mac,
        function: add.function,
        buckets: add.buckets,
        node: Some(node),
        nodes: Some(nodes),
        hash: add.hash,
        hash_seed: add.hash_seed.map(|seed| seed.0),
        master: Some(add.master),
        vips: add.vips.iter().map(|vip| vip.address).collect(),
        owned: owned(add)?,
        hook: add.hook,
        drain_time: add.drain_time,
        lease_expiry: add.lease_expiry,
        ..Request::default()
    })
}

/// The IP multicast group whose MAC clients send to, if there is one.
fn group(add: &Add) -> Result<Option<IpAddr>, Failure> {
    let refuse = |sentence| Err(Failure::Usage(sentence));
    let Some(MacChoice::Group(protocol)) = add.mac else {
        return match add.group {
            Some(group) => refuse(format!("--group {group}: goes with --mac igmp or mld")),
            None => Ok(None),
        };
    };
    let (word, family) = protocol.words();
    if add.mode == Some(Mode::Forward) {
        return refuse(format!(
            "--mac {word}: goes with --mode multicast; in mode forward clients send to the base MAC"
        ));
    }
    match add.group {
        Some(group) if !protocol.has(group) => refuse(format!(
            "--group {group}: --mac {word} wants an {family} group"
        )),
        Some(group) => Ok(Some(group)),
        None => Ok(protocol.default(add.vips.iter().map(|vip| vip.address))),
    }
}

/// The owned bitmap, where it is not the kernel's own default.
fn owned(add: &Add) -> Result<Option<Vec<u8>>, Failure> {
    let bitmap = add.function == Some(Function::Bitmap);
    match (add.buckets, &add.owned) {
        (Some(buckets), _) if !bitmap && buckets != add.nodes => Err(Failure::Usage(format!(
            "--buckets {buckets}: function modulo has as many as nodes, {}; give --function bitmap too",
            add.nodes
        ))),
        (_, None | Some(Owned::ByRank)) => Ok(None),
        (_, Some(owned)) if !bitmap => Err(Failure::Usage(format!(
            "--owned {owned}: function modulo makes its own table; give --function bitmap too"
        ))),
        (buckets, Some(owned)) => owned
            .bitmap(Shape {
                buckets: buckets.unwrap_or(BUCKETS_DEFAULT),
                node: add.node,
                nodes: add.nodes,
            })
            .map(Some)
            .map_err(|right| Failure::Usage(format!("--owned {owned}: {right}"))),
    }
}

pub fn wrong_rank(node: u32, nodes: u32) -> Failure {
    Failure::Usage(format!(
        "--node {node}: ranks run from 0 to {} with --nodes {nodes}",
        nodes.saturating_sub(1)
    ))
}
