// SPDX-License-Identifier: GPL-2.0-only

//! Reading a file: its top, which is what the nodes have in common, and its sections.

mod addresses;
mod check;
mod daemon;
mod links;
mod node;
mod notify;
mod section;
mod table;

use logic::config::{BUCKETS_DEFAULT, DRAIN_TIME_DEFAULT};
use ssi_netlink::spec::{Attr, Forward, Hash, Hook, Mode, ReplyMac};
use toml_edit::{Document, Item, Table};

use crate::failure::Failure;
use crate::file::source::{At, Source, Span, distinct};
use crate::file::{ClusterFile, Daemon, GENERATION_MAX, host};
use crate::value::{self, ClientKey, Seed};

use addresses::{gateways, macs, vips};
use node::Common;
use section::Section;

/// The keys that there are.
const KEYS: &[&str] = &[
    "name",
    "vips",
    "interface",
    "master",
    "mode",
    "forward",
    "vlan",
    "forward-interface",
    "buckets",
    "hash",
    "hash-seed",
    "key",
    "key-file",
    "mac",
    "group",
    "reply-mac",
    "hook",
    "drain-time",
    "announce-every",
    "gateway",
    "generation",
    "node",
    "daemon",
    "check",
];
/// All keys: at the top, of a node, of the daemon, of a check.
pub fn keys() -> [&'static [&'static str]; 4] {
    [KEYS, node::KEYS, daemon::KEYS, check::KEYS]
}

/// What ssid decides.
const DECIDED: &[&str] = &["generation", "master"];

/// A file as it was read. Of a cluster whose table has not begun, no node owns a bucket.
pub struct Parsed {
    /// It.
    pub file: ClusterFile,
    /// Where it gives the number of buckets.
    pub buckets: Span,
}

/// Checks a file's bytes whole, but for what only the planner can check of its nodes.
pub fn parse(path: &str, bytes: Vec<u8>) -> Result<Parsed, Failure> {
    let mut source = Source {
        path: path.to_owned(),
        text: String::new(),
    };
    match String::from_utf8(bytes) {
        Ok(text) => source.text = text,
        Err(e) => {
            let good = e.utf8_error().valid_up_to();
            source.text = String::from_utf8_lossy(e.as_bytes()).into_owned();
            return Err(source.wrong(&Some(good..good), "the file is no UTF-8 text"));
        }
    }
    let document = Document::parse(source.text.as_str()).map_err(|e| {
        let reason = e.message().lines().next().unwrap_or_default();
        source.wrong(&e.span(), format!("this is no TOML: {reason}"))
    })?;
    read(&source, document.as_table())
}

/// Reads the file's one table.
fn read(source: &Source, root: &Table) -> Result<Parsed, Failure> {
    let top = Section::new(source, root, "a cluster file", KEYS)?;
    let is_daemon = top.has("daemon");
    match is_daemon {
        true => top.none_of(DECIDED, node::DECIDED)?,
        false => top.none_of(&["check"], node::DAEMON)?,
    }
    let name = top.parsed("name", value::name)?;
    let name = top.due("name", "\"web\"", name)?.value;
    let vips = vips(&top)?;
    let mode = top.choice("mode", Mode::NAMES)?;
    let mode = mode.map_or(Mode::Multicast, |at| at.value);
    let is_forward = mode == Mode::Forward;
    let (hash, seed) = hash(&top)?;
    let client_key = client_key(&top, hash)?;
    let (mac, group) = macs(&top, is_forward, &vips)?;
    let buckets = top.attribute(Attr::Buckets)?;
    let common = Common {
        interface: top.parsed("interface", value::device)?.map(|at| at.value),
        forward_interface: node::forward_interface(&top, is_forward)?,
        hook: top.choice::<Hook>("hook", Hook::NAMES)?.map(|at| at.value),
        is_forward,
        is_daemon,
        buckets: buckets.map_or(BUCKETS_DEFAULT, |at| at.value),
    };
    let nodes = nodes(source, &top, root, &common)?;
    let master = match is_daemon {
        true => String::new(),
        false => master(&top, &nodes)?,
    };
    let reply_mac = top.choice::<ReplyMac>("reply-mac", ReplyMac::NAMES)?;
    let drain_time = top.drain_time(Attr::DrainTime.name())?;
    let announce_every = top.attribute(Attr::AnnounceEvery)?;
    let gateways = gateways(&top, &vips)?;
    let generation: Option<At<u64>> = top.number("generation", 1..=GENERATION_MAX)?;
    let daemon = daemon(source, root, &name, &nodes)?;
    let nodes = match is_daemon {
        true => table::serving(source, nodes)?,
        false => table::checked(source, nodes, &common, top.place("buckets"))?,
    };
    // Both ends of a move learn from ssid when a drain is over, so nothing has to end by itself.
    let usual_drain_time = if is_daemon {
        value::FOREVER
    } else {
        DRAIN_TIME_DEFAULT
    };
    let file = ClusterFile {
        source: source.clone(),
        name,
        vips: vips.into_iter().map(|at| at.value).collect(),
        mode,
        forward: forward(&top, is_forward)?,
        buckets: common.buckets,
        hash,
        seed,
        client_key,
        key_file: key_file(&top)?,
        mac,
        group,
        reply_mac: reply_mac.map_or(ReplyMac::Cluster, |at| at.value),
        drain_time: drain_time.map_or(usual_drain_time, |at| at.value),
        announce_every: announce_every.map_or(0, |at| at.value),
        gateways,
        interface: common.interface,
        forward_interface: common.forward_interface,
        hook: common.hook,
        master,
        generation: generation.map_or(1, |at| at.value),
        nodes,
        daemon,
        remark: None,
    };
    Ok(Parsed {
        file,
        buckets: top.place("buckets"),
    })
}

