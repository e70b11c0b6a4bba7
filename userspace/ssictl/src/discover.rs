// SPDX-License-Identifier: GPL-2.0-only

//! Discovery of nodes of clusters in mode forward, by their messages on the forward interface.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use logic::announcement::{
    self, Body, Challenge, ETH_P_SSI, Header, Hello, Message, Stamp, Tag, rank,
};
use logic::mac::Mac as WireMac;
use ssi_cluster::failure::{Failure, reason};
use ssi_cluster::system::System;
use ssi_netlink::packet::Frame;
use ssi_netlink::spec::{Forward, Function, Hash, Mode, ReplyMac};

use crate::progress::Progress;
use crate::value::{ClientKey, Key, Mac};

/// Every node sends each second: whoever was silent for so long is not there.
const ROUND: Duration = Duration::from_millis(1500);
/// Who is asked to prove that it is there answers with its next announcement.
const PROOF: Duration = Duration::from_millis(2600);
/// How often they are asked.
const ASKING: Duration = Duration::from_secs(1);

/// So many nodes are remembered; more than that announces only who makes them up.
const MOST: usize = 4096;

/// A node, by its last hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// The cluster's base MAC.
    pub base: Mac,
    /// The node's rank.
    pub node: u32,
    pub master: bool,
    pub nodes: u32,
    pub buckets: u32,
    pub function: Function,
    pub hash: Hash,
    /// None: one that is not known here.
    pub client_key: Option<ClientKey>,
    pub forward: Forward,
    pub reply_mac: ReplyMac,
    /// Its own MAC on its cluster interface.
    pub mac: Mac,
    pub generation: u64,
    pub addresses: Vec<IpAddr>,
    /// Whether its messages carry a tag.
    pub is_tagged: bool,
    /// Which of the node's sessions it is of.
    session: u64,
    /// Whether the node is there, and this is no message of old.
    is_proven: bool,
}

impl Discovered {
    /// A message's content, if it is a hello of mode forward.
    pub fn of(message: &Message<'_>) -> Option<Self> {
        match message.body {
            Body::Hello(hello) if hello.fields.mode() != Some(Mode::Multicast) => Some(Self {
                base: Mac(message.header.base.0),
                node: message.header.node,
                master: message.header.master,
                is_tagged: message.tag.is_some(),
                session: message.header.stamp.session,
                ..Self::from(hello)
            }),
            _ => None,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.base, self.node, self.mac) == (other.base, other.node, other.mac)
    }
}

impl From<Hello<'_>> for Discovered {
    fn from(hello: Hello<'_>) -> Self {
        Self {
            base: Mac([0; 6]),
            node: 0,
            master: false,
            nodes: hello.nodes,
            buckets: hello.buckets,
            function: hello.function,
            hash: if hello.siphash {
                Hash::Siphash
            } else {
                Hash::None
            },
            client_key: hello.fields.client_key().map(ClientKey),
            forward: hello.forward,
            reply_mac: hello.reply_mac,
            mac: Mac(hello.node_mac.0),
            generation: hello.generation,
            addresses: hello.addresses.iter().collect(),
            is_tagged: false,
            session: 0,
            is_proven: false,
        }
    }
}

/// By what it is known that a message is a node's.
#[derive(Clone, Copy)]
pub struct Proof {
    /// The key that the nodes have.
    pub key: Key,
    /// The rank that this node is to have, and asks as.
    pub rank: u32,
}

/// All that was seen.
pub struct All {
    /// The nodes; with a key those that have proven that they are there.
    pub nodes: Vec<Discovered>,
    /// Messages that were not believed.
    pub strange: u32,
}

/// Listens on an interface until a round is over in which a master of `wanted` was seen (of any cluster, where none
/// is wanted), or until `timeout`. With a key, nodes are asked to prove that they are there.
pub fn listen(
    system: &mut impl System,
    (device, ifindex): (&str, u32),
    wanted: Option<Mac>,
    proof: Option<Proof>,
    timeout: Duration,
) -> Result<All, Failure> {
    let failed = |e| failed(device, &e);
    let mine = system.listen(ifindex).map_err(failed)?;
    let mut asker = match proof {
        Some(proof) => Some(Asker::new(system, proof, mine).map_err(failed)?),
        None => None,
    };
    let begun = system.now();
    let mut progress = Progress::new(format!("listening on {device} for a master"), timeout);
    let mut nodes: Vec<Discovered> = Vec::new();
    let mut strange = 0u32;
    loop {
        let passed = system.now().saturating_sub(begun);
        let is_believed = |node: &Discovered| asker.is_none() || node.is_proven;
        let is_wanted =
            |node: &Discovered| node.master && wanted.is_none_or(|mac| mac == node.base);
        let is_there = nodes
            .iter()
            .any(|node| is_wanted(node) && is_believed(node));
        let until = match (is_there, &asker) {
            (true, None) => ROUND.min(timeout),
            (true, Some(_)) => PROOF.min(timeout),
            (false, _) => timeout,
        };
        let Some(left) = until.checked_sub(passed).filter(|left| !left.is_zero()) else {
            nodes.retain(|node| asker.is_none() || node.is_proven);
            return Ok(All { nodes, strange });
        };
        if let Some(asker) = &mut asker {
            asker.ask(system, passed, &nodes).map_err(failed)?;
        }
        let wait = left.min(progress.show(passed)).min(ASKING);
        let frame = system.next_frame(wait).map_err(failed)?;
        let message = frame
            .as_ref()
            .and_then(|frame| Some((frame, announcement::read(&frame.payload)?)));
        let Some((frame, message)) = message else {
            continue;
        };
        if asker
            .as_ref()
            .is_some_and(|asker| !asker.is_tagged(frame, &message))
        {
            strange = strange.saturating_add(1);
            continue;
        }
        if let Some(asker) = &asker {
            asker.believe(&message, &mut nodes);
        }
        let Some(node) = Discovered::of(&message) else {
            continue;
        };
        // Where nodes prove that they are there, each session is one: old messages do not push those of now away.
        let is_it = |known: &Discovered| {
            known.is_same(&node) && (asker.is_none() || known.session == node.session)
        };
        let is_proven = nodes.iter().any(|known| is_it(known) && known.is_proven);
        nodes.retain(|known| !is_it(known));
        let node = Discovered { is_proven, ..node };
        if nodes.len() < MOST {
            nodes.push(node);
        }
    }
}

