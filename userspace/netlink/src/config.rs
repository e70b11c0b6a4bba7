// SPDX-License-Identifier: GPL-2.0-only

//! A cluster, and requests about one, generated from Documentation/netlink/specs/ssi.yaml by scripts/generate: do not edit.

use std::net::IpAddr;

use netlink_packet_core::DecodeError;
use serde_json::Value;

use crate::attribute::{Attributes, due, is_set};
use crate::secret::Secret;
use crate::shown::{differences, hex, mac};
use crate::spec::{
    Attr, ClientKey, Forward, Function, Hash, Hook, LeaseExpiry, Mode, Reason, ReplyMac,
};
use crate::vips::{self, push};

/// One cluster's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The cluster's name. Letters, digits, dot, dash and underscore; not a leading dot.
    pub name: String,
    /// The interface's number.
    pub ifindex: u32,
    /// How a request reaches every node.
    pub mode: Mode,
    /// The base MAC: unicast, locally administered. Without it 02:5a and the four bytes of the lowest IPv4 cluster address are taken (of a hash of the lowest IPv6 address where there is no IPv4 one).
    pub mac: [u8; 6],
    /// The group MAC, which clients send to in mode multicast. Without it, and always in mode forward, the base MAC with the first bit of its first byte set.
    pub group_mac: [u8; 6],
    /// Source MAC of frames that leave with a cluster address.
    pub reply_mac: ReplyMac,
    /// What makes the owned bitmap when none is given.
    pub function: Function,
    /// Number of buckets. With function modulo it is the number of nodes.
    pub buckets: u32,
    /// This node's rank, 0 to nodes - 1.
    pub node: u32,
    /// Number of nodes.
    pub nodes: u32,
    /// What the bucket is taken of.
    pub hash: Hash,
    /// The key of SipHash-2-4, bytes as in its reference code.
    pub hash_seed: Option<[u8; 16]>,
    /// What of a client the bucket is taken of, plain or hashed.
    pub client_key: ClientKey,
    /// Bits of an IPv4 client's address that are its network's; 24 where none are given. With client-key prefix only.
    pub prefix4: Option<u32>,
    /// Bits of an IPv6 client's address that are its network's; 64 where none are given. With client-key prefix only.
    pub prefix6: Option<u32>,
    /// Whether this node answers ARP and neighbour solicitations for the cluster addresses.
    pub master: bool,
    /// The cluster addresses.
    pub vips: Vec<IpAddr>,
    /// Number of the bucket table in force. Each change of owned, buckets, function, node, nodes, hash, hash-seed, client-key, prefix4 or prefix6 makes the next, as does the end of a lease, which empties owned. In a request: the generation the change is meant for; another one in force refuses it (ESTALE). In table-set at most 2^62, or the next after the one in force.
    pub generation: u64,
    /// Asked for in cluster-new; the one in use in a reply.
    pub hook: Hook,
    /// Mode forward only.
    pub forward: Option<Forward>,
    /// Mode forward only: number of the forward interface. The Ethernet interface that the nodes have among themselves, a VLAN. No cluster may be on it.
    pub forward_ifindex: Option<u32>,
    /// Mode forward only: the master's own MAC on its cluster interface, as it announced it within the last seconds; absent at the master. Reply only.
    pub master_mac: Option<[u8; 6]>,
    /// Mode forward only: whether frames to the base MAC come to every node, so that the master alone forwards; also while nothing is known yet. Reply only.
    pub flooded: Option<bool>,
    /// Distinguishes the key that nodes share from others; absent where there is none, so that nodes' messages are not authenticated. Reply only. The same on nodes with the same key.
    pub key_id: Option<u32>,
    /// Seconds for which connections stay where they are when their bucket moves to or from this node (0: they do not; 4294967295: for as long as they last). 600 where none is given. A bucket that this node loses drains so long: connections that are in its socket table are served, new ones are not. One that it gets is adopted a little longer: new connections are served, and segments of a connection that it does not know are left, in silence, to the node that does. UDP, ICMP requests and the like move at once. What is in transition already keeps its time.
    pub drain_time: u32,
    /// What becomes of connections when the lease has run out.
    pub lease_expiry: LeaseExpiry,
    /// Milliseconds for which this node serves without renewal; absent where it serves always, and where none are left. 1 to 3600000. In table-set 0 takes the lease away.
    pub lease: Option<u32>,
    /// When the lease ends, in milliseconds of CLOCK_BOOTTIME as it is in the time namespace of who asks. In events as it is in the first; at most 3600000 from now. Given in the place of lease by who may be stopped between reckoning and asking: that lengthens nothing then. A time that is past is refused (ESTALE), but for a table that owns no bucket: after that the lease has run out. In a reply rounded up.
    pub lease_until: Option<u64>,
    /// Whether the lease has run out: then the node owns no bucket until it gets a table. Reply only.
    pub lapsed: bool,
    /// In what the nodes whose messages came within the last seconds, and this one, do not go together. Reply only. A difference counts when it has lasted for three seconds, and is over when it was gone for as long.
    pub differs: u32,
    /// Seconds after which the master announces the cluster addresses again, for ever; 0: not after the first four times. 0 where none is given. Gratuitous ARP and unsolicited neighbour advertisements, besides those at once and 1, 2 and 4 seconds after an address, a MAC or the master is new.
    pub announce_every: u32,
    /// Why an event happened.
    pub reason: Option<Reason>,
}

