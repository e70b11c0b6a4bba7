// SPDX-License-Identifier: GPL-2.0-only

//! The section `[daemon]` of the file: ssid runs the cluster, and how.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use ssi_netlink::Request;
use ssi_plan::Limits;
use ssi_protocol::Timing;

use crate::file::check::Check;
use crate::file::hours::Hours;

/// What carries messages between the nodes' daemons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Datagrams of ssid's own; Corosync only names the nodes.
    #[default]
    Datagram,
    /// Corosync, which runs on every node.
    Corosync,
    /// Nothing: there is one node.
    Alone,
}

impl Engine {
    /// All names.
    pub const NAMES: &'static [&'static str] = &["datagram", "corosync", "alone"];

    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Datagram => "datagram",
            Self::Corosync => "corosync",
            Self::Alone => "alone",
        }
    }
}

impl FromStr for Engine {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Datagram, Self::Corosync, Self::Alone]
            .into_iter()
            .find(|engine| engine.name() == text)
            .ok_or(())
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How one of two nodes goes on when the other is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoNode {
    /// Once it is confirmed that the other is dead.
    Fenced,
}

impl TwoNode {
    /// All names.
    pub const NAMES: &'static [&'static str] = &["fenced"];

    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fenced => "fenced",
        }
    }
}

impl FromStr for TwoNode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_so = text == Self::Fenced.name();
        is_so.then_some(Self::Fenced).ok_or(())
    }
}

/// Who stays with a node that drains its bucket, for what it opens anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stick {
    /// A client that has sessions there.
    Client,
}

impl Stick {
    /// All names.
    pub const NAMES: &'static [&'static str] = &["client"];

    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
        }
    }
}

impl FromStr for Stick {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_so = text == Self::Client.name();
        is_so.then_some(Self::Client).ok_or(())
    }
}

/// What is run when buckets or the master come to a node or go from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notify {
    /// Units of this template, with the cluster's name, are started.
    Unit(String),
    /// A program with its arguments.
    Command(Vec<String>),
}

/// How ssid runs a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Daemon {
    /// What carries messages.
    pub engine: Engine,
    /// The name of the engine's group.
    pub group: String,
    /// The port of its datagrams.
    pub port: u16,
    /// How one of two nodes goes on alone; none: it does not.
    pub two_node: Option<TwoNode>,
    /// How long leases are, and what clocks and timers may be wrong by.
    pub timing: Timing,
    /// How long a node may be behind before the others go on without it.
    pub patience: Duration,
    /// Attributes of the kernel's cluster that are given as they are in the file.
    pub settings: Request,
    /// Who stays with a node that drains its bucket; none: nobody.
    pub stick: Option<Stick>,
    /// How far a plan may go; `quiet` is in packets a second.
    pub limits: Limits,
    /// So long levelling leaves a bucket alone that it has moved.
    pub rest: Duration,
    /// When load is not levelled, in local time.
    pub quiet_hours: Vec<Hours>,
    /// Whether a node takes less weight while its processors are busy.
    pub adapt: bool,
    /// How long a node that has recovered takes to its full weight.
    pub comeback: Duration,
    /// Whether ssid runs before the node's other programs, and its memory stays.
    pub realtime: bool,
    /// Where metrics are served, on this machine only; none: nowhere.
    pub metrics: Option<SocketAddr>,
    /// What is run when buckets or the master come or go; none: nothing.
    pub notify: Option<Notify>,
    /// What of the local service is looked after.
    pub checks: Vec<Check>,
}

impl Daemon {
    /// The checks that the node of this name runs.
    pub fn checks_of(&self, node: &str) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.is_for(node))
    }
}

#[cfg(test)]
mod tests;
