// SPDX-License-Identifier: GPL-2.0-only

//! Making a cluster: the forward interface, the cluster, then its addresses, so that no ARP with the node's own
//! MAC leaves.

use std::net::IpAddr;

use logic::config::BUCKETS_DEFAULT;
use ssi_netlink::route::Bound;
use ssi_netlink::spec::{self, Forward, Function, Hash, Hook, Mode, ReplyMac};
use ssi_netlink::{Request, Secret};

use crate::addresses;
use crate::failure::Failure;
use crate::forward_interface::{Choice, ForwardDev};
use crate::refusal;
use crate::replies;
use crate::system::System;
use crate::value::{self, ClientKey, Key, MacChoice, Owned, Seed, Shape, Vip};

/// A cluster to be made.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The cluster's name.
    pub name: String,
    /// The Ethernet interface it is on.
    pub dev: String,
    /// The cluster's addresses, up to 32.
    pub vips: Vec<Vip>,
    /// This node's rank, less than `nodes`.
    pub node: u32,
    /// Number of nodes.
    pub nodes: u32,
    /// Which buckets are served: the rank's, or those of `owned`; modulo where it is none.
    pub function: Option<Function>,
    /// Number of buckets, with bitmap; 1024 where it is none.
    pub buckets: Option<u32>,
    /// The buckets this node serves, with bitmap; mod where it is none.
    pub owned: Option<Owned>,
    /// What a bucket is taken of; the address itself where it is none.
    pub hash: Option<Hash>,
    /// The hash's key, with [`Hash::Siphash`] only.
    pub hash_seed: Option<Seed>,
    /// What of a client makes its bucket; source where it is none.
    pub client_key: Option<ClientKey>,
    /// The base MAC, or what makes it: auto where it is none.
    pub mac: Option<MacChoice>,
    /// The IP multicast group, with [`MacChoice::Group`] only.
    pub group: Option<IpAddr>,
    /// Source MAC of replies; cluster where it is none.
    pub reply_mac: Option<ReplyMac>,
    /// Where frames are met; auto where it is none.
    pub hook: Option<Hook>,
    /// How requests reach the node that serves them; multicast where it is none.
    pub mode: Option<Mode>,
    /// Whom the node that gets a request forwards it to; all where it is none.
    pub forward: Option<Forward>,
    /// Forward by this VLAN over `dev`; it is made if there is none.
    pub vlan: Option<u16>,
    /// Forward by this interface, which the nodes have among themselves.
    pub forward_dev: Option<String>,
    /// This node answers ARP for the cluster.
    pub master: bool,
    /// By which routers replies leave the interface, one a family; none leaves those that it has.
    pub gateways: Option<Vec<IpAddr>>,
    /// Further attributes of the kernel's cluster, as given here.
    pub settings: Request,
    /// The key that the nodes share.
    pub key: Option<Key>,
}

/// Makes the cluster; after a failure all is as before.
pub fn run(system: &mut impl System, draft: &Draft) -> Result<(), Failure> {
    let request = request(draft)?;
    let choice = choice(draft)?;
    let ifindex = system.ifindex(&draft.dev)?;
    let Some(choice) = choice else {
        return make(system, draft, request, ifindex, None);
    };
    let forward = ForwardDev::ready(system, (&draft.dev, ifindex), choice, &draft.name)?;
    let request = Request {
        forward_ifindex: Some(forward.link.ifindex),
        ..request
    };
    make(system, draft, request, ifindex, Some(choice))
        .map_err(|failure| failure.and_undoing(forward.undo(system)))
}

/// Makes it, the forward interface being there.
pub fn make(
    system: &mut impl System,
    draft: &Draft,
    mut request: Request,
    ifindex: u32,
    forward: Option<Choice<'_>>,
) -> Result<(), Failure> {
    request.ifindex = Some(ifindex);
    let forward = forward.map(|choice| choice.to_string());
    let vips = addresses::missing(system, &draft.dev, ifindex, &draft.vips)?;
    // Switches are to learn the members before clients can send.
    let group = match group(draft)? {
        Some(group) => addresses::missing_group(system, &draft.dev, ifindex, group)?,
        None => None,
    };
    let missing: Vec<Bound> = group.into_iter().chain(vips).collect();
    system
        .create(&request)
        .map_err(|e| refusal::of(&request, &draft.dev, forward.as_deref(), &e))?;
    let remove = |system: &mut _| {
        System::remove(system, &draft.name)
            .map_err(|e| Failure::refused(format!("removing {}", draft.name), &e))
    };
    addresses::bind(system, &draft.dev, &missing)
        .map_err(|failure| failure.and_undoing(remove(system)))?;
    let gateways = draft.gateways.as_deref();
    let kept = replies::keep(system, &draft.dev, ifindex, gateways).map(drop);
    kept.map_err(|failure| {
        let came: Vec<IpAddr> = missing.iter().map(|bound| bound.address).collect();
        let undone = addresses::unbind(system, &draft.dev, ifindex, &came)
            .and_then(|_| remove(system))
            .and_then(|()| replies::keep(system, &draft.dev, ifindex, None).map(drop));
        failure.and_undoing(undone)
    })
}

