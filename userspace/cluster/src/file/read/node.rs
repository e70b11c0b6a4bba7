// SPDX-License-Identifier: GPL-2.0-only

//! Reading a `[[node]]`.

use std::net::IpAddr;

use logic::owners::RANKS;
use ssi_netlink::spec::{BUCKETS_MAX, Hook};

use crate::failure::Failure;
use crate::file::node::{
    ForwardInterface, Node, PRIORITY, State, VOTES, VOTES_MAX, WEIGHT, WEIGHT_MAX, host,
};
use crate::file::read::section::Section;
use crate::file::source::At;
use crate::value::{self, Buckets};

/// The keys that a node may have.
pub const KEYS: &[&str] = &[
    "name",
    "rank",
    "interface",
    "forward-interface",
    "vlan",
    "hook",
    "weight",
    "id",
    "priority",
    "addresses",
    "votes",
    "state",
    "owns",
    "gains",
    "cold",
];
/// What ssid decides.
const DECISIONS: &[&str] = &["state", "owns", "gains", "cold"];
/// Why it is not in the file.
pub const DECIDED: &str = "ssid decides it; with [daemon] take it away";
/// The hint for a key that a static cluster does not have.
pub const DAEMON: &str = "goes with a section [daemon]";
const PRIORITY_MAX: i64 = 1000;

/// What a node may take from the top of the file.
pub struct Common {
    pub interface: Option<String>,
    pub forward_interface: Option<ForwardInterface>,
    pub hook: Option<Hook>,
    pub is_forward: bool,
    pub is_daemon: bool,
    pub buckets: u32,
}

/// A node as read, with the places that checks of the whole file want.
pub struct Read {
    pub name: At<String>,
    pub rank: At<u32>,
    pub id: At<u32>,
    pub addresses: Option<At<Vec<At<IpAddr>>>>,
    pub votes: Option<At<u32>>,
    pub state: At<State>,
    pub owns: Option<At<Buckets>>,
    pub gains: Option<At<Buckets>>,
    pub cold: Option<At<Buckets>>,
    pub node: Node,
}

/// Reads one.
pub fn read(section: &Section<'_>, common: &Common) -> Result<Read, Failure> {
    let name = section.due("name", "\"n1\"", section.parsed("name", host)?)?;
    let (rank, id) = numbers(section, common.is_daemon)?;
    let priority = section.number("priority", 0..=PRIORITY_MAX)?;
    let addresses = section.list("addresses", address)?;
    let votes = section.number("votes", 0..=VOTES_MAX)?;
    let least = if common.is_daemon { 0 } else { 1 };
    let weight = section.number("weight", least..=WEIGHT_MAX)?;
    let weight = weight.map_or(WEIGHT, |at| at.value);
    let (interface, forward_interface) = interfaces(section, common, &name.value, weight == 0)?;
    let hook = section.choice("hook", Hook::NAMES)?.map(|at| at.value);
    let state = section.choice("state", State::NAMES)?.unwrap_or(At {
        value: State::Serving,
        span: section.span(),
    });
    let buckets = |key| section.parsed(key, |text| list(text, common.buckets));
    let (owns, gains, cold) = (buckets("owns")?, buckets("gains")?, buckets("cold")?);
    let set = |at: &Option<At<Buckets>>| match at {
        Some(at) => at.value.clone(),
        None => Buckets::none(common.buckets),
    };
    let node = Node {
        name: name.value.clone(),
        rank: rank.value,
        id: id.value,
        priority: priority.map_or(PRIORITY, |at| at.value),
        votes: votes.as_ref().map_or(VOTES, |at: &At<u32>| at.value),
        addresses: addresses
            .iter()
            .flat_map(|all| all.value.iter().map(|at| at.value))
            .collect(),
        interface,
        forward_interface,
        hook: hook.or(common.hook).unwrap_or(Hook::Auto),
        weight,
        state: state.value,
        owns: set(&owns),
        gains: set(&gains),
        cold: set(&cold),
    };
    Ok(Read {
        name,
        rank,
        id,
        addresses,
        votes,
        state,
        owns,
        gains,
        cold,
        node,
    })
}

