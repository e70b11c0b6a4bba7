// SPDX-License-Identifier: GPL-2.0-only

//! A `[[check]]` of the file: what of the local service ssid looks after.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

/// How a service is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It takes a connection at this address.
    Tcp(SocketAddr),
    /// It answers a request for this address with a status of 200 to 399.
    Http(String),
    /// This program, at an absolute path, with its arguments, ends with 0.
    Command(Vec<String>),
    /// This unit of systemd is active.
    Unit(String),
}

/// What becomes of a node whose service does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// Its buckets move to the others, and its connections stay with it until they end.
    #[default]
    Drain,
    /// Its buckets move, and its connections are dropped.
    Drop,
}

impl Then {
    /// All names.
    pub const NAMES: &'static [&'static str] = &["drain", "drop"];

    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Drop => "drop",
        }
    }
}

impl FromStr for Then {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Drain, Self::Drop]
            .into_iter()
            .find(|then| then.name() == text)
            .ok_or(())
    }
}

impl fmt::Display for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name; no other check has it.
    pub name: String,
    /// How the service is asked.
    pub kind: Kind,
    /// How often.
    pub interval: Duration,
    /// How long it may take to answer; at most `interval`.
    pub timeout: Duration,
    /// So many good answers, one after the other, make a bad service a good one.
    pub rise: u32,
    /// So many bad ones make a good service a bad one.
    pub fall: u32,
    /// What becomes of the node then.
    pub then: Then,
    /// The nodes that run it; none: all.
    pub nodes: Option<Vec<String>>,
}

impl Check {
    /// Whether the node of this name runs it.
    pub fn is_for(&self, node: &str) -> bool {
        self.nodes
            .as_ref()
            .is_none_or(|nodes| nodes.iter().any(|name| name == node))
    }
}
