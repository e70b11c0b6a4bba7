// SPDX-License-Identifier: GPL-2.0-only

//! Judge of what frames show of the cluster.

use super::args::Args;
use super::args::Plug;
use super::args::ReplyMac;
use crate::frame::Arp;
use crate::frame::Frame;
use crate::frame::Kind;
use crate::frame::Talk;
use crate::frame::V4;
use crate::mac::Mac;
use crate::outcome::Outcome;
use crate::pcapng::Record;
use crate::table::Table;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

#[derive(Default, Serialize)]
pub struct NodeFacts {
    /// IPv4 frames from the cluster address.
    pub replies: u32,
    pub arp_requests: u32,
    pub arp_replies: u32,
    pub gratuitous: u32,
    /// Neighbour advertisements that nobody asked for.
    pub advertised: u32,
    /// Frames of clients to the cluster address that the table gives this node.
    pub share: u32,
}

#[derive(Default, Serialize)]
pub struct Facts {
    pub nodes: BTreeMap<String, NodeFacts>,
    /// IPv4 frames of clients to the cluster address.
    pub requests: u32,
    pub arp_requests: u32,
    pub arp_replies: u32,
    pub conversations: BTreeMap<&'static str, u32>,
    /// Bucket → frames of clients to the cluster address and their bytes from the IP header on.
    pub buckets: BTreeMap<u32, [u64; 2]>,
    /// TCP SYNs beyond the first of a connection.
    pub syn_again: u32,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Conversation {
    client: Ipv4Addr,
    proto: &'static str,
    /// Ports of client and service, or identifier and number of an echo.
    a: u16,
    b: u16,
}

#[derive(Default)]
struct Exchange {
    syns: u32,
    asked: u32,
    answers: BTreeMap<String, u32>,
}

pub struct Judge<'a> {
    args: &'a Args,
    tables: Vec<Table>,
    pub facts: Facts,
    pub faults: Vec<String>,
    talks: BTreeMap<Conversation, Exchange>,
    client_macs: BTreeSet<Mac>,
}

impl<'a> Judge<'a> {
    pub fn new(args: &'a Args) -> Outcome<Self> {
        let tables = args
            .table
            .iter()
            .map(|t| Table::read(t))
            .collect::<Outcome<_>>()?;
        let mut facts = Facts::default();
        for plug in &args.nodes {
            facts.nodes.insert(plug.node.clone(), NodeFacts::default());
        }
        Ok(Self {
            args,
            tables,
            facts,
            faults: Vec::new(),
            talks: BTreeMap::new(),
            client_macs: BTreeSet::new(),
        })
    }

    fn fault(&mut self, at: usize, what: String) {
        self.faults.push(format!("frame {}: {what}", at + 1));
    }

    /// The nodes that may answer this client, and whether one of them must.
    fn owners(&self, client: Ipv4Addr) -> Outcome<(Vec<String>, bool)> {
        let all: BTreeSet<String> = self
            .tables
            .iter()
            .map(|t| t.owner(client).map(String::from))
            .collect::<Outcome<_>>()?;
        let one = all.len() == 1;
        Ok((all.into_iter().collect(), one))
    }