impl TryFrom<&Attributes> for Cluster {
    type Error = DecodeError;

    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {
        Ok(Self {
            name: due(a.get_text(Attr::Name.number())?, Attr::Name)?,
            ifindex: due(a.get_u32(Attr::Ifindex.number())?, Attr::Ifindex)?,
            mode: due(a.get_enum(Attr::Mode.number())?, Attr::Mode)?,
            mac: due(a.array(Attr::Mac.number())?, Attr::Mac)?,
            group_mac: due(a.array(Attr::GroupMac.number())?, Attr::GroupMac)?,
            reply_mac: due(a.get_enum(Attr::ReplyMac.number())?, Attr::ReplyMac)?,
            function: due(a.get_enum(Attr::Function.number())?, Attr::Function)?,
            buckets: due(a.get_u32(Attr::Buckets.number())?, Attr::Buckets)?,
            node: due(a.get_u32(Attr::Node.number())?, Attr::Node)?,
            nodes: due(a.get_u32(Attr::Nodes.number())?, Attr::Nodes)?,
            hash: due(a.get_enum(Attr::Hash.number())?, Attr::Hash)?,
            hash_seed: a.array(Attr::HashSeed.number())?,
            client_key: due(a.get_enum(Attr::ClientKey.number())?, Attr::ClientKey)?,
            prefix4: a.get_u32(Attr::Prefix4.number())?,
            prefix6: a.get_u32(Attr::Prefix6.number())?,
            master: due(
                a.get_u8(Attr::Master.number())?.map(|flag| flag != 0),
                Attr::Master,
            )?,
            vips: vips::read(a)?,
            generation: due(a.get_u64(Attr::Generation.number())?, Attr::Generation)?,
            hook: due(a.get_enum(Attr::Hook.number())?, Attr::Hook)?,
            forward: a.get_enum(Attr::Forward.number())?,
            forward_ifindex: a.get_u32(Attr::ForwardIfindex.number())?,
            master_mac: a.array(Attr::MasterMac.number())?,
            flooded: a.get_u8(Attr::Flooded.number())?.map(|flag| flag != 0),
            key_id: a.get_u32(Attr::KeyId.number())?,
            drain_time: due(a.get_u32(Attr::DrainTime.number())?, Attr::DrainTime)?,
            lease_expiry: due(a.get_enum(Attr::LeaseExpiry.number())?, Attr::LeaseExpiry)?,
            lease: a.get_u32(Attr::Lease.number())?,
            lease_until: a.get_u64(Attr::LeaseUntil.number())?,
            lapsed: is_set(a, Attr::Lapsed)?,
            differs: due(a.get_u32(Attr::Differs.number())?, Attr::Differs)?,
            announce_every: due(
                a.get_u32(Attr::AnnounceEvery.number())?,
                Attr::AnnounceEvery,
            )?,
            reason: a.get_enum(Attr::Reason.number())?,
        })
    }
}