fn address(text: &str) -> Result<IpAddr, String> {
    let address: Option<IpAddr> = text.parse().ok();
    let is_unicast = |it: &IpAddr| !it.is_unspecified() && !it.is_multicast();
    address
        .filter(is_unicast)
        .ok_or_else(|| "give an address of the node's own, as \"10.0.0.1\"".to_owned())
}

/// The rank and the id.
fn numbers(section: &Section<'_>, is_daemon: bool) -> Result<(At<u32>, At<u32>), Failure> {
    match is_daemon {
        true => section.none_of(DECISIONS, DECIDED)?,
        false => section.none_of(&["id", "priority", "addresses", "votes"], DAEMON)?,
    }
    let ranks = if is_daemon { RANKS } else { BUCKETS_MAX };
    let rank = section.number("rank", 0..=i64::from(ranks) - 1)?;
    let rank: At<u32> = section.due("rank", "0", rank)?;
    let id = section.number("id", 1..=i64::from(i32::MAX))?;
    let id = id.unwrap_or(At {
        value: rank.value.saturating_add(1),
        span: rank.span.clone(),
    });
    Ok((rank, id))
}

/// The cluster's interface, and that to the others in mode forward. A witness needs none.
fn interfaces(
    section: &Section<'_>,
    common: &Common,
    name: &str,
    is_witness: bool,
) -> Result<(String, Option<ForwardInterface>), Failure> {
    let missing = |what: &str| {
        let sentence = format!("node {name}: {what}, here or at the top of the file");
        section.wrong(&section.span(), sentence)
    };
    let interface = section.parsed("interface", value::device)?;
    let interface = match interface.map(|at| at.value).or(common.interface.clone()) {
        Some(interface) => interface,
        None if is_witness => String::new(),
        None => return Err(missing("give interface, as interface = \"eth0\"")),
    };
    let forward_interface =
        forward_interface(section, common.is_forward)?.or(common.forward_interface.clone());
    match common.is_forward && forward_interface.is_none() && !is_witness {
        true => Err(missing(
            "mode forward wants vlan = ID, or forward-interface = \"D2\"",
        )),
        false => Ok((interface, forward_interface)),
    }
}

/// `vlan` or `forward-interface` of a section.
pub fn forward_interface(
    section: &Section<'_>,
    is_forward: bool,
) -> Result<Option<ForwardInterface>, Failure> {
    let vlan: Option<At<u16>> = section.number("vlan", 1..=4094)?;
    let device = section.parsed("forward-interface", value::device)?;
    let unused = |key, span| {
        let sentence = format!("{key}: goes with mode = \"forward\"");
        Err(section.wrong(span, sentence))
    };
    match (vlan, device) {
        (Some(vlan), _) if !is_forward => unused("vlan", &vlan.span),
        (_, Some(device)) if !is_forward => unused("forward-interface", &device.span),
        (Some(vlan), Some(_)) => Err(section.wrong(
            &vlan.span,
            "vlan: not together with forward-interface; give one of them",
        )),
        (Some(vlan), None) => Ok(Some(ForwardInterface::Vlan(vlan.value))),
        (None, Some(device)) => Ok(Some(ForwardInterface::Device(device.value))),
        (None, None) => Ok(None),
    }
}

fn list(text: &str, buckets: u32) -> Result<Buckets, String> {
    // What follows from ranks is not what the file is for, and would be read differently by each node.
    match text == "mod" || text.starts_with("hex:") {
        true => Err("give buckets as 0-3,7,16-20, or one of none, all".to_owned()),
        false => Buckets::parse(text, buckets).map_err(|right| {
            right.replace(", or one of mod, none, all, hex:…", ", or one of none, all")
        }),
    }
}
