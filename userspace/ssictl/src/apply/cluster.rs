// SPDX-License-Identifier: GPL-2.0-only

//! A cluster made or changed as the file has it: all of it, or nothing.

use std::net::IpAddr;

use ssi_netlink::route::Bound;
use ssi_netlink::spec::Function;
use ssi_netlink::{Cluster, Request};

use crate::addresses;
use crate::apply::fixed;
use crate::apply::step::{Had, Step};
use crate::apply::view::Line;
use crate::cluster::add::{self, Add};
use crate::cluster::{del, refusal};
use crate::failure::Failure;
use crate::file::{ClusterFile, Node, Way};
use crate::system::System;
use crate::transition::{self, Table};
use crate::value::{Buckets, Owned};

/// What `ssictl cluster add` would be given.
fn add(file: &ClusterFile, me: &Node, owned: &Buckets) -> Add {
    let (vlan, forward_dev) = match &me.way {
        Some(Way::Vlan(id)) => (Some(*id), None),
        Some(Way::Device(device)) => (None, Some(device.clone())),
        None => (None, None),
    };
    Add {
        name: file.name.clone(),
        dev: me.interface.clone(),
        vips: file.vips.clone(),
        node: me.rank,
        nodes: file.ranks(),
        function: Some(Function::Bitmap),
        buckets: Some(file.buckets),
        owned: Some(Owned::Bitmap(owned.bits().to_vec())),
        hash: Some(file.hash),
        hash_seed: file.seed,
        mac: Some(file.mac),
        group: file.group,
        reply_mac: Some(file.reply_mac),
        hook: Some(me.hook),
        mode: Some(file.mode),
        forward: file.forward,
        vlan,
        forward_dev,
        master: file.master == me.name,
        drain_time: Some(file.drain_time),
        lease_expiry: None,
    }
}

/// Makes the cluster, with a table of this generation.
pub fn make(
    system: &mut impl System,
    file: &ClusterFile,
    me: &Node,
    step: &Step,
    generation: u64,
) -> Result<(), Failure> {
    let no_buckets = Buckets::none(file.buckets);
    add::run(system, &add(file, me, &step.owned)).map_err(|failure| by_file(file, failure))?;
    let table = Table {
        owned: &step.owned,
        // A cluster that was not there has no connections.
        cold: &no_buckets,
        generation,
    };
    transition::put(system, &file.name, &table)
        .map_err(|failure| failure.and_undoing(del::run(system, &file.name)))
}

/// Looks whether the interface is there.
pub fn look(system: &mut impl System, file: &ClusterFile, me: &Node) -> Result<(), Failure> {
    let found = system.ifindex(&me.interface);
    found.map(drop).map_err(|failure| by_file(file, failure))
}

/// A failure in the file's words rather than in those of the command line.
fn by_file(file: &ClusterFile, failure: Failure) -> Failure {
    let words = |sentence: String| {
        let named = [
            ("--dev ", "interface "),
            ("--vip ", "vips "),
            ("--node ", "rank "),
            ("--forward-dev", "forward-interface"),
            ("--owned ", "owns "),
        ];
        let sentence = named.iter().fold(sentence, |sentence, (option, key)| {
            sentence.replace(option, key)
        });
        let sentence = sentence.strip_prefix("--").unwrap_or(&sentence);
        format!("{}: {sentence}", file.source.path)
    };
    match failure {
        Failure::Refused(sentence) => Failure::Refused(words(sentence)),
        Failure::Usage(sentence) => Failure::Usage(words(sentence)),
        Failure::ReaderGone => Failure::ReaderGone,
    }
}

/// What is to change of a cluster that is there.
pub struct Change<'a> {
    file: &'a ClusterFile,
    old: &'a Cluster,
    table: Vec<u8>,
    device: &'a str,
    request: Request,
    /// Addresses that go, and those that come.
    gone: Vec<IpAddr>,
    missing: Vec<Bound>,
    lines: Vec<Line>,
}

impl<'a> Change<'a> {
    /// Compares the cluster with the file. What no change can make so is refused.
    pub fn of(
        system: &mut impl System,
        file: &'a ClusterFile,
        me: &'a Node,
        old: &'a Cluster,
    ) -> Result<Self, Failure> {
        let ifindex = system
            .ifindex(&me.interface)
            .map_err(|failure| by_file(file, failure))?;
        fixed::check(system, file, me, old, ifindex)?;
        let table = system
            .table(&file.name)
            .map_err(|e| Failure::refused(&file.name, &e))?;
        let missing = addresses::missing(system, &me.interface, ifindex, &file.vips)
            .map_err(|failure| by_file(file, failure))?;
        let is_listed = |vip: &IpAddr| file.vips.iter().any(|listed| listed.address == *vip);
        let gone = old.vips.iter().filter(|vip| !is_listed(vip)).copied();
        let mut change = Self {
            file,
            old,
            table: table.owned,
            device: &me.interface,
            request: Request::new(&file.name),
            gone: gone.collect(),
            missing,
            lines: Vec::new(),
        };
        change.compare(me);
        Ok(change)
    }