impl From<&Cluster> for Attributes {
    fn from(cluster: &Cluster) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &cluster.name);
        a.u32(Attr::Ifindex.number(), cluster.ifindex);
        a.u32(Attr::Mode.number(), cluster.mode.number());
        a.bytes(Attr::Mac.number(), &cluster.mac);
        a.bytes(Attr::GroupMac.number(), &cluster.group_mac);
        a.u32(Attr::ReplyMac.number(), cluster.reply_mac.number());
        a.u32(Attr::Function.number(), cluster.function.number());
        a.u32(Attr::Buckets.number(), cluster.buckets);
        a.u32(Attr::Node.number(), cluster.node);
        a.u32(Attr::Nodes.number(), cluster.nodes);
        a.u32(Attr::Hash.number(), cluster.hash.number());
        if let Some(value) = &cluster.hash_seed {
            a.bytes(Attr::HashSeed.number(), value);
        }
        a.u32(Attr::ClientKey.number(), cluster.client_key.number());
        if let Some(value) = &cluster.prefix4 {
            a.u32(Attr::Prefix4.number(), *value);
        }
        if let Some(value) = &cluster.prefix6 {
            a.u32(Attr::Prefix6.number(), *value);
        }
        a.u8(Attr::Master.number(), u8::from(cluster.master));
        push(&mut a, &cluster.vips);
        a.u64(Attr::Generation.number(), cluster.generation);
        a.u32(Attr::Hook.number(), cluster.hook.number());
        if let Some(value) = &cluster.forward {
            a.u32(Attr::Forward.number(), value.number());
        }
        if let Some(value) = &cluster.forward_ifindex {
            a.u32(Attr::ForwardIfindex.number(), *value);
        }
        if let Some(value) = &cluster.master_mac {
            a.bytes(Attr::MasterMac.number(), value);
        }
        if let Some(value) = &cluster.flooded {
            a.u8(Attr::Flooded.number(), u8::from(*value));
        }
        if let Some(value) = &cluster.key_id {
            a.u32(Attr::KeyId.number(), *value);
        }
        a.u32(Attr::DrainTime.number(), cluster.drain_time);
        a.u32(Attr::LeaseExpiry.number(), cluster.lease_expiry.number());
        if let Some(value) = &cluster.lease {
            a.u32(Attr::Lease.number(), *value);
        }
        if let Some(value) = &cluster.lease_until {
            a.u64(Attr::LeaseUntil.number(), *value);
        }
        a.u8(Attr::Lapsed.number(), u8::from(cluster.lapsed));
        a.u32(Attr::Differs.number(), cluster.differs);
        a.u32(Attr::AnnounceEvery.number(), cluster.announce_every);
        if let Some(value) = &cluster.reason {
            a.u32(Attr::Reason.number(), value.number());
        }
        a
    }
}

