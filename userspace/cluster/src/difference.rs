// SPDX-License-Identifier: GPL-2.0-only

//! Differences between a cluster and its file, and their removal: all of them, or nothing.

use std::net::IpAddr;

use ssi_netlink::route::Bound;
use ssi_netlink::spec::{Attr, Function};
use ssi_netlink::{Cluster, Request, Secret};

use crate::addresses;
use crate::create::Draft;
use crate::failure::Failure;
use crate::file::{ClusterFile, ForwardInterface, Node};
use crate::fixed;
use crate::refusal;
use crate::replies;
use crate::system::System;
use crate::value::{Buckets, FOREVER, Key, Owned};

/// The cluster that a file makes of a node.
///
/// # Errors
///
/// It has a key, and the key's file is not there.
pub fn draft(file: &ClusterFile, me: &Node, owned: &Buckets) -> Result<Draft, Failure> {
    let (vlan, forward_dev) = match &me.forward_interface {
        Some(ForwardInterface::Vlan(id)) => (Some(*id), None),
        Some(ForwardInterface::Device(device)) => (None, Some(device.clone())),
        None => (None, None),
    };
    Ok(Draft {
        name: file.name.clone(),
        dev: me.interface.clone(),
        vips: file.vips.clone(),
        node: me.rank,
        nodes: file.kernel_nodes(),
        function: Some(Function::Bitmap),
        buckets: Some(file.buckets),
        owned: Some(Owned::Bitmap(owned.bits().to_vec())),
        hash: Some(file.hash),
        hash_seed: file.seed,
        client_key: Some(file.client_key),
        mac: Some(file.mac),
        group: file.group,
        reply_mac: Some(file.reply_mac),
        hook: Some(me.hook),
        mode: Some(file.mode),
        forward: file.forward,
        vlan,
        forward_dev,
        master: file.master == me.name,
        gateways: file.gateways_given(),
        settings: file.settings(),
        key: file.key()?,
    })
}

/// Looks whether the interface is there.
pub fn look(system: &mut impl System, file: &ClusterFile, me: &Node) -> Result<(), Failure> {
    let found = system.ifindex(&me.interface);
    found.map(drop).map_err(|failure| by_file(file, failure))
}

/// A failure by the file's keys rather than by options of the command line.
pub fn by_file(file: &ClusterFile, failure: Failure) -> Failure {
    let translated = |sentence: String| {
        let named = [
            ("--dev ", "interface "),
            ("--vip ", "vips "),
            ("--rank ", "rank "),
            ("--forward-dev", "forward-interface"),
            ("--key-file", "key-file"),
            ("--owned ", "owns "),
        ];
        let sentence = named.iter().fold(sentence, |sentence, (option, key)| {
            sentence.replace(option, key)
        });
        let sentence = sentence.strip_prefix("--").unwrap_or(&sentence);
        format!("{}: {sentence}", file.source.path)
    };
    match failure {
        Failure::Refused(sentence) => Failure::Refused(translated(sentence)),
        Failure::Usage(sentence) => Failure::Usage(translated(sentence)),
        Failure::ReaderGone => Failure::ReaderGone,
    }
}

/// An attribute's value as people read it.
fn shown(attr: Attr, value: String) -> String {
    match (attr, value.parse()) {
        (Attr::DrainTime, Ok(FOREVER)) => "forever".to_owned(),
        _ => value,
    }
}

/// One attribute that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its name in the file.
    pub attribute: &'static str,
    /// What it was.
    pub from: String,
    /// What it is from now on.
    pub to: String,
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
        let ifindex = match system.ifindex(&me.interface) {
            Ok(ifindex) => ifindex,
            Err(failure) => {
                let failure = by_file(file, failure);
                return Err(fixed::renamed(system, file, me, old).unwrap_or(failure));
            }
        };
        fixed::check(system, file, me, old, ifindex)?;
        let key = file.key()?;
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
        change.compare_keys(key);
        Ok(change)
    }

    /// The buckets that the cluster has.
    pub fn owned(&self) -> Buckets {
        Buckets::of(&self.table, self.file.buckets)
    }

    /// What changes, for people.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Changes the cluster's attributes and addresses, then does the rest; after a failure all is as before.
    pub fn make<S: System>(
        &self,
        system: &mut S,
        rest: impl FnOnce(&mut S) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (old, device) = (self.old, self.device);
        let removed = addresses::unbind(system, device, old.ifindex, &self.gone)?;
        let put_back =
            |system: &mut S| addresses::put_back(system, device, old.ifindex, removed.iter());
        let is_asked = self.request != Request::new(&old.name);
        let restore = |system: &mut S| match is_asked {
            true => self.ask(system, &self.restored()),
            false => Ok(()),
        };
        if is_asked {
            self.ask(system, &self.request)
                .map_err(|failure| failure.and_undoing(put_back(system)))?;
        }
        addresses::bind(system, device, &self.missing).map_err(|failure| {
            let undone = restore(system).and_then(|()| put_back(system));
            by_file(self.file, failure).and_undoing(undone)
        })?;
        let (gateways, ifindex) = (self.file.gateways_given(), old.ifindex);
        let kept = replies::keep(system, device, ifindex, gateways.as_deref()).map(drop);
        kept.and_then(|()| rest(system)).map_err(|failure| {
            let came: Vec<IpAddr> = self.missing.iter().map(|bound| bound.address).collect();
            let undone = addresses::unbind(system, device, old.ifindex, &came)
                .and_then(|_| restore(system))
                .and_then(|()| put_back(system))
                .and_then(|()| replies::keep(system, device, ifindex, None).map(drop));
            failure.and_undoing(undone)
        })
    }

    /// What brings the cluster back. Where ssid runs it, its table may be another by now, or the lease be over.
    fn restored(&self) -> Request {
        match self.file.daemon {
            None => Request::restore(self.old, Some(self.table.clone())),
            Some(_) => Request {
                master: None,
                ..Request::restore(self.old, None)
            },
        }
    }

    fn compare(&mut self, me: &Node) {
        let (file, old) = (self.file, self.old);
        self.request = Request {
            reply_mac: Some(file.reply_mac),
            forward: file.forward,
            ..file.settings()
        };
        self.request = Request {
            name: file.name.clone(),
            ..self.request.differing(old)
        };
        let was = Request::of(old);
        for attr in Attr::ALL {
            if let (Some(was), Some(new)) = (was.value(*attr), self.request.value(*attr)) {
                self.line(attr.name(), &shown(*attr, was), &shown(*attr, new));
            }
        }
        if file.daemon.is_none() {
            self.compare_by_hand(me);
        }
        self.compare_addresses();
    }

    /// The kernel never returns a key; its id shows whether it is another.
    fn compare_keys(&mut self, key: Option<Key>) {
        let id = key.map(|key| key.id());
        if id == self.old.key_id {
            return;
        }
        let shown = |id: Option<u32>| id.map_or("none".to_owned(), |id| format!("{id:08x}"));
        self.line("key", &shown(self.old.key_id), &shown(id));
        let bytes = key.map(|key| key.0.to_vec());
        self.request.key = Some(Secret(bytes.unwrap_or_default()));
    }

    /// What people decide where ssid does not.
    fn compare_by_hand(&mut self, me: &Node) {
        let (file, old) = (self.file, self.old);
        let (nodes, master) = (file.ranks(), file.master == me.name);
        let yes = |flag| if flag { "yes" } else { "no" };
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
    }

    fn compare_addresses(&mut self) {
        let (file, old) = (self.file, self.old);
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
