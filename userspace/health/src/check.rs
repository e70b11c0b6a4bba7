// SPDX-License-Identifier: GPL-2.0-only

//! What is checked how.

use std::net::SocketAddr;
use std::time::Duration;

/// A check of the local service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name in the cluster file.
    pub name: String,
    /// What is done.
    pub kind: Kind,
    /// From one beginning to the next.
    pub interval: Duration,
    /// What takes longer is bad.
    pub timeout: Duration,
    /// So many good results in a row make it good.
    pub rise: u32,
    /// So many bad ones make it bad.
    pub fall: u32,
    /// What a node does while it is bad.
    pub then: Then,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A connection has to be accepted.
    Tcp(SocketAddr),
    /// A GET of this URL has to be answered with a status of 2xx or 3xx.
    Http(String),
    /// A program with its arguments has to end with exit status 0.
    Command(Vec<String>),
    /// A unit of systemd has to be active.
    Unit(String),
}

/// What a node does while a check is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It gives its buckets away, and serves the connections that it has.
    Drain,
    /// It gives its buckets away with their connections.
    Drop,
}