/// The attributes of a request to make or to change a cluster. What is `None` is left out: the kernel takes its
/// default for a new cluster, and leaves an old one as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The cluster's name.
    pub name: String,
    /// All cluster addresses; empty leaves them as they are.
    pub vips: Vec<IpAddr>,
    /// The interface's number.
    pub ifindex: Option<u32>,
    /// How a request reaches every node.
    pub mode: Option<Mode>,
    /// The base MAC: unicast, locally administered. Without it 02:5a and the four bytes of the lowest IPv4 cluster address are taken (of a hash of the lowest IPv6 address where there is no IPv4 one).
    pub mac: Option<[u8; 6]>,
    /// The group MAC, which clients send to in mode multicast. Without it, and always in mode forward, the base MAC with the first bit of its first byte set.
    pub group_mac: Option<[u8; 6]>,
    /// Source MAC of frames that leave with a cluster address.
    pub reply_mac: Option<ReplyMac>,
    /// What makes the owned bitmap when none is given.
    pub function: Option<Function>,
    /// Number of buckets. With function modulo it is the number of nodes.
    pub buckets: Option<u32>,
    /// This node's rank, 0 to nodes - 1.
    pub node: Option<u32>,
    /// Number of nodes.
    pub nodes: Option<u32>,
    /// What the bucket is taken of.
    pub hash: Option<Hash>,
    /// The key of SipHash-2-4, bytes as in its reference code.
    pub hash_seed: Option<[u8; 16]>,
    /// Whether this node answers ARP and neighbour solicitations for the cluster addresses.
    pub master: Option<bool>,
    /// The buckets that this node serves. One bit a bucket, (k + 7) / 8 bytes: bucket m is bit m mod 8, from the least significant, of byte m / 8. Bits past k are zero.
    pub owned: Option<Vec<u8>>,
    /// Number of the bucket table in force. Each change of owned, buckets, function, node, nodes, hash, hash-seed, client-key, prefix4 or prefix6 makes the next, as does the end of a lease, which empties owned. In a request: the generation the change is meant for; another one in force refuses it (ESTALE). In table-set at most 2^62, or the next after the one in force.
    pub generation: Option<u64>,
    /// Asked for in cluster-new; the one in use in a reply.
    pub hook: Option<Hook>,
    /// Mode forward only.
    pub forward: Option<Forward>,
    /// Mode forward only: number of the forward interface. The Ethernet interface that the nodes have among themselves, a VLAN. No cluster may be on it.
    pub forward_ifindex: Option<u32>,
    /// Seconds for which connections stay where they are when their bucket moves to or from this node (0: they do not; 4294967295: for as long as they last). 600 where none is given. A bucket that this node loses drains so long: connections that are in its socket table are served, new ones are not. One that it gets is adopted a little longer: new connections are served, and segments of a connection that it does not know are left, in silence, to the node that does. UDP, ICMP requests and the like move at once. What is in transition already keeps its time.
    pub drain_time: Option<u32>,
    /// What becomes of connections when the lease has run out.
    pub lease_expiry: Option<LeaseExpiry>,
    /// Request only: 32 bytes that all nodes share. Nodes' announcements carry a tag made with it, and messages without the right one are not believed. No bytes take it away. Nobody can read it back; key-id shows whether there is one.
    pub key: Option<Secret>,
    /// What of a client the bucket is taken of, plain or hashed.
    pub client_key: Option<ClientKey>,
    /// Bits of an IPv4 client's address that are its network's; 24 where none are given. With client-key prefix only.
    pub prefix4: Option<u32>,
    /// Bits of an IPv6 client's address that are its network's; 64 where none are given. With client-key prefix only.
    pub prefix6: Option<u32>,
    /// Seconds after which the master announces the cluster addresses again, for ever; 0: not after the first four times. 0 where none is given. Gratuitous ARP and unsolicited neighbour advertisements, besides those at once and 1, 2 and 4 seconds after an address, a MAC or the master is new.
    pub announce_every: Option<u32>,
}

impl Request {
    /// What there is of a cluster, the addresses too.
    pub fn of(cluster: &Cluster) -> Self {
        Self {
            name: cluster.name.clone(),
            vips: cluster.vips.clone(),
            ifindex: Some(cluster.ifindex),
            mode: Some(cluster.mode),
            mac: Some(cluster.mac),
            group_mac: Some(cluster.group_mac),
            reply_mac: Some(cluster.reply_mac),
            function: Some(cluster.function),
            buckets: Some(cluster.buckets),
            node: Some(cluster.node),
            nodes: Some(cluster.nodes),
            hash: Some(cluster.hash),
            hash_seed: cluster.hash_seed,
            master: Some(cluster.master),
            hook: Some(cluster.hook),
            forward: cluster.forward,
            forward_ifindex: cluster.forward_ifindex,
            drain_time: Some(cluster.drain_time),
            lease_expiry: Some(cluster.lease_expiry),
            client_key: Some(cluster.client_key),
            prefix4: cluster.prefix4,
            prefix6: cluster.prefix6,
            announce_every: Some(cluster.announce_every),
            ..Self::default()
        }
    }