    /// Takes the next frame into account; `at` is its place in the capture.
    pub fn frame(&mut self, at: usize, record: &Record) -> Outcome {
        let Some(frame) = Frame::parse(&record.bytes) else {
            return Ok(());
        };
        let args = self.args;
        if frame.vlans != args.vlan {
            return Ok(());
        }
        if args.clients.contains(&record.dev) {
            return self.request(at, &frame, record.len);
        }
        let Some(plug) = args.nodes.iter().find(|p| p.port == record.dev) else {
            return Ok(());
        };
        match &frame.kind {
            Kind::V4(ip) if ip.source == args.vip => self.reply(at, plug, &frame, ip),
            Kind::Arp(arp) if arp.sender == args.vip => {
                self.arp(at, plug, &frame, arp);
                Ok(())
            }
            Kind::Advertisement => {
                let node = self.facts.nodes.entry(plug.node.clone()).or_default();
                node.advertised += 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `len` is the frame's on the wire.
    fn request(&mut self, at: usize, frame: &Frame, len: usize) -> Outcome {
        let group = self.args.mac.group();
        self.client_macs.insert(frame.source);
        match &frame.kind {
            Kind::V4(ip) if ip.destination == self.args.vip => {
                if frame.destination != group {
                    let what = format!("{} sends to {}", ip.source, frame.destination);
                    self.fault(at, what);
                }
                self.facts.requests += 1;
                if let [table] = &self.tables[..] {
                    let counts = self
                        .facts
                        .buckets
                        .entry(table.bucket(ip.source))
                        .or_default();
                    counts[0] += 1;
                    counts[1] += len as u64 - 14 - 4 * frame.vlans.len() as u64;
                }
                let (owners, steady) = self.owners(ip.source)?;
                if steady {
                    self.facts.nodes.entry(owners[0].clone()).or_default().share += 1;
                }
                let (conversation, syn) = match ip.talk {
                    Talk::Udp { from, to } => (("udp", from, to), false),
                    Talk::Tcp { from, to, syn, .. } => (("tcp", from, to), syn),
                    Talk::Echo {
                        reply: false,
                        id,
                        seq,
                    } => (("ping", id, seq), false),
                    _ => return Ok(()),
                };
                let (proto, a, b) = conversation;
                let key = Conversation {
                    client: ip.source,
                    proto,
                    a,
                    b,
                };
                let exchange = self.talks.entry(key).or_default();
                exchange.asked += 1;
                exchange.syns += u32::from(syn);
            }
            Kind::Arp(arp) if arp.target == self.args.vip && arp.sender != self.args.vip => {
                if arp.reply {
                    self.facts.arp_replies += 1;
                } else {
                    self.facts.arp_requests += 1;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Source MAC of a frame in the cluster's name.
    fn check_source(&mut self, at: usize, plug: &Plug, frame: &Frame) {
        let want = match self.args.reply_mac {
            ReplyMac::Cluster => self.args.mac,
            ReplyMac::Group => self.args.mac.group(),
            ReplyMac::Node => plug.mac,
        };
        if frame.source != want {
            let what = format!(
                "{} sends as {} from {} and not from {want}",
                plug.node, self.args.vip, frame.source
            );
            self.fault(at, what);
        }
    }

    fn reply(&mut self, at: usize, plug: &Plug, frame: &Frame, ip: &V4) -> Outcome {
        self.check_source(at, plug, frame);
        if !self.client_macs.contains(&frame.destination) {
            let what = format!("an answer goes to {}, no client's MAC", frame.destination);
            self.fault(at, what);
        }
        self.facts
            .nodes
            .entry(plug.node.clone())
            .or_default()
            .replies += 1;
        let client = ip.destination;
        let (owners, _) = self.owners(client)?;
        if !self.tables.is_empty() && !owners.contains(&plug.node) {
            let what = format!("{} answers {client} of {}", plug.node, owners.join(" or "));
            self.fault(at, what);
        }
        let (proto, a, b) = match ip.talk {
            Talk::Udp { from, to } => ("udp", to, from),
            Talk::Tcp { from, to, rst, .. } => {
                if rst {
                    self.fault(at, format!("{} resets a connection of {client}", plug.node));
                }
                ("tcp", to, from)
            }
            Talk::Echo {
                reply: true,
                id,
                seq,
            } => ("ping", id, seq),
            _ => return Ok(()),
        };
        let exchange = self
            .talks
            .entry(Conversation {
                client,
                proto,
                a,
                b,
            })
            .or_default();
        *exchange.answers.entry(plug.node.clone()).or_default() += 1;
        Ok(())
    }

    fn arp(&mut self, at: usize, plug: &Plug, frame: &Frame, arp: &Arp) {
        self.check_source(at, plug, frame);
        if arp.sender_mac != self.args.mac.group() {
            let what = format!(
                "{} announces by ARP that {} is at {}",
                plug.node, arp.sender, arp.sender_mac
            );
            self.fault(at, what);
        }
        let node = self.facts.nodes.entry(plug.node.clone()).or_default();
        match (arp.sender == arp.target, arp.reply) {
            (true, _) => node.gratuitous += 1,
            (_, true) => node.arp_replies += 1,
            (_, false) => node.arp_requests += 1,
        }
        let reply = arp.reply && arp.sender != arp.target;
        if reply && self.args.master.as_ref().is_some_and(|m| *m != plug.node) {
            self.fault(
                at,
                format!("{} answers ARP and is not the master", plug.node),
            );
        }
    }

    /// Each conversation was answered: a datagram once, a connection by one node.
    pub fn conclude(&mut self) -> Outcome {
        for (c, exchange) in std::mem::take(&mut self.talks) {
            *self.facts.conversations.entry(c.proto).or_default() += 1;
            self.facts.syn_again += exchange.syns.saturating_sub(1);
            if self.tables.is_empty() || !self.owners(c.client)?.1 {
                continue;
            }
            let answers: u32 = exchange.answers.values().sum();
            let right = match c.proto {
                "tcp" => answers > 0 && exchange.answers.len() == 1,
                _ => answers == exchange.asked,
            };
            if !right {
                let what = format!(
                    "{} of {} was asked {} times and answered {answers} times by {} nodes",
                    c.proto,
                    c.client,
                    exchange.asked,
                    exchange.answers.len()
                );
                self.faults.push(what);
            }
        }
        if let Some(master) = &self.args.master {
            let replies = self.facts.nodes.get(master).map_or(0, |n| n.arp_replies);
            if replies != self.facts.arp_requests {
                let asked = self.facts.arp_requests;
                self.faults
                    .push(format!("{asked} ARP requests and {replies} ARP replies"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
