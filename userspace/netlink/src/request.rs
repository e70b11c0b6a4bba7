// SPDX-License-Identifier: GPL-2.0-only

//! Requests of a client.

use std::fmt;
use std::net::IpAddr;

use crate::attribute::Attributes;
use crate::cluster::{Cluster, push_vips};
use crate::spec::{Attr, Forward, Function, Hash, Hook, LeaseExpiry, Mode, ReplyMac};

/// The attributes of a request to make or to change a cluster. What is `None` is left out: the kernel
/// takes its default for a new cluster, and leaves an old one as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The cluster's name.
    pub name: String,
    /// The interface; for a new cluster only.
    pub ifindex: Option<u32>,
    /// How a request reaches every node; for a new cluster only.
    pub mode: Option<Mode>,
    /// The base MAC; for a new cluster only.
    pub mac: Option<[u8; 6]>,
    /// The group MAC; for a new cluster only.
    pub group_mac: Option<[u8; 6]>,
    /// Whom a request is forwarded to, in mode forward.
    pub forward: Option<Forward>,
    /// The forward interface, in mode forward; for a new cluster only.
    pub forward_ifindex: Option<u32>,
    /// Source MAC of replies.
    pub reply_mac: Option<ReplyMac>,
    /// What makes the bucket table where none is given.
    pub function: Option<Function>,
    /// Number of buckets.
    pub buckets: Option<u32>,
    /// This node's rank.
    pub node: Option<u32>,
    /// Number of nodes.
    pub nodes: Option<u32>,
    /// What the bucket is taken of.
    pub hash: Option<Hash>,
    /// The key of the hash.
    pub hash_seed: Option<[u8; 16]>,
    /// Whether this node answers ARP for the cluster.
    pub master: Option<bool>,
    /// All cluster addresses; empty leaves them as they are.
    pub vips: Vec<IpAddr>,
    /// The owned bitmap.
    pub owned: Option<Vec<u8>>,
    /// The generation that the change is meant for; no part of a new cluster.
    pub generation: Option<u64>,
    /// Where the module meets received frames; for a new cluster only.
    pub hook: Option<Hook>,
    /// Seconds for which connections stay when a bucket moves; 0: not at all.
    pub drain_time: Option<u32>,
    /// What becomes of connections when the lease has run out.
    pub lease_expiry: Option<LeaseExpiry>,
    /// The key that nodes share in mode forward; empty takes it away.
    pub key: Option<Secret>,
}

/// Bytes that are not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

impl Request {
    /// A request about the cluster of this name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// A request that brings a cluster back to what it was.
    pub fn restore(cluster: &Cluster, owned: Option<Vec<u8>>) -> Self {
        Self {
            name: cluster.name.clone(),
            forward: cluster.forward,
            reply_mac: Some(cluster.reply_mac),
            function: Some(cluster.function),
            buckets: Some(cluster.buckets),
            node: Some(cluster.node),
            nodes: Some(cluster.nodes),
            hash: Some(cluster.hash),
            hash_seed: cluster.hash_seed.filter(|_| cluster.hash != Hash::None),
            master: Some(cluster.master),
            vips: cluster.vips.clone(),
            owned: owned.filter(|_| cluster.function == Function::Bitmap),
            drain_time: Some(cluster.drain_time),
            lease_expiry: Some(cluster.lease_expiry),
            ..Self::default()
        }
    }
}

impl Request {
    /// A request that makes a cluster again as it was, its generation and counters apart.
    pub fn again(cluster: &Cluster, owned: Option<Vec<u8>>) -> Self {
        Self {
            ifindex: Some(cluster.ifindex),
            mode: Some(cluster.mode),
            mac: Some(cluster.mac),
            group_mac: Some(cluster.group_mac),
            forward_ifindex: cluster.forward_ifindex,
            hook: Some(cluster.hook),
            ..Self::restore(cluster, owned)
        }
    }
}

impl From<&Request> for Attributes {
    fn from(request: &Request) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &request.name);
        let numbers = [
            (Attr::Ifindex, request.ifindex),
            (Attr::Mode, request.mode.map(Mode::number)),
            (Attr::Forward, request.forward.map(Forward::number)),
            (Attr::ForwardIfindex, request.forward_ifindex),
            (Attr::ReplyMac, request.reply_mac.map(ReplyMac::number)),
            (Attr::Function, request.function.map(Function::number)),
            (Attr::Buckets, request.buckets),
            (Attr::Node, request.node),
            (Attr::Nodes, request.nodes),
            (Attr::Hash, request.hash.map(Hash::number)),
            (Attr::Hook, request.hook.map(Hook::number)),
            (Attr::DrainTime, request.drain_time),
            (
                Attr::LeaseExpiry,
                request.lease_expiry.map(LeaseExpiry::number),
            ),
        ];
        for (attr, number) in numbers {
            if let Some(number) = number {
                a.u32(attr.number(), number);
            }
        }
        let bytes = [
            (Attr::Mac, request.mac.as_ref().map(<[u8; 6]>::as_slice)),
            (
                Attr::GroupMac,
                request.group_mac.as_ref().map(<[u8; 6]>::as_slice),
            ),
            (
                Attr::HashSeed,
                request.hash_seed.as_ref().map(<[u8; 16]>::as_slice),
            ),
            (Attr::Owned, request.owned.as_deref()),
            (Attr::Key, request.key.as_ref().map(|key| key.0.as_slice())),
        ];
        for (attr, value) in bytes {
            if let Some(value) = value {
                a.bytes(attr.number(), value);
            }
        }
        if let Some(master) = request.master {
            a.u8(Attr::Master.number(), u8::from(master));
        }
        if let Some(generation) = request.generation {
            a.u64(Attr::Generation.number(), generation);
        }
        push_vips(&mut a, &request.vips);
        a
    }
}
