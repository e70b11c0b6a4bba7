// SPDX-License-Identifier: GPL-2.0-only

//! The nodes that a cluster has seen.

use logic::agreement::Differences;
use netlink_packet_core::DecodeError;

use crate::attribute::{Attributes, due};
use crate::spec::{Attr, PeerAttr};

/// A node, by its last announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its rank.
    pub node: u32,
    /// Its own MAC on its cluster interface.
    pub mac: [u8; 6],
    /// Its MAC on the forward interface, in mode forward.
    pub forward_mac: Option<[u8; 6]>,
    /// Whether it is the master.
    pub master: bool,
    /// Seconds since its last announcement.
    pub age: u32,
    /// Whether its configuration goes with this node's.
    pub agrees: bool,
    /// Number of its bucket table.
    pub generation: u64,
    /// In what it and this node do not go together.
    pub differs: Differences,
    /// Its number of buckets.
    pub buckets: u32,
    /// Its number of nodes.
    pub nodes: u32,
}

/// One message of several that make up a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peers {
    /// The cluster's name.
    pub name: String,
    /// The nodes, by rank.
    pub peers: Vec<Peer>,
}

impl TryFrom<&Attributes> for Peers {
    type Error = DecodeError;

    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {
        Ok(Self {
            name: due(a.get_text(Attr::Name.number())?, Attr::Name)?,
            peers: a
                .all(Attr::Peer.number())
                .map(peer)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn peer(nest: &[u8]) -> Result<Peer, DecodeError> {
    let a = Attributes::parse(nest)?;
    let flag = |attr: PeerAttr| {
        let flag = a.get_u8(attr.number())?;
        Ok::<_, DecodeError>(due(flag, Attr::Peer)? != 0)
    };
    Ok(Peer {
        node: due(a.get_u32(PeerAttr::Node.number())?, Attr::Peer)?,
        mac: due(a.array(PeerAttr::Mac.number())?, Attr::Peer)?,
        forward_mac: a.array(PeerAttr::ForwardMac.number())?,
        master: flag(PeerAttr::Master)?,
        age: due(a.get_u32(PeerAttr::Age.number())?, Attr::Peer)?,
        agrees: flag(PeerAttr::Agrees)?,
        generation: due(a.get_u64(PeerAttr::Generation.number())?, Attr::Peer)?,
        differs: Differences(due(a.get_u32(PeerAttr::Differs.number())?, Attr::Peer)?),
        buckets: due(a.get_u32(PeerAttr::Buckets.number())?, Attr::Peer)?,
        nodes: due(a.get_u32(PeerAttr::Nodes.number())?, Attr::Peer)?,
    })
}

impl From<&Peers> for Attributes {
    fn from(peers: &Peers) -> Self {
        let mut a = Self::default();
        a.text(Attr::Name.number(), &peers.name);
        for peer in &peers.peers {
            let mut nest = Self::default();
            nest.u32(PeerAttr::Node.number(), peer.node)
                .bytes(PeerAttr::Mac.number(), &peer.mac)
                .u8(PeerAttr::Master.number(), u8::from(peer.master))
                .u32(PeerAttr::Age.number(), peer.age)
                .u8(PeerAttr::Agrees.number(), u8::from(peer.agrees))
                .u64(PeerAttr::Generation.number(), peer.generation)
                .u32(PeerAttr::Differs.number(), peer.differs.0)
                .u32(PeerAttr::Buckets.number(), peer.buckets)
                .u32(PeerAttr::Nodes.number(), peer.nodes);
            if let Some(mac) = &peer.forward_mac {
                nest.bytes(PeerAttr::ForwardMac.number(), mac);
            }
            a.nest(Attr::Peer.number(), &nest);
        }
        a
    }
}
