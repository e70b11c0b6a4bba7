// SPDX-License-Identifier: GPL-2.0-only

//! What a configuration says of a cluster, whatever its format.

use std::net::IpAddr;

use crate::value::Mac;

/// What of a client decides who serves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// Nothing did: one node served all.
    #[default]
    None,
    /// A hash of its address.
    Source,
    /// A hash of its address and port.
    SourcePort,
    /// A hash of its network.
    Network,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name as the configuration has it.
    pub name: String,
    /// Its weight, where that is not 100.
    pub weight: Option<u32>,
}

/// What was looked after of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// The key of `[[check]]`: `tcp`, `http` or `command`.
    pub key: &'static str,
    /// Its value; of a command, its words.
    pub value: Vec<String>,
    /// Seconds between two of them.
    pub interval: Option<u32>,
    /// So many bad answers are one too many.
    pub fall: Option<u32>,
    /// So many good ones are enough.
    pub rise: Option<u32>,
}

/// A cluster.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The resource's name.
    pub name: String,
    /// Its addresses.
    pub vips: Vec<IpAddr>,
    /// The interface.
    pub interface: Option<String>,
    /// Its nodes, where they are named.
    pub nodes: Vec<Node>,
    /// How many there are, where that is said.
    pub count: Option<u32>,
    /// What decides.
    pub spread: Spread,
    /// The MAC that clients know.
    pub mac: Option<Mac>,
    /// What was looked after.
    pub checks: Vec<Check>,
    /// Whether something gives a dead node's share to others.
    pub runs_itself: bool,
    /// What has no counterpart or is to be looked at, a sentence each.
    pub notes: Vec<String>,
}

impl Found {
    /// What people call it.
    pub fn label(&self) -> String {
        match (self.name.as_str(), self.vips.first()) {
            ("", Some(vip)) => vip.to_string(),
            ("", None) => "one without a name".to_owned(),
            (name, _) => name.to_owned(),
        }
    }

    /// Whether it is the one that is meant by a name or an address.
    pub fn is(&self, text: &str) -> bool {
        self.name == text || self.vips.iter().any(|vip| vip.to_string() == text)
    }

    /// Notes something.
    pub fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    /// Has an address once.
    pub fn vip(&mut self, address: IpAddr) {
        if !self.vips.contains(&address) {
            self.vips.push(address);
        }
    }
}

/// An address with or without the length of a prefix; which length it is does not matter here.
pub fn address(text: &str) -> Option<IpAddr> {
    let bare = text.split_once('/').map_or(text, |(address, _)| address);
    bare.parse().ok()
}

/// A number as people write it, also hexadecimal.
pub fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}