/// The section `[daemon]` and its checks, if there is one.
fn daemon(
    source: &Source,
    root: &Table,
    name: &str,
    nodes: &[node::Read],
) -> Result<Option<Daemon>, Failure> {
    let table = match root.get("daemon") {
        None => return Ok(None),
        Some(Item::Table(table)) => table,
        Some(item) => {
            let sentence = "daemon: give it a section of its own, headed [daemon]";
            return Err(source.wrong(&item.span(), sentence));
        }
    };
    let section = Section::new(source, table, "[daemon]", daemon::KEYS)?;
    let mut daemon = daemon::read(&section, name, nodes)?;
    daemon.checks = check::read(source, root, nodes)?;
    Ok(Some(daemon))
}

/// The node that answers ARP.
fn master(top: &Section<'_>, nodes: &[node::Read]) -> Result<String, Failure> {
    let master = top.parsed("master", host)?;
    let master = top.due("master", "\"n1\"", master)?;
    if nodes.iter().any(|node| node.name.value == master.value) {
        return Ok(master.value);
    }
    let names: Vec<&str> = nodes.iter().map(|node| node.name.value.as_str()).collect();
    let sentence = format!(
        "master {:?}: no such node; there are {}",
        master.value,
        names.join(", ")
    );
    Err(top.wrong(&master.span, sentence))
}

/// The sections `[[node]]`, read one by one, names and ranks distinct.
fn nodes(
    source: &Source,
    top: &Section<'_>,
    root: &Table,
    common: &Common,
) -> Result<Vec<node::Read>, Failure> {
    let sections = match root.get("node") {
        Some(Item::ArrayOfTables(sections)) if !sections.is_empty() => sections,
        Some(_) => {
            return Err(top.wrong(
                &top.place("node"),
                "node: give each node a section of its own, headed [[node]]",
            ));
        }
        None => {
            return Err(top.wrong(
                &top.span(),
                "a cluster file has a section [[node]] for each node; there is none",
            ));
        }
    };
    let nodes = sections
        .iter()
        .map(|table| {
            node::read(
                &Section::new(source, table, "[[node]]", node::KEYS)?,
                common,
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    let names: Vec<At<String>> = nodes.iter().map(|node| node.name.clone()).collect();
    distinct(source, &names, |name| {
        format!("name {name:?}: two nodes have it")
    })?;
    let ranks: Vec<At<u32>> = nodes.iter().map(|node| node.rank.clone()).collect();
    distinct(source, &ranks, |rank| {
        format!("rank {rank}: two nodes have it; each needs its own")
    })?;
    let ids: Vec<At<u32>> = nodes.iter().map(|node| node.id.clone()).collect();
    distinct(source, &ids, |id| {
        format!(
            "id {id}: two nodes have it; each needs its own, and has rank + 1 where it gives none"
        )
    })?;
    Ok(nodes)
}

fn hash(top: &Section<'_>) -> Result<(Hash, Option<Seed>), Failure> {
    let hash = top.choice::<Hash>("hash", Hash::NAMES)?;
    let seed = top.parsed("hash-seed", str::parse::<Seed>)?;
    match (hash.map(|at| (at.value, at.span)), seed) {
        (Some((Hash::Siphash, _)), Some(seed)) => Ok((Hash::Siphash, Some(seed.value))),
        (Some((Hash::Siphash, span)), None) => Err(top.wrong(
            &span,
            "hash \"siphash\": give hash-seed too, 32 hexadecimal digits",
        )),
        (_, Some(seed)) => Err(top.wrong(&seed.span, "hash-seed: goes with hash = \"siphash\"")),
        (_, None) => Ok((Hash::None, None)),
    }
}

/// What of a client makes its bucket.
fn client_key(top: &Section<'_>, hash: Hash) -> Result<ClientKey, Failure> {
    let Some(key) = top.parsed("key", str::parse::<ClientKey>)? else {
        return Ok(ClientKey::default());
    };
    match (key.value.0, hash) {
        (logic::client::ClientKey::SourcePort, Hash::None) => Err(top.wrong(
            &key.span,
            "key \"source-port\": give hash = \"siphash\" too; unhashed, the even ports that clients have would be one \
             node's",
        )),
        _ => Ok(key.value),
    }
}

/// Where the key is. A path that every program finds, wherever it was started.
fn key_file(top: &Section<'_>) -> Result<Option<String>, Failure> {
    let absolute = |path: &str| match path.starts_with('/') {
        true => Ok(path.to_owned()),
        false => Err("give the whole path, from / on".to_owned()),
    };
    let path = top.parsed("key-file", absolute)?;
    Ok(path.map(|path| path.value))
}

fn forward(top: &Section<'_>, is_forward: bool) -> Result<Option<Forward>, Failure> {
    match top.choice::<Forward>("forward", Forward::NAMES)? {
        Some(forward) if !is_forward => {
            Err(top.wrong(&forward.span, "forward: goes with mode = \"forward\""))
        }
        Some(forward) => Ok(Some(forward.value)),
        None => Ok(is_forward.then_some(Forward::All)),
    }
}