    /// The buckets that the cluster has.
    pub fn owned(&self) -> Buckets {
        Buckets::of(&self.table, self.file.buckets)
    }

    /// What changes, for people.
    pub fn lines(&self) -> Vec<Line> {
        self.lines.clone()
    }

    fn compare(&mut self, me: &Node) {
        let (file, old) = (self.file, self.old);
        let (nodes, master) = (file.ranks(), file.master == me.name);
        let yes = |flag| if flag { "yes" } else { "no" };
        if old.reply_mac != file.reply_mac {
            self.request.reply_mac = Some(file.reply_mac);
            self.line("reply-mac", &old.reply_mac, &file.reply_mac);
        }
        if let (Some(new), Some(was)) = (file.forward, old.forward) {
            if new != was {
                self.request.forward = Some(new);
                self.line("forward", &was, &new);
            }
        }
        if old.node != me.rank {
            self.request.node = Some(me.rank);
            self.line("rank", &old.node, &me.rank);
        }
        if old.nodes != nodes {
            self.request.nodes = Some(nodes);
            self.line("nodes", &old.nodes, &nodes);
        }
        if self.request.node.is_some() || self.request.nodes.is_some() {
            // Without a table the kernel would make the plain one.
            self.request.owned = Some(self.table.clone());
        }
        if old.master != master {
            self.request.master = Some(master);
            self.line("master", &yes(old.master), &yes(master));
        }
        if old.drain_time != file.drain_time {
            self.request.drain_time = Some(file.drain_time);
            self.line("drain-time", &old.drain_time, &file.drain_time);
        }
        let listed: Vec<IpAddr> = file.vips.iter().map(|vip| vip.address).collect();
        let is_same = listed.len() == old.vips.len() && self.gone.is_empty();
        if !is_same {
            self.line("vips", &joined(&old.vips), &joined(&listed));
            self.request.vips = listed;
        } else if !self.missing.is_empty() {
            let bound: Vec<IpAddr> = self.missing.iter().map(|bound| bound.address).collect();
            let device = self.device;
            let from = format!("not on {device}: {}", joined(&bound));
            self.line("vips", &from, &format!("on {device}"));
        }
    }

    fn line(&mut self, what: &'static str, from: &impl ToString, to: &impl ToString) {
        self.lines.push(Line {
            attribute: what,
            from: from.to_string(),
            to: to.to_string(),
        });
    }

    fn ask(&self, system: &mut impl System, request: &Request) -> Result<(), Failure> {
        system.change(request).map_err(|e| {
            let failure = refusal::of(request, self.device, None, &e);
            by_file(self.file, failure)
        })
    }
}

fn joined(addresses: &[IpAddr]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.join(" ")
}

/// Changes the cluster, the table last.
pub fn change(system: &mut impl System, change: &Change<'_>, step: &Step) -> Result<(), Failure> {
    let (old, device) = (change.old, change.device);
    let removed = addresses::unbind(system, device, old.ifindex, &change.gone)?;
    let put_back =
        |system: &mut _| addresses::put_back(system, device, old.ifindex, removed.iter());
    let is_asked = change.request != Request::new(&old.name);
    let restore = |system: &mut _| match is_asked {
        true => change.ask(system, &Request::restore(old, Some(change.table.clone()))),
        false => Ok(()),
    };
    if is_asked {
        change
            .ask(system, &change.request)
            .map_err(|failure| failure.and_undoing(put_back(system)))?;
    }
    addresses::bind(system, device, &change.missing).map_err(|failure| {
        let undone = restore(system).and_then(|()| put_back(system));
        by_file(change.file, failure).and_undoing(undone)
    })?;
    put(system, change, step).map_err(|failure| {
        let came: Vec<IpAddr> = change.missing.iter().map(|bound| bound.address).collect();
        let undone = addresses::unbind(system, device, old.ifindex, &came)
            .and_then(|_| restore(system))
            .and_then(|()| put_back(system));
        failure.and_undoing(undone)
    })
}

/// Puts the step's table in force, if it is not.
fn put(system: &mut impl System, change: &Change<'_>, step: &Step) -> Result<(), Failure> {
    let name = &change.old.name;
    let now = system
        .cluster(name)
        .map_err(|e| Failure::refused(name, &e))?;
    let had = Had {
        generation: now.generation,
        owned: change.owned(),
    };
    if step.is_done(&had) {
        return Ok(());
    }
    let table = Table {
        owned: &step.owned,
        cold: &step.cold,
        generation: step.had(Some(&had)).generation,
    };
    transition::put(system, name, &table)
}
