// SPDX-License-Identifier: GPL-2.0-only

//! A `[[node]]` of the file.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ssi_netlink::spec::Hook;

use crate::value::{self, Buckets};

/// A node's default weight.
pub const WEIGHT: u32 = 100;
/// The longest name of a host.
const NAME_MAX: usize = 64;
/// The greatest weight.
pub const WEIGHT_MAX: i64 = 10_000;
/// A node's default votes, and the greatest number.
pub const VOTES: u32 = 1;
/// See there.
pub const VOTES_MAX: i64 = 255;
/// A node's default priority.
pub const PRIORITY: u32 = 100;

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

/// The forward interface, in mode forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardInterface {
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
    /// Its number among Corosync's: the rank and 1, unless the file has another.
    pub id: u32,
    /// How much rather than others it is to answer ARP; with `[daemon]`.
    pub priority: u32,
    /// Its votes for a quorum, where the file has the nodes' addresses; else Corosync has them.
    pub votes: u32,
    /// Its addresses for messages of ssid, by link; where no node has any Corosync names them.
    pub addresses: Vec<IpAddr>,
    /// The cluster's interface there; empty where a witness has none.
    pub interface: String,
    /// The interface to the others, in mode forward only.
    pub forward_interface: Option<ForwardInterface>,
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

/// Which of these names of nodes is meant: the same, or else the only one that has the same part before its first dot where
/// one of the two has no other part. So `n1` is `n1.example.org`, and `n1.example.net` is neither.
pub fn meant<'a>(names: impl Iterator<Item = &'a str> + Clone, given: &str) -> Option<usize> {
    if let Some(at) = names.clone().position(|name| name == given) {
        return Some(at);
    }
    let is_short = |name: &str| !name.contains('.');
    let first = |name: &'a str| name.split('.').next();
    let given_first = given.split('.').next();
    let is_same = |name: &'a str| (is_short(name) || is_short(given)) && first(name) == given_first;
    let mut same = names.enumerate().filter(|(_, name)| is_same(name));
    match (same.next(), same.next()) {
        (Some((at, _)), None) => Some(at),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_full_names_are_one_node() {
        let at = |names: &[&str], given: &str| meant(names.iter().copied(), given);
        assert_eq!(at(&["n1", "n2"], "n2.example.org"), Some(1));
        assert_eq!(at(&["n1.example.org", "n2.example.org"], "n2"), Some(1));
        assert_eq!(at(&["n1.a", "n1"], "n1"), Some(1));
        assert_eq!(at(&["n1.a", "n1"], "n1.a"), Some(0));
        // Two full names are two machines, and a short one that may be either is neither.
        assert_eq!(at(&["n1.a", "n2.a"], "n1.b"), None);
        assert_eq!(at(&["n1.a", "n1.b"], "n1"), None);
        assert_eq!(at(&["n1", "n10"], "n"), None);
        assert_eq!(at(&[], "n1"), None);
    }
}