    /// This request without what is so of the cluster already, addresses apart.
    pub fn differing(&self, cluster: &Cluster) -> Self {
        let old = Self::of(cluster);
        Self {
            ifindex: self.ifindex.filter(|new| Some(*new) != old.ifindex),
            mode: self.mode.filter(|new| Some(*new) != old.mode),
            mac: self.mac.filter(|new| Some(*new) != old.mac),
            group_mac: self.group_mac.filter(|new| Some(*new) != old.group_mac),
            reply_mac: self.reply_mac.filter(|new| Some(*new) != old.reply_mac),
            function: self.function.filter(|new| Some(*new) != old.function),
            buckets: self.buckets.filter(|new| Some(*new) != old.buckets),
            node: self.node.filter(|new| Some(*new) != old.node),
            nodes: self.nodes.filter(|new| Some(*new) != old.nodes),
            hash: self.hash.filter(|new| Some(*new) != old.hash),
            hash_seed: self.hash_seed.filter(|new| Some(*new) != old.hash_seed),
            master: self.master.filter(|new| Some(*new) != old.master),
            hook: self.hook.filter(|new| Some(*new) != old.hook),
            forward: self.forward.filter(|new| Some(*new) != old.forward),
            forward_ifindex: self
                .forward_ifindex
                .filter(|new| Some(*new) != old.forward_ifindex),
            drain_time: self.drain_time.filter(|new| Some(*new) != old.drain_time),
            lease_expiry: self
                .lease_expiry
                .filter(|new| Some(*new) != old.lease_expiry),
            client_key: self.client_key.filter(|new| Some(*new) != old.client_key),
            prefix4: self.prefix4.filter(|new| Some(*new) != old.prefix4),
            prefix6: self.prefix6.filter(|new| Some(*new) != old.prefix6),
            announce_every: self
                .announce_every
                .filter(|new| Some(*new) != old.announce_every),
            ..self.clone()
        }
    }

    /// A number, or the name of a value, where it is given.
    pub fn value(&self, attr: Attr) -> Option<String> {
        Some(match attr {
            Attr::Ifindex => self.ifindex?.to_string(),
            Attr::Mode => self.mode?.to_string(),
            Attr::ReplyMac => self.reply_mac?.to_string(),
            Attr::Function => self.function?.to_string(),
            Attr::Buckets => self.buckets?.to_string(),
            Attr::Node => self.node?.to_string(),
            Attr::Nodes => self.nodes?.to_string(),
            Attr::Hash => self.hash?.to_string(),
            Attr::Generation => self.generation?.to_string(),
            Attr::Hook => self.hook?.to_string(),
            Attr::Forward => self.forward?.to_string(),
            Attr::ForwardIfindex => self.forward_ifindex?.to_string(),
            Attr::DrainTime => self.drain_time?.to_string(),
            Attr::LeaseExpiry => self.lease_expiry?.to_string(),
            Attr::ClientKey => self.client_key?.to_string(),
            Attr::Prefix4 => self.prefix4?.to_string(),
            Attr::Prefix6 => self.prefix6?.to_string(),
            Attr::AnnounceEvery => self.announce_every?.to_string(),
            _ => return None,
        })
    }
}

impl Cluster {
    /// What there is of it, as it is shown; but its addresses, and why there is an event.
    pub fn shown(&self) -> Vec<(Attr, Value)> {
        vec![
            (Attr::Name, self.name.clone().into()),
            (Attr::Ifindex, self.ifindex.into()),
            (Attr::Mode, self.mode.name().into()),
            (Attr::Mac, mac(self.mac).into()),
            (Attr::GroupMac, mac(self.group_mac).into()),
            (Attr::ReplyMac, self.reply_mac.name().into()),
            (Attr::Function, self.function.name().into()),
            (Attr::Buckets, self.buckets.into()),
            (Attr::Node, self.node.into()),
            (Attr::Nodes, self.nodes.into()),
            (Attr::Hash, self.hash.name().into()),
            (Attr::HashSeed, self.hash_seed.map(hex).into()),
            (Attr::ClientKey, self.client_key.name().into()),
            (Attr::Prefix4, self.prefix4.into()),
            (Attr::Prefix6, self.prefix6.into()),
            (Attr::Master, self.master.into()),
            (Attr::Generation, self.generation.into()),
            (Attr::Hook, self.hook.name().into()),
            (Attr::Forward, self.forward.map(Forward::name).into()),
            (Attr::ForwardIfindex, self.forward_ifindex.into()),
            (Attr::MasterMac, self.master_mac.map(mac).into()),
            (Attr::Flooded, self.flooded.into()),
            (
                Attr::KeyId,
                self.key_id.map(|number| hex(number.to_be_bytes())).into(),
            ),
            (Attr::DrainTime, self.drain_time.into()),
            (Attr::LeaseExpiry, self.lease_expiry.name().into()),
            (Attr::Lease, self.lease.into()),
            (Attr::LeaseUntil, self.lease_until.into()),
            (Attr::Lapsed, self.lapsed.into()),
            (Attr::Differs, differences(self.differs).into()),
            (Attr::AnnounceEvery, self.announce_every.into()),
        ]
    }

