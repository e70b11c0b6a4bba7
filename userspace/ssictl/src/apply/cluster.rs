// SPDX-License-Identifier: GPL-2.0-only

//! A cluster made or changed as the file has it: all of it, or nothing.

use std::net::IpAddr;

use logic::mac::Mac as KernelMac;
use ssi_netlink::route::Bound;
use ssi_netlink::spec::{Function, Hook, Mode};
use ssi_netlink::{Cluster, Request};

use crate::addresses;
use crate::apply::step::{Had, Step};
use crate::apply::view::Line;
use crate::cluster::add::{self, Add};
use crate::cluster::{del, refusal};
use crate::failure::Failure;
use crate::file::{ClusterFile, Node, Way};
use crate::forward_dev::{Choice, ForwardDev};
use crate::system::System;
use crate::transition::{self, Table};
use crate::value::{Buckets, Mac, MacChoice, Owned, Seed, group};

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
        fixed(system, file, me, old, ifindex)?;
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

/// Refuses what a cluster keeps as long as it is there.
fn fixed(
    system: &mut impl System,
    file: &ClusterFile,
    me: &Node,
    old: &Cluster,
    ifindex: u32,
) -> Result<(), Failure> {
    let name = &file.name;
    let here = format!("to change that, ssictl cluster del {name} and apply again");
    let everywhere = format!(
        "that would move clients in the middle of their work: ssictl cluster del {name} on every node first"
    );
    let refuse = |key: &str, is: String, said: String, hint: &str| {
        Err(Failure::Refused(format!(
            "{}: {key}: {name} has {is} here, and the file says {said}; {hint}",
            file.source.path
        )))
    };
    if old.lease.is_some() || old.lapsed {
        return Err(Failure::Refused(format!(
            "{}: {name} has a lease here, so something else runs it; end that, then ssictl cluster del {name}",
            file.source.path
        )));
    }
    if old.ifindex != ifindex {
        let is = system.device(old.ifindex);
        let is = is.unwrap_or_else(|| format!("interface {}", old.ifindex));
        return refuse("interface", is, me.interface.clone(), &here);
    }
    if old.function != Function::Bitmap {
        return refuse(
            "function",
            old.function.to_string(),
            Function::Bitmap.to_string(),
            &everywhere,
        );
    }
    if old.buckets != file.buckets {
        let (is, said) = (old.buckets.to_string(), file.buckets.to_string());
        return refuse("buckets", is, said, &everywhere);
    }
    if old.hash != file.hash {
        let (is, said) = (old.hash.to_string(), file.hash.to_string());
        return refuse("hash", is, said, &everywhere);
    }
    if let (Some(is), Some(said)) = (old.hash_seed, file.seed) {
        if is != said.0 {
            let is = Seed(is).to_string();
            return refuse("hash-seed", is, said.to_string(), &everywhere);
        }
    }
    if old.mode != file.mode {
        let (is, said) = (old.mode.to_string(), file.mode.to_string());
        return refuse("mode", is, said, &everywhere);
    }
    if me.hook != Hook::Auto && me.hook != old.hook {
        let (is, said) = (old.hook.to_string(), me.hook.to_string());
        return refuse("hook", is, said, &here);
    }
    macs(file, old)?;
    match (old.forward_ifindex, way(system, me, ifindex)?) {
        (Some(is), Some(said)) if said.0 != is => {
            let is = system
                .device(is)
                .unwrap_or_else(|| format!("interface {is}"));
            refuse("forward-interface", is, said.1, &here)
        }
        _ => Ok(()),
    }
}

/// The MACs are the cluster's for good; clients know them.
fn macs(file: &ClusterFile, old: &Cluster) -> Result<(), Failure> {
    let (path, name) = (&file.source.path, &file.name);
    let lowest = file.vips.iter().map(|vip| vip.address);
    let auto = lowest
        .min()
        .map_or(old.mac, |lowest| KernelMac::auto(lowest).0);
    let said = match file.mac {
        MacChoice::Given(mac) => mac.0,
        MacChoice::Auto | MacChoice::Group(_) => auto,
    };
    if said != old.mac {
        let hint = match file.mac {
            MacChoice::Auto => format!(
                "write mac = \"{}\" into the file, or nodes that join would have another",
                Mac(old.mac)
            ),
            _ => format!("ssictl cluster del {name} on every node first"),
        };
        return Err(Failure::Refused(format!(
            "{path}: mac: {name} has {} here, and the file makes it {}; {hint}",
            Mac(old.mac),
            Mac(said)
        )));
    }
    let group_mac = match (file.mode, file.group) {
        (Mode::Multicast, Some(group)) => group::mac(group),
        _ => KernelMac(said).group().0,
    };
    match group_mac == old.group_mac {
        true => Ok(()),
        false => Err(Failure::Refused(format!(
            "{path}: group: {name} has the group MAC {} here, and the file makes it {}; ssictl cluster del {name} on \
             every node first",
            Mac(old.group_mac),
            Mac(group_mac)
        ))),
    }
}

/// The interface to the other nodes that the file names: its number, 0 where it is not there, and its name.
fn way(system: &mut impl System, me: &Node, below: u32) -> Result<Option<(u32, String)>, Failure> {
    let (name, choice) = match &me.way {
        None => return Ok(None),
        Some(Way::Vlan(id)) => (format!("{}.{id}", me.interface), Choice::Vlan(*id)),
        Some(Way::Device(name)) => (name.clone(), Choice::Device(name)),
    };
    let link = ForwardDev::found(system, &name)?;
    let is_it = |link: &ssi_netlink::link::Link| match choice {
        Choice::Vlan(id) => link.vlan == Some((below, id)),
        Choice::Device(_) => true,
    };
    let ifindex = link.filter(is_it).map_or(0, |link| link.ifindex);
    Ok(Some((ifindex, name)))
}
