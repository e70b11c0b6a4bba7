// SPDX-License-Identifier: GPL-2.0-only

//! Asks the network about one cluster: for its addresses, by ARP, and other nodes by pings, to their own addresses, of which one comes by
//! the group MAC, one from the base MAC, and one is as long as the MTU. Meanwhile it listens to the nodes' messages and to ARP.
//!
//! That is one frame an address and four a node, of four nodes at most, twice where nobody answers.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use logic::announcement::ETH_P_SSI;
use ssi_cluster::failure::reason;
use ssi_netlink::echo::{Echo, Echoes};
use ssi_netlink::packet::{Frame, Listener};
use ssi_netlink::spec::Mode;

use super::ask::own_address;
use super::frames::{self, Arp, End};
use crate::doctor::facts::{ClusterFacts, Facts, Heard, Pinged, Probe, Seen};
use crate::progress::Progress;

/// Each node says something each second, and each fourth second to everybody.
const LISTEN: Duration = Duration::from_millis(4500);
/// What was not answered by then is asked again.
const AGAIN: Duration = Duration::from_millis(1200);
const STEP: Duration = Duration::from_millis(50);
const SHORT: usize = 64;
/// So many nodes are pinged.
const MOST: usize = 4;
/// Kinds of pings.
const KINDS: u16 = 4;

/// A node's messages to the group MAC, by their numbers, and how many came to everybody.
#[derive(Default)]
struct Messages {
    group: Vec<u32>,
    broadcast: u32,
}

struct Asker<'a> {
    facts: &'a Facts,
    one: &'a ClusterFacts,
    listener: Listener,
    echoes: Echoes,
    /// This node, as itself.
    own: Option<End>,
    id: u16,
    messages: BTreeMap<u32, Messages>,
    arp: BTreeMap<Ipv4Addr, Vec<[u8; 6]>>,
    askers: BTreeMap<Ipv4Addr, u32>,
    pinged: Vec<(End, Pinged)>,
}

/// Asks and listens.
pub fn probe(facts: &Facts, one: &ClusterFacts, shows: bool) -> Seen<Probe> {
    let failed = |e: io::Error| match e.kind() {
        io::ErrorKind::PermissionDenied => "it takes CAP_NET_RAW: be root".to_owned(),
        _ => format!(
            "listening at {}: {}",
            facts.device(one.cluster.ifindex),
            reason(&e)
        ),
    };
    let mut asker = Asker::new(facts, one).map_err(failed)?;
    let mut progress = Progress::new("listening to the network".to_owned(), LISTEN);
    let begun = Instant::now();
    asker.ask();
    let mut is_again = false;
    while begun.elapsed() < LISTEN {
        if !is_again && begun.elapsed() >= AGAIN {
            is_again = true;
            asker.ask();
        }
        if shows {
            progress.show(begun.elapsed());
        }
        asker.hear().map_err(failed)?;
    }
    Ok(asker.outcome(begun.elapsed()))
}

impl<'a> Asker<'a> {
    fn new(facts: &'a Facts, one: &'a ClusterFacts) -> io::Result<Self> {
        let ifindex = one.cluster.ifindex;
        let listener = Listener::before_all(ifindex, ETH_P_SSI)?;
        let mac = listener.address()?;
        let own = match own_address(facts, one) {
            Some(IpAddr::V4(v4)) => Some((mac, v4)),
            _ => None,
        };
        let mut asker = Self {
            facts,
            one,
            listener,
            echoes: Echoes::open()?,
            own,
            id: u16::try_from(std::process::id() & 0xffff).unwrap_or_default(),
            messages: BTreeMap::new(),
            arp: BTreeMap::new(),
            askers: BTreeMap::new(),
            pinged: Vec::new(),
        };
        if own.is_some() {
            asker.arp = one.vips4().map(|vip| (vip, Vec::new())).collect();
        }
        let neighbours = facts
            .neighbours
            .iter()
            .filter(|neighbour| neighbour.ifindex == ifindex);
        for neighbour in neighbours {
            if let (Some(mac), IpAddr::V4(v4)) = (neighbour.mac, neighbour.address) {
                asker.knows((mac, v4));
            }
        }
        Ok(asker)
    }

    /// A node's own address, if it is one's.
    fn knows(&mut self, end: End) {
        let me = self.one.cluster.node;
        let mut peers = self.one.peers.iter();
        let Some(peer) = peers.find(|peer| peer.mac == end.0 && peer.node != me) else {
            return;
        };
        let is_known = self
            .pinged
            .iter()
            .any(|(_, pinged)| pinged.node == peer.node);
        let is_vip = self
            .facts
            .clusters
            .iter()
            .any(|one| one.cluster.vips.contains(&IpAddr::V4(end.1)));
        if !is_known && !is_vip && self.pinged.len() < MOST {
            let pinged = Pinged {
                node: peer.node,
                address: Some(end.1),
                ..Pinged::default()
            };
            self.pinged.push((end, pinged));
        }
    }

