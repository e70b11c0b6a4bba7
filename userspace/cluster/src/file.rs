// SPDX-License-Identifier: GPL-2.0-only

//! The cluster file, the same text on all nodes: a static cluster's nodes and bucket table, or a cluster that ssid
//! runs, which has a section `[daemon]`. It is checked whole when it is read, by [`ClusterFile::read`]; a static one
//! is put in force by `ssictl apply`, and changed by [`edit`](crate::edit).

pub mod check;
pub mod daemon;
pub mod hours;
mod node;
pub mod place;
pub mod read;
pub mod source;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use logic::owners::RANKS;
use ssi_netlink::Request;
use ssi_netlink::spec::{Forward, Hash, Hook, Mode, ReplyMac};

use crate::failure::Failure;
use crate::file::source::Source;
use crate::value::{ClientKey, Key, MacChoice, NoSecret, Secret, Seed, Vip};

pub use check::Check;
pub use daemon::Daemon;
pub use node::{ForwardInterface, Node, PRIORITY, State, VOTES, WEIGHT, host, meant, weight};

/// The greatest generation: what the kernel makes of it stays far from its own limits.
pub const GENERATION_MAX: i64 = 1_000_000_000_000;

/// A cluster, as its file has it.
#[derive(Clone, Debug)]
pub struct ClusterFile {
    /// The text and its path.
    pub source: Source,
    /// The cluster's name.
    pub name: String,
    /// Its addresses, one at least.
    pub vips: Vec<Vip>,
    /// How requests reach the nodes.
    pub mode: Mode,
    /// To whom they are sent on; mode forward only.
    pub forward: Option<Forward>,
    /// Number of buckets.
    pub buckets: u32,
    /// What a bucket is taken of.
    pub hash: Hash,
    /// The hash's key, with [`Hash::Siphash`] only.
    pub seed: Option<Seed>,
    /// What of a client makes its bucket.
    pub client_key: ClientKey,
    /// The file that has the key that the nodes share; mode forward only.
    pub key_file: Option<String>,
    /// The MAC.
    pub mac: MacChoice,
    /// The IP multicast group, with [`MacChoice::Group`] only.
    pub group: Option<IpAddr>,
    /// Source MAC of replies.
    pub reply_mac: ReplyMac,
    /// How long a drain may take, in seconds.
    pub drain_time: u32,
    /// After how many seconds the master announces the addresses again; 0: never.
    pub announce_every: u32,
    /// By which routers replies leave the interface, one a family at most.
    pub gateways: Vec<IpAddr>,
    /// The interface of nodes that name none.
    pub interface: Option<String>,
    /// The forward interface of nodes that name none.
    pub forward_interface: Option<ForwardInterface>,
    /// The hook of nodes that name none.
    pub hook: Option<Hook>,
    /// The name of the node that answers ARP, one of `nodes`; empty with `daemon`.
    pub master: String,
    /// Number of the bucket table, from 1; of no meaning with `daemon`.
    pub generation: u64,
    /// The nodes, in the file's order; names, ranks and ids are distinct. Each bucket is one's, or with `daemon`,
    /// nobody's.
    pub nodes: Vec<Node>,
    /// How ssid runs it, if it does.
    pub daemon: Option<Daemon>,
    /// A warning about the file as it was read: it has a secret, and others may read it.
    pub remark: Option<String>,
}

impl ClusterFile {
    /// The key that the nodes share, read from its file now: who only looks at this file need not have it.
    ///
    /// # Errors
    ///
    /// There is no such file, or no key in it.
    pub fn key(&self) -> Result<Option<Key>, Failure> {
        let Some(path) = &self.key_file else {
            return Ok(None);
        };
        let failed =
            |why| Failure::Refused(format!("{}: key-file {path}: {why}", self.source.path));
        let secret: Secret<Key> = path.parse().map_err(|why: NoSecret| failed(why))?;
        Ok(Some(secret.value))
    }

    /// Attributes of the kernel's cluster that are given as they are in the file.
    pub fn settings(&self) -> Request {
        let daemon = self.daemon.as_ref().map(|daemon| daemon.settings.clone());
        Request {
            drain_time: Some(self.drain_time),
            announce_every: Some(self.announce_every),
            ..daemon.unwrap_or_default()
        }
    }

    /// The gateways, if there are any: another cluster of the interface may have some.
    pub fn gateways_given(&self) -> Option<Vec<IpAddr>> {
        (!self.gateways.is_empty()).then(|| self.gateways.clone())
    }

    /// The node that is [meant] by this name, short or full.
    pub fn node(&self, name: &str) -> Option<&Node> {
        let names = self.nodes.iter().map(|node| node.name.as_str());
        meant(names, name).and_then(|at| self.nodes.get(at))
    }

    /// The node that this machine is, or the one that is given.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn this(&self, machine: &str, given: Option<&str>) -> Result<&Node, Failure> {
        let found = self.node(given.unwrap_or(machine));
        let (path, names, name) = (&self.source.path, self.names(), &self.name);
        found.ok_or_else(|| {
            Failure::Refused(match given {
                Some(given) => format!(
                    "--node {given}: {path} has {names}; on a node that is no longer one of them: ssictl cluster del {name}"
                ),
                None => format!(
                    "{path}: this machine is {machine}, and the nodes are {names}: give --node NAME; on a node that is no \
                     longer one of them: ssictl cluster del {name}"
                ),
            })
        })
    }

    /// The nodes' names, for sentences.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.nodes.iter().map(|node| node.name.as_str()).collect();
        names.join(", ")
    }

    /// The daemon's part.
    ///
    /// # Errors
    ///
    /// The cluster is static.
    pub fn daemon(&self) -> Result<&Daemon, Failure> {
        self.daemon.as_ref().ok_or_else(|| {
            Failure::Refused(format!(
                "{}: there is no section [daemon], so ssid is not to run this cluster: add it, or use ssictl apply",
                self.source.path
            ))
        })
    }

    /// Refuses what people do with static clusters only, where ssid runs this one.
    ///
    /// # Errors
    ///
    /// It does.
    pub fn by_hand(&self, verb: &str) -> Result<(), Failure> {
        match self.daemon {
            None => Ok(()),
            Some(_) => Err(Failure::Refused(format!(
                "{}: [daemon] is there, so ssid runs this cluster, and ssictl {verb} does not: start ssid on its \
                 nodes, or take [daemon] away",
                self.source.path
            ))),
        }
    }

    /// The kernel's number of nodes. It does not change while ssid runs a cluster, whoever joins: only with a new table
    /// could it, and that would end the lease.
    pub fn kernel_nodes(&self) -> u32 {
        match self.daemon {
            Some(_) => RANKS,
            None => self.ranks(),
        }
    }

    /// Number of ranks, which run from 0.
    pub fn ranks(&self) -> u32 {
        let ranks = self.nodes.iter().map(|node| node.rank);
        ranks.max().map_or(0, |last| last.saturating_add(1))
    }
}