/// Asks nodes to repeat a number.
struct Asker {
    proof: Proof,
    mine: [u8; 6],
    stamp: Stamp,
    nonce: u64,
    asked: Option<Duration>,
}

impl Asker {
    fn new(system: &mut impl System, proof: Proof, mine: [u8; 6]) -> io::Result<Self> {
        let session = system.random()?;
        Ok(Self {
            proof,
            mine,
            stamp: Stamp {
                session,
                counter: 0,
            },
            nonce: system.random()?,
            asked: None,
        })
    }

    fn is_tagged(&self, frame: &Frame, message: &Message<'_>) -> bool {
        let (to, from) = (WireMac(frame.destination), WireMac(frame.source));
        message.is_tagged(to, from, |covered, tag| self.proof.key.is_tag(covered, tag))
    }

    /// A node that has repeated the number is there.
    fn believe(&self, message: &Message<'_>, nodes: &mut [Discovered]) {
        let Body::Response(response) = message.body else {
            return;
        };
        if !response
            .nonces(self.proof.rank)
            .any(|nonce| nonce == self.nonce)
        {
            return;
        }
        let header = &message.header;
        let is_it = |node: &&mut Discovered| {
            (node.base.0, node.node, node.session)
                == (header.base.0, header.node, header.stamp.session)
        };
        let it = nodes.iter_mut().filter(is_it);
        it.for_each(|node| node.is_proven = true);
    }

    /// Asks all who have not proven it, a cluster at a time.
    fn ask(
        &mut self,
        system: &mut impl System,
        now: Duration,
        nodes: &[Discovered],
    ) -> io::Result<()> {
        let mut strange: Vec<&Discovered> = nodes.iter().filter(|node| !node.is_proven).collect();
        let is_early = |asked| now.saturating_sub(asked) < ASKING;
        if strange.is_empty() || self.asked.is_some_and(is_early) {
            return Ok(());
        }
        self.asked = Some(now);
        strange.sort_by_key(|node| node.base.0);
        for cluster in strange.chunk_by(|one, other| one.base == other.base) {
            let mut ranks: Vec<[u8; 4]> = cluster.iter().map(|node| rank(node.node)).collect();
            ranks.sort_unstable();
            ranks.dedup();
            for ranks in ranks.chunks(announcement::CHALLENGED) {
                let base = cluster
                    .first()
                    .map_or(WireMac([0; 6]), |node| WireMac(node.base.0));
                let frame = self.challenge(base, ranks);
                system.send_frame(&frame)?;
            }
        }
        Ok(())
    }

    /// The frame of a challenge.
    fn challenge(&mut self, base: WireMac, ranks: &[[u8; 4]]) -> Vec<u8> {
        self.stamp.counter = self.stamp.counter.saturating_add(1);
        let header = Header {
            base,
            node: self.proof.rank,
            master: false,
            flooded: None,
            sequence: 0,
            stamp: self.stamp,
        };
        let addresses = (base.group(), WireMac(self.mine));
        let key = self.proof.key;
        let tag = |covered: &[&[u8]; 6]| -> Tag { key.tag(covered) };
        let body = Body::Challenge(Challenge::new(self.nonce, ranks));
        announcement::write(&header, &body, addresses, Some(tag), |pieces| {
            let (to, from) = addresses;
            let ethernet = [&to.0[..], &from.0[..], &ETH_P_SSI.to_be_bytes()];
            [ethernet.concat(), pieces.concat()].concat()
        })
    }
}

fn failed(device: &str, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "; it takes CAP_NET_RAW: be root".to_owned(),
        io::ErrorKind::NetworkDown => format!("; ip link set {device} up"),
        _ => String::new(),
    };
    Failure::Refused(format!("listening on {device}: {}{hint}", reason(error)))
}
