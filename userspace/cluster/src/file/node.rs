// SPDX-License-Identifier: GPL-2.0-only

//! A `[[node]]` of the file.

use std::fmt;
use std::str::FromStr;

use logic::owners::RANKS;
use ssi_netlink::spec::{BUCKETS_MAX, Hook};

use crate::failure::Failure;
use crate::file::section::Section;
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
    "state",
    "owns",
    "gains",
    "cold",
];
/// What ssid decides.
const DECISIONS: &[&str] = &["state", "owns", "gains", "cold"];
/// Why it is not in the file.
pub const DECIDED: &str = "ssid decides it; with [daemon] take it away";
/// What is said of a key that a static cluster has not.
pub const DAEMON: &str = "goes with a section [daemon]";
/// A node's weight where the file does not say.
pub const WEIGHT: u32 = 100;
/// The longest name of a host.
const NAME_MAX: usize = 64;
const WEIGHT_MAX: i64 = 10_000;
/// A node's priority where the file does not say.
pub const PRIORITY: u32 = 100;
const PRIORITY_MAX: i64 = 1000;

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It takes its share.
    Serving,
    /// It stays, and owns no bucket.
    Draining,
    /// It owns no bucket, and its cluster goes when its connections have ended.
    Leaving,
}

impl State {
    /// All names.
    pub const NAMES: &'static [&'static str] = &["serving", "draining", "leaving"];

    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Draining => "draining",
            Self::Leaving => "leaving",
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Serving, Self::Draining, Self::Leaving]
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or(())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The interface to the other nodes, in mode forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The VLAN of this number over the cluster's interface.
    Vlan(u16),
    /// This one.
    Device(String),
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name, the host's as a rule.
    pub name: String,
    /// Its rank.
    pub rank: u32,
    /// Its number among Corosync's: the rank and 1, unless the file says another.
    pub id: u32,
    /// How much rather than others it is to answer ARP; with `[daemon]`.
    pub priority: u32,
    /// The cluster's interface there; empty where a witness has none.
    pub interface: String,
    /// The interface to the others, in mode forward only.
    pub way: Option<Way>,
    /// Where frames are met.
    pub hook: Hook,
    /// Its share, among those of the others; 0 with `[daemon]` only, for a witness.
    pub weight: u32,
    /// What it does.
    pub state: State,
    /// Its buckets.
    pub owns: Buckets,
    /// Of these, those that this generation moves here from a node that is alive: they wait until that one has
    /// given them away.
    pub gains: Buckets,
    /// Of these, those that this generation moves here from a node that is dead.
    pub cold: Buckets,
}

impl Node {
    /// Whether it counts in quorums only: it serves nothing, and has no cluster in its kernel.
    pub fn is_witness(&self) -> bool {
        self.weight == 0
    }
}

/// What a node may take from the top of the file.
pub struct Common {
    pub interface: Option<String>,
    pub way: Option<Way>,
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
    pub state: At<State>,
    pub owns: Option<At<Buckets>>,
    pub gains: Option<At<Buckets>>,
    pub cold: Option<At<Buckets>>,
    pub node: Node,
}

/// Reads one.
pub fn read(section: &Section<'_>, common: &Common) -> Result<Read, Failure> {
    let name = section.due("name", "\"n1\"", section.parsed("name", host)?)?;
    match common.is_daemon {
        true => section.none_of(DECISIONS, DECIDED)?,
        false => section.none_of(&["id", "priority"], DAEMON)?,
    }
    let ranks = if common.is_daemon { RANKS } else { BUCKETS_MAX };
    let rank = section.number("rank", 0..=i64::from(ranks) - 1)?;
    let rank: At<u32> = section.due("rank", "0", rank)?;
    let id = section.number("id", 1..=i64::from(i32::MAX))?;
    let id = id.unwrap_or(At {
        value: rank.value.saturating_add(1),
        span: rank.span.clone(),
    });
    let priority = section.number("priority", 0..=PRIORITY_MAX)?;
    let least = if common.is_daemon { 0 } else { 1 };
    let weight = section.number("weight", least..=WEIGHT_MAX)?;
    let weight = weight.map_or(WEIGHT, |at| at.value);
    let interface = section.parsed("interface", value::device)?;
    let interface = match interface.map(|at| at.value).or(common.interface.clone()) {
        Some(interface) => interface,
        None if weight == 0 => String::new(),
        None => {
            return Err(section.wrong(
                &section.span(),
                format!(
                    "node {}: give interface, as interface = \"eth0\", here or at the top of the file",
                    name.value
                ),
            ));
        }
    };
    let way = way(section, common.is_forward)?.or(common.way.clone());
    if common.is_forward && way.is_none() && weight > 0 {
        return Err(section.wrong(
            &section.span(),
            format!(
                "node {}: mode forward wants vlan = ID, or forward-interface = \"D2\", here or at the top of the file",
                name.value
            ),
        ));
    }
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
        interface,
        way,
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
        state,
        owns,
        gains,
        cold,
        node,
    })
}

/// `vlan` or `forward-interface` of a section.
pub fn way(section: &Section<'_>, is_forward: bool) -> Result<Option<Way>, Failure> {
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
        (Some(vlan), None) => Ok(Some(Way::Vlan(vlan.value))),
        (None, Some(device)) => Ok(Some(Way::Device(device.value))),
        (None, None) => Ok(None),
    }
}

/// A node's name.
pub fn host(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match (1..=NAME_MAX).contains(&text.len())
        && text.chars().all(allowed)
        && !text.starts_with(['.', '-'])
    {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "a node's name is its host's: 1 to {NAME_MAX} letters, digits, '.', '-' and '_'"
        )),
    }
}

/// A weight on the command line.
pub fn weight(text: &str) -> Result<u32, String> {
    let right = || format!("a weight is a number, 1 to {WEIGHT_MAX}");
    let weight: u32 = value::digits(text).ok_or_else(right)?;
    match (1..=WEIGHT_MAX).contains(&weight.into()) {
        true => Ok(weight),
        false => Err(right()),
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