    /// Asks for what nobody has answered.
    fn ask(&mut self) {
        let Some(own) = self.own else {
            return;
        };
        // What cannot be sent is not answered, and nothing is said of it.
        for (vip, _) in self.arp.iter().filter(|(_, answers)| answers.is_empty()) {
            let _ = self.listener.send(&frames::arp_request(own, *vip));
        }
        for (at, (peer, pinged)) in (0u16..).zip(&self.pinged) {
            for kind in 0..KINDS {
                let number = (self.id, at * KINDS + kind);
                let frame = self.ping(own, *peer, pinged, number, kind);
                let _ = frame.map(|frame| self.listener.send(&frame));
            }
        }
    }

    fn ping(
        &self,
        own: End,
        peer: End,
        pinged: &Pinged,
        number: (u16, u16),
        kind: u16,
    ) -> Option<Vec<u8>> {
        let cluster = &self.one.cluster;
        // Where clients send to the base MAC, a switch would bring their requests here.
        let is_flooded = cluster.mode == Mode::Multicast;
        let mtu = self.facts.link(cluster.ifindex).map_or(0, |link| link.mtu);
        match kind {
            0 if !pinged.plain => Some(frames::ping(own, peer, number, SHORT)),
            1 if !pinged.group && is_flooded => Some(frames::ping(
                own,
                (cluster.group_mac, peer.1),
                number,
                SHORT,
            )),
            2 if !pinged.base && is_flooded => {
                Some(frames::ping((cluster.mac, own.1), peer, number, SHORT))
            }
            3 if !pinged.long => Some(frames::ping(
                own,
                peer,
                number,
                usize::try_from(mtu).unwrap_or(SHORT),
            )),
            _ => None,
        }
    }

    /// Takes what has come.
    fn hear(&mut self) -> io::Result<()> {
        if let Some(frame) = self.listener.next(STEP)? {
            self.frame(&frame);
        }
        while let Some(echo) = self.echoes.next(Duration::ZERO)? {
            self.echo(echo);
        }
        Ok(())
    }

    fn frame(&mut self, frame: &Frame) {
        if let Some(arp) = frames::arp(&frame.payload) {
            self.heard_arp(arp);
        } else if let Some((node, number)) = frames::hello(&frame.payload, self.one.cluster.mac) {
            let messages = self.messages.entry(node).or_default();
            match frame.destination == self.one.cluster.group_mac {
                true => messages.group.push(number),
                false => messages.broadcast = messages.broadcast.saturating_add(1),
            }
        }
    }

    fn heard_arp(&mut self, arp: Arp) {
        let (mac, address) = arp.sender;
        if let Some(answers) = self.arp.get_mut(&address) {
            if !answers.contains(&mac) {
                answers.push(mac);
            }
        } else if arp.asks && self.arp.contains_key(&arp.target) && !address.is_unspecified() {
            let asked = self.askers.entry(address).or_default();
            *asked = asked.saturating_add(1);
        }
        self.knows(arp.sender);
    }

    fn echo(&mut self, echo: Echo) {
        if echo.id != self.id {
            return;
        }
        let at = usize::from(echo.sequence / KINDS);
        let asked = self
            .pinged
            .get_mut(at)
            .filter(|(peer, _)| peer.1 == echo.from);
        let Some((_, pinged)) = asked else {
            return;
        };
        match echo.sequence % KINDS {
            0 => pinged.plain = true,
            1 => pinged.group = true,
            2 => pinged.base = true,
            _ => pinged.long = true,
        }
    }

    fn outcome(self, time: Duration) -> Probe {
        let me = self.one.cluster.node;
        let is_flooded = self.one.cluster.mode == Mode::Multicast;
        let heard = self.messages.into_iter().filter(|(node, _)| *node != me);
        Probe {
            time: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            heard: heard
                .map(|(node, messages)| messages.outcome(node))
                .collect(),
            arp: self.arp.into_iter().collect(),
            askers: self
                .askers
                .into_iter()
                .map(|(asker, times)| (IpAddr::V4(asker), times))
                .collect(),
            pinged: self
                .pinged
                .into_iter()
                .map(|(_, pinged)| Pinged {
                    group: pinged.group || !is_flooded,
                    base: pinged.base || !is_flooded,
                    ..pinged
                })
                .collect(),
        }
    }
}

impl Messages {
    fn outcome(mut self, node: u32) -> Heard {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        self.group.sort_unstable();
        self.group.dedup();
        let ends = self.group.first().zip(self.group.last());
        let due = ends.map_or(0, |(first, last)| {
            last.saturating_sub(*first).saturating_add(1)
        });
        Heard {
            node,
            group: count(self.group.len()),
            broadcast: self.broadcast,
            missing: due.saturating_sub(count(self.group.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_missing_are_counted() {
        let outcome = |group: &[u32]| {
            let messages = Messages {
                group: group.to_vec(),
                broadcast: 1,
            };
            let heard = messages.outcome(2);
            (heard.group, heard.missing)
        };
        assert_eq!(outcome(&[]), (0, 0));
        assert_eq!(outcome(&[7]), (1, 0));
        assert_eq!(outcome(&[9, 7, 8, 8]), (3, 0));
        assert_eq!(outcome(&[4, 9]), (2, 4));
        // The number begins anew.
        assert_eq!(outcome(&[u32::MAX, 0]).0, 2);
    }
}
