// SPDX-License-Identifier: GPL-2.0-only

//! The cluster file, the same text on all nodes: a static cluster's nodes and bucket table, or a cluster that ssid
//! runs, which has a section `[daemon]`. It is checked whole when it is read. What a static one says is done by
//! `ssictl apply`, and changed by `edit`.

mod addresses;
pub mod check;
mod cluster;
pub mod daemon;
pub mod edit;
pub mod hours;
mod node;
pub mod place;
mod section;
pub mod source;
mod table;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::path::Path;

use logic::owners::RANKS;
use ssi_netlink::spec::{Forward, Hash, Hook, Mode, ReplyMac};
use toml_edit::Document;

use crate::failure::Failure;
use crate::file::source::{At, Source};
use crate::value::{Key, MacChoice, Secret, Seed, Vip, secret};

pub use check::Check;
pub use daemon::Daemon;
pub use node::{Node, PRIORITY, State, WEIGHT, Way, host, weight};

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
    /// The interface of nodes that do not say.
    pub interface: Option<String>,
    /// The interface to the others of nodes that do not say.
    pub way: Option<Way>,
    /// The hook of nodes that do not say.
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
    /// What is to be told of the file where it was read: it has a secret, and others may read it.
    pub remark: Option<String>,
}

impl ClusterFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        let failed = |e: io::Error| {
            let text = e.to_string();
            let words = text.split(" (os error").next().unwrap_or_default();
            Failure::Refused(format!("{shown}: {words}"))
        };
        let mut file = File::open(path).map_err(failed)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        let mut read = Self::parse(&shown, text)?;
        if read.has_secret() {
            read.remark = secret::exposed(path, &about);
        }
        // Who only looks at this file need not have that one.
        if let Some(key) = read.key_file.as_deref().map(Path::new) {
            let about = std::fs::metadata(key).ok();
            let remark = about.and_then(|about| secret::exposed(key, &about));
            read.remark = read.remark.or(remark);
        }
        Ok(read)
    }

    fn has_secret(&self) -> bool {
        self.seed.is_some()
    }

    /// Checks a file's bytes whole.
    pub fn parse(path: &str, bytes: Vec<u8>) -> Result<Self, Failure> {
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
            let words = e.message().lines().next().unwrap_or_default();
            source.wrong(&e.span(), format!("this is no TOML: {words}"))
        })?;
        cluster::read(&source, document.as_table())
    }

    /// The key that the nodes share, read from its file now: who only looks at this file need not have it.
    ///
    /// # Errors
    ///
    /// There is no such file, or no key in it.
    pub fn key(&self) -> Result<Option<Key>, Failure> {
        let Some(path) = &self.key_file else {
            return Ok(None);
        };
        let words =
            |words| Failure::Refused(format!("{}: key-file {path}: {words}", self.source.path));
        let secret: Secret<Key> = path.parse().map_err(words)?;
        Ok(Some(secret.value))
    }

    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
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

/// Refuses the second of two equal values.
fn distinct<T: PartialEq>(
    source: &Source,
    values: &[At<T>],
    sentence: impl Fn(&T) -> String,
) -> Result<(), Failure> {
    for (i, at) in values.iter().enumerate() {
        let before = values.get(..i).unwrap_or_default();
        if before.iter().any(|other| other.value == at.value) {
            return Err(source.wrong(&at.span, sentence(&at.value)));
        }
    }
    Ok(())
}
