// SPDX-License-Identifier: GPL-2.0-only

//! A cluster as the kernel has it.

use std::net::IpAddr;

use netlink_packet_core::DecodeError;

use crate::attribute::{Attributes, due};
use crate::spec::{
    Attr, Forward, Function, Hash, Hook, LeaseExpiry, Mode, Reason, ReplyMac, VipAttr,
};

/// One cluster's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its name, unique in the network namespace.
    pub name: String,
    /// The interface it is on.
    pub ifindex: u32,
    /// How a request reaches every node.
    pub mode: Mode,
    /// The base MAC.
    pub mac: [u8; 6],
    /// The group MAC, which clients send to.
    pub group_mac: [u8; 6],
    /// Source MAC of replies.
    pub reply_mac: ReplyMac,
    /// What makes the bucket table where none is given.
    pub function: Function,
    /// Number of buckets.
    pub buckets: u32,
    /// This node's rank.
    pub node: u32,
    /// Number of nodes.
    pub nodes: u32,
    /// What the bucket is taken of.
    pub hash: Hash,
    /// The key of the hash, where there is one.
    pub hash_seed: Option<[u8; 16]>,
    /// Whether this node answers ARP for the cluster.
    pub master: bool,
    /// The cluster addresses.
    pub vips: Vec<IpAddr>,
    /// Number of the bucket table in force.
    pub generation: u64,
    /// Where the module meets received frames.
    pub hook: Hook,
    /// Whom a request is forwarded to, in mode forward.
    pub forward: Option<Forward>,
    /// The forward interface, in mode forward.
    pub forward_ifindex: Option<u32>,
    /// The master's own MAC, in mode forward, if it was heard.
    pub master_mac: Option<[u8; 6]>,
    /// Whether the network gives requests to all nodes, in mode forward.
    pub flooded: Option<bool>,
    /// Tells the key that nodes share in mode forward from others; none where there is no key.
    pub key_id: Option<u32>,
    /// Seconds for which connections stay when a bucket moves; 0: not at all.
    pub drain_time: u32,
    /// What becomes of connections when the lease has run out.
    pub lease_expiry: LeaseExpiry,
    /// Milliseconds that are left of the lease, if there is one.
    pub lease: Option<u32>,
    /// When it ends, in milliseconds of `CLOCK_BOOTTIME`, if there is one.
    pub lease_until: Option<u64>,
    /// Whether it has run out.
    pub lapsed: bool,
    /// Why an event happened; no part of a reply.
    pub reason: Option<Reason>,
}

impl TryFrom<&Attributes> for Cluster {
    type Error = DecodeError;

    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {
        Ok(Self {
            name: due(a.get_text(Attr::Name.number())?, Attr::Name)?,
            ifindex: u32_of(a, Attr::Ifindex)?,
            mode: due(a.get_enum(Attr::Mode.number())?, Attr::Mode)?,
            mac: due(a.array(Attr::Mac.number())?, Attr::Mac)?,
            group_mac: due(a.array(Attr::GroupMac.number())?, Attr::GroupMac)?,
            reply_mac: due(a.get_enum(Attr::ReplyMac.number())?, Attr::ReplyMac)?,
            function: due(a.get_enum(Attr::Function.number())?, Attr::Function)?,
            buckets: u32_of(a, Attr::Buckets)?,
            node: u32_of(a, Attr::Node)?,
            nodes: u32_of(a, Attr::Nodes)?,
            hash: due(a.get_enum(Attr::Hash.number())?, Attr::Hash)?,
            hash_seed: a.array(Attr::HashSeed.number())?,
            master: due(a.get_u8(Attr::Master.number())?, Attr::Master)? != 0,
            vips: a
                .all(Attr::Vip.number())
                .map(vip)
                .collect::<Result<_, _>>()?,
            generation: due(a.get_u64(Attr::Generation.number())?, Attr::Generation)?,
            hook: due(a.get_enum(Attr::Hook.number())?, Attr::Hook)?,
            forward: a.get_enum(Attr::Forward.number())?,
            forward_ifindex: a.get_u32(Attr::ForwardIfindex.number())?,
            master_mac: a.array(Attr::MasterMac.number())?,
            flooded: a.get_u8(Attr::Flooded.number())?.map(|flag| flag != 0),
            key_id: a.get_u32(Attr::KeyId.number())?,
            drain_time: u32_of(a, Attr::DrainTime)?,
            lease_expiry: due(a.get_enum(Attr::LeaseExpiry.number())?, Attr::LeaseExpiry)?,
            lease: a.get_u32(Attr::Lease.number())?,
            lease_until: a.get_u64(Attr::LeaseUntil.number())?,
            lapsed: is_set(a, Attr::Lapsed)?,
            reason: a.get_enum(Attr::Reason.number())?,
        })
    }
}