/// The forward interface, in mode forward.
fn choice(draft: &Draft) -> Result<Option<Choice<'_>>, Failure> {
    let choice = match (draft.vlan, &draft.forward_dev) {
        (Some(id), _) => Some(Choice::Vlan(id)),
        (None, Some(device)) => Some(Choice::Device(device)),
        (None, None) => None,
    };
    let forward = draft.forward.map(|forward| format!("--forward {forward}"));
    let unused = choice.map(|choice| choice.to_string());
    let unused = unused.or(forward);
    match (draft.mode, unused) {
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

/// A key, and nothing to hash with it. The key itself is not shown: it may be from a file that only root reads.
pub fn unused_seed() -> Failure {
    Failure::Usage("--hash-seed: goes with --hash siphash".to_owned())
}

/// What the kernel is asked for.
pub fn request(draft: &Draft) -> Result<Request, Failure> {
    let (node, nodes) = (draft.node, draft.nodes);
    if node >= nodes {
        return Err(wrong_rank(node, nodes));
    }
    match (draft.hash, draft.hash_seed) {
        (Some(Hash::Siphash), None) => return Err(Failure::Usage(
            "--hash siphash: give --hash-seed or --hash-seed-file too, 32 hexadecimal digits, the same on every node"
                .to_owned(),
        )),
        (None | Some(Hash::None), Some(_)) => return Err(unused_seed()),
        _ => {}
    }
    let client_key = draft.client_key.map(ClientKey::attributes);
    if draft.hash != Some(Hash::Siphash)
        && client_key.is_some_and(|(kind, ..)| kind == spec::ClientKey::SourcePort)
    {
        return Err(Failure::Usage(
            "--key source-port: give --hash siphash too; unhashed, the even ports that clients have would be one node's"
                .to_owned(),
        ));
    }
    Ok(Request {
        name: draft.name.clone(),
        group_mac: group(draft)?.map(value::group::mac),
        mac: draft.mac.and_then(MacChoice::bytes),
        mode: draft.mode,
        forward: draft.forward,
        reply_mac: draft.reply_mac,
        function: draft.function,
        buckets: draft.buckets,
        node: Some(node),
        nodes: Some(nodes),
        hash: draft.hash,
        hash_seed: draft.hash_seed.map(|seed| seed.0),
        client_key: client_key.map(|(kind, ..)| kind),
        prefix4: client_key.and_then(|(_, v4, _)| v4),
        prefix6: client_key.and_then(|(.., v6)| v6),
        master: Some(draft.master),
        vips: draft.vips.iter().map(|vip| vip.address).collect(),
        owned: owned(draft)?,
        hook: draft.hook,
        key: draft.key.map(|key| Secret(key.0.to_vec())),
        ..draft.settings.clone()
    })
}

/// The IP multicast group whose MAC clients send to, if there is one.
fn group(draft: &Draft) -> Result<Option<IpAddr>, Failure> {
    let refuse = |sentence| Err(Failure::Usage(sentence));
    let Some(MacChoice::Group(protocol)) = draft.mac else {
        return match draft.group {
            Some(group) => refuse(format!("--group {group}: goes with --mac igmp or mld")),
            None => Ok(None),
        };
    };
    let (name, family) = protocol.names();
    if draft.mode == Some(Mode::Forward) {
        return refuse(format!(
            "--mac {name}: goes with --mode multicast; in mode forward clients send to the base MAC"
        ));
    }
    match draft.group {
        Some(group) if !protocol.has(group) => refuse(format!(
            "--group {group}: --mac {name} wants an {family} group"
        )),
        Some(group) => Ok(Some(group)),
        None => Ok(protocol.default(draft.vips.iter().map(|vip| vip.address))),
    }
}

/// The owned bitmap, where it is not the kernel's own default.
fn owned(draft: &Draft) -> Result<Option<Vec<u8>>, Failure> {
    let bitmap = draft.function == Some(Function::Bitmap);
    match (draft.buckets, &draft.owned) {
        (Some(buckets), _) if !bitmap && buckets != draft.nodes => Err(Failure::Usage(format!(
            "--buckets {buckets}: function modulo has as many as nodes, {}; give --function bitmap too",
            draft.nodes
        ))),
        (_, None | Some(Owned::ByRank)) => Ok(None),
        (_, Some(owned)) if !bitmap => Err(Failure::Usage(format!(
            "--owned {owned}: function modulo makes its own table; give --function bitmap too"
        ))),
        (buckets, Some(owned)) => owned
            .bitmap(Shape {
                buckets: buckets.unwrap_or(BUCKETS_DEFAULT),
                node: draft.node,
                nodes: draft.nodes,
            })
            .map(Some)
            .map_err(|right| Failure::Usage(format!("--owned {owned}: {right}"))),
    }
}

/// The failure of a rank that is too great.
pub fn wrong_rank(node: u32, nodes: u32) -> Failure {
    Failure::Usage(format!(
        "--rank {node}: ranks run from 0 to {} with --nodes {nodes}",
        nodes.saturating_sub(1)
    ))
}