    /// Changes the cluster as a request asks for, as far as the request has the values.
    pub fn take(&mut self, request: &Request) {
        if !request.vips.is_empty() {
            self.vips.clone_from(&request.vips);
        }
        if let Some(new) = request.reply_mac {
            self.reply_mac = new;
        }
        if let Some(new) = request.function {
            self.function = new;
        }
        if let Some(new) = request.buckets {
            self.buckets = new;
        }
        if let Some(new) = request.node {
            self.node = new;
        }
        if let Some(new) = request.nodes {
            self.nodes = new;
        }
        if let Some(new) = request.hash {
            self.hash = new;
        }
        if let Some(new) = request.hash_seed {
            self.hash_seed = Some(new);
        }
        if let Some(new) = request.master {
            self.master = new;
        }
        if let Some(new) = request.forward {
            self.forward = Some(new);
        }
        if let Some(new) = request.drain_time {
            self.drain_time = new;
        }
        if let Some(new) = request.lease_expiry {
            self.lease_expiry = new;
        }
        if let Some(new) = request.client_key {
            self.client_key = new;
        }
        if let Some(new) = request.prefix4 {
            self.prefix4 = Some(new);
        }
        if let Some(new) = request.prefix6 {
            self.prefix6 = Some(new);
        }
        if let Some(new) = request.announce_every {
            self.announce_every = new;
        }
    }
}

impl From<&Request> for Attributes {
    fn from(request: &Request) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &request.name);
        if let Some(value) = &request.ifindex {
            a.u32(Attr::Ifindex.number(), *value);
        }
        if let Some(value) = &request.mode {
            a.u32(Attr::Mode.number(), value.number());
        }
        if let Some(value) = &request.mac {
            a.bytes(Attr::Mac.number(), value);
        }
        if let Some(value) = &request.group_mac {
            a.bytes(Attr::GroupMac.number(), value);
        }
        if let Some(value) = &request.reply_mac {
            a.u32(Attr::ReplyMac.number(), value.number());
        }
        if let Some(value) = &request.function {
            a.u32(Attr::Function.number(), value.number());
        }
        if let Some(value) = &request.buckets {
            a.u32(Attr::Buckets.number(), *value);
        }
        if let Some(value) = &request.node {
            a.u32(Attr::Node.number(), *value);
        }
        if let Some(value) = &request.nodes {
            a.u32(Attr::Nodes.number(), *value);
        }
        if let Some(value) = &request.hash {
            a.u32(Attr::Hash.number(), value.number());
        }
        if let Some(value) = &request.hash_seed {
            a.bytes(Attr::HashSeed.number(), value);
        }
        if let Some(value) = &request.master {
            a.u8(Attr::Master.number(), u8::from(*value));
        }
        if let Some(value) = &request.owned {
            a.bytes(Attr::Owned.number(), value);
        }
        if let Some(value) = &request.generation {
            a.u64(Attr::Generation.number(), *value);
        }
        if let Some(value) = &request.hook {
            a.u32(Attr::Hook.number(), value.number());
        }
        if let Some(value) = &request.forward {
            a.u32(Attr::Forward.number(), value.number());
        }
        if let Some(value) = &request.forward_ifindex {
            a.u32(Attr::ForwardIfindex.number(), *value);
        }
        if let Some(value) = &request.drain_time {
            a.u32(Attr::DrainTime.number(), *value);
        }
        if let Some(value) = &request.lease_expiry {
            a.u32(Attr::LeaseExpiry.number(), value.number());
        }
        if let Some(value) = &request.key {
            a.bytes(Attr::Key.number(), value.bytes());
        }
        if let Some(value) = &request.client_key {
            a.u32(Attr::ClientKey.number(), value.number());
        }
        if let Some(value) = &request.prefix4 {
            a.u32(Attr::Prefix4.number(), *value);
        }
        if let Some(value) = &request.prefix6 {
            a.u32(Attr::Prefix6.number(), *value);
        }
        if let Some(value) = &request.announce_every {
            a.u32(Attr::AnnounceEvery.number(), *value);
        }
        push(&mut a, &request.vips);
        a
    }
}