impl From<&Cluster> for Attributes {
    fn from(cluster: &Cluster) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &cluster.name)
            .u32(Attr::Ifindex.number(), cluster.ifindex)
            .u32(Attr::Mode.number(), cluster.mode.number())
            .bytes(Attr::Mac.number(), &cluster.mac)
            .bytes(Attr::GroupMac.number(), &cluster.group_mac)
            .u32(Attr::ReplyMac.number(), cluster.reply_mac.number())
            .u32(Attr::Function.number(), cluster.function.number())
            .u32(Attr::Buckets.number(), cluster.buckets)
            .u32(Attr::Node.number(), cluster.node)
            .u32(Attr::Nodes.number(), cluster.nodes)
            .u32(Attr::Hash.number(), cluster.hash.number());
        if let Some(seed) = &cluster.hash_seed {
            a.bytes(Attr::HashSeed.number(), seed);
        }
        a.u8(Attr::Master.number(), u8::from(cluster.master));
        push_vips(&mut a, &cluster.vips);
        a.u64(Attr::Generation.number(), cluster.generation)
            .u32(Attr::Hook.number(), cluster.hook.number());
        if let Some(forward) = cluster.forward {
            a.u32(Attr::Forward.number(), forward.number());
        }
        if let Some(index) = cluster.forward_ifindex {
            a.u32(Attr::ForwardIfindex.number(), index);
        }
        if let Some(mac) = &cluster.master_mac {
            a.bytes(Attr::MasterMac.number(), mac);
        }
        if let Some(flooded) = cluster.flooded {
            a.u8(Attr::Flooded.number(), u8::from(flooded));
        }
        if let Some(id) = cluster.key_id {
            a.u32(Attr::KeyId.number(), id);
        }
        a.u32(Attr::DrainTime.number(), cluster.drain_time)
            .u32(Attr::LeaseExpiry.number(), cluster.lease_expiry.number());
        if let Some(lease) = cluster.lease {
            a.u32(Attr::Lease.number(), lease);
        }
        if let Some(until) = cluster.lease_until {
            a.u64(Attr::LeaseUntil.number(), until);
        }
        if cluster.lapsed {
            a.u8(Attr::Lapsed.number(), 1);
        }
        if let Some(reason) = cluster.reason {
            a.u32(Attr::Reason.number(), reason.number());
        }
        a
    }
}

pub(crate) fn u32_of(a: &Attributes, what: Attr) -> Result<u32, DecodeError> {
    due(a.get_u32(what.number())?, what)
}

pub(crate) fn is_set(a: &Attributes, what: Attr) -> Result<bool, DecodeError> {
    Ok(a.get_u8(what.number())?.is_some_and(|flag| flag != 0))
}

pub(crate) fn push_vips(a: &mut Attributes, vips: &[IpAddr]) {
    for vip in vips {
        let mut nest = Attributes::default();
        nest.address(VipAttr::Address.number(), *vip);
        a.nest(Attr::Vip.number(), &nest);
    }
}

pub(crate) fn vip(nest: &[u8]) -> Result<IpAddr, DecodeError> {
    due(
        Attributes::parse(nest)?.get_address(VipAttr::Address.number())?,
        Attr::Vip,
    )
}
