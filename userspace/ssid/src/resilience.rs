// SPDX-License-Identifier: GPL-2.0-only

//! Resilience of a cluster: what it survives, and in how long, by its file, and by what Corosync has of it: what `ssid --check`
//! shows.

mod loss;
mod losses;
mod text;
mod votes;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use ssi_cluster::file::Node;
use ssi_cluster::file::daemon::{Engine, TwoNode};
use ssi_group_comm::corosync::Device;
use ssi_group_comm::datagram::NodeList;
use ssi_protocol::Timing;

use crate::agent::{by_datagrams, detection, gap};
use crate::config::Config;

pub use loss::{Loss, Served, What};
pub use votes::Votes;

use losses::Cluster;

/// What a cluster survives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Resilience {
    /// The cluster's name.
    pub cluster: String,
    /// The cluster file.
    pub file: String,
    /// The node that this is.
    pub node: String,
    /// Nodes that serve.
    pub serving: u32,
    /// Nodes that count for the quorum only.
    pub witnesses: u32,
    /// Each node's votes, by its name; one, where Corosync has them and does not answer.
    pub votes: Votes,
    /// Whether Corosync has them and does not answer.
    pub votes_assumed: bool,
    /// So many votes make a quorum.
    pub quorum: u32,
    /// So many nodes may be lost at a time, whichever they are.
    pub survives: u32,
    /// So many more may be lost, once it is confirmed that they are dead.
    pub survives_fenced: u32,
    /// Milliseconds after which nobody else can have the lease of a node that is gone.
    pub lease_over: u64,
    /// Corosync's token timeout, ms, with the engine `corosync`; none where no Corosync answers.
    pub token: Option<u64>,
    /// Milliseconds that the others need to find out that a node is gone, and to agree on it: by datagrams, or by Corosync's
    /// token; none where that is not known.
    pub detection: Option<u64>,
    /// Milliseconds after which the buckets of a node that is gone are served again; none where that is not known, or depends on
    /// who confirms that it is dead.
    pub takeover: Option<u64>,
    /// Where Corosync's quorum device is asked, which does not count here; `-` where that is no machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// What may be lost, and what is served then.
    pub losses: Vec<Loss>,
    /// What the cluster will not survive and might, a sentence each.
    pub warnings: Vec<String>,
    /// Why the cluster cannot work, a sentence each.
    pub refused: Vec<String>,
}

impl Resilience {
    /// Of a file, and of the Corosync that runs here, if one does: its token and its node list.
    pub fn of(config: &Config, token: Option<Duration>, list: Option<&NodeList>) -> Self {
        let votes_of = |node: &Node| match list.and_then(|list| list.get(&node.id)) {
            Some(listed) if !config.names_nodes() => listed.votes,
            _ => node.votes,
        };
        let nodes = &config.file.nodes;
        let witnesses = count(nodes.iter().filter(|node| node.is_witness()).count());
        let votes = nodes.iter();
        let votes = Votes(votes.map(|n| (n.name.clone(), votes_of(n))).collect());
        // A confirmation counts where neither is a majority alone.
        let is_fenced = config.daemon.two_node == Some(TwoNode::Fenced);
        let timing = &config.daemon.timing;
        let token = token.map(|token| u64::try_from(token.as_millis()).unwrap_or(u64::MAX));
        let detection = match config.daemon.engine {
            Engine::Datagram => Some(by_datagrams(patience(config), timing)),
            Engine::Corosync | Engine::Alone => token.map(detection),
        };
        let lease_over = timing.surely(timing.lease());
        let mut resilience = Self {
            cluster: config.file.name.clone(),
            file: config.path.display().to_string(),
            node: config.me.name.clone(),
            serving: count(nodes.len()) - witnesses,
            witnesses,
            quorum: votes.quorum(),
            survives: votes.survives(),
            survives_fenced: u32::from(is_fenced && votes.are_equal()),
            votes,
            votes_assumed: list.is_none()
                && !config.names_nodes()
                && config.daemon.engine != Engine::Alone,
            lease_over,
            token: token.filter(|_| config.daemon.engine == Engine::Corosync),
            detection,
            takeover: detection.map(|ms| ms.max(lease_over)),
            ..Self::default()
        };
        resilience.losses = resilience.cluster(config, list).losses();
        if resilience.survives_fenced > 0 {
            // It depends on who confirms.
            resilience.takeover = None;
        }
        if config.daemon.engine != Engine::Alone {
            resilience.warn(timing, is_fenced);
        }
        resilience
    }

    /// What decides which losses cost what.
    fn cluster(&self, config: &Config, list: Option<&NodeList>) -> Cluster {
        let nodes = || config.file.nodes.iter();
        let names = |is_one: fn(&Node) -> bool| -> BTreeSet<String> {
            let some = nodes().filter(|node| is_one(node));
            some.map(|node| node.name.clone()).collect()
        };
        let timing = &config.daemon.timing;
        Cluster {
            engine: config.daemon.engine,
            votes: self.votes.clone(),
            serving: names(|node| !node.is_witness()),
            on_interface: names(|node| !node.interface.is_empty()),
            links: links(config, list),
            is_fenced: self.survives_fenced > 0,
            takeover: self.takeover,
            lease_over: self.lease_over,
            // It lasts for `patience` until nothing is heard, and counts when it has lasted for as long again.
            silence: by_datagrams(patience(config).saturating_mul(2), timing),
        }
    }

    /// Corosync has a quorum device. What the cluster survives is as without one.
    pub fn beside(&mut self, device: &Device, config: &Config) {
        let host = device.host.as_deref();
        self.device = Some(host.unwrap_or("-").to_owned());
        match config.daemon.engine {
            Engine::Alone => {}
            Engine::Corosync => self.refused.push(
                "corosync has a quorum device, and the engine \"corosync\" makes no group then: remove the section device from \
                 corosync.conf, or take the engine \"datagram\", which does not mind it"
                    .to_owned(),
            ),
            Engine::Datagram if self.witnesses == 0 && self.survives == 0 => {
                self.warnings.push(format!(
                    "the vote of corosync's quorum device does not count here, as no lease can rest on it: run ssid on {} as \
                     well, a [[node]] with weight = 0, and give all nodes' addresses",
                    host.unwrap_or("a third machine")
                ));
            }
            Engine::Datagram => {}
        }
    }

    fn warn(&mut self, timing: &Timing, is_fenced: bool) {
        let all = self.serving.saturating_add(self.witnesses);
        let survives = self.survives.saturating_add(self.survives_fenced);
        let essential = self.votes.essential().len();
        if survives == 0 && all > 1 && essential == self.votes.0.len() {
            self.warnings.push(format!(
                "with one of {all} nodes gone the other is no majority, and nothing is served, whatever a quorum device says: add a witness on a third \
                 machine, a [[node]] with weight = 0, or give two-node = \"fenced\" where fencing confirms who is dead"
            ));
        }
        self.warn_of_votes(is_fenced);
        if self.serving <= survives {
            self.warnings.push(format!(
                "{} of {all} nodes serve: with {} gone nobody may be left to",
                self.serving, self.serving
            ));
        }
        // All would stop at each loss, and the file is there to be mended.
        self.refused
            .extend(self.detection.and_then(|detection| gap(timing, detection)));
    }

    /// Warns of nodes that have so many votes that the others cannot go on, though these may be lost.
    fn warn_of_votes(&mut self, is_fenced: bool) {
        let essential = self.votes.essential();
        if essential.is_empty() || essential.len() == self.votes.0.len() {
            return;
        }
        let all = self.votes.sum();
        let names: Vec<String> = essential
            .iter()
            .map(|(name, votes)| format!("{name} has {votes} of {all} votes"))
            .collect();
        let fencing = match is_fenced {
            true => "; no confirmation that it is dead counts: give both nodes as many votes",
            false => "",
        };
        self.warnings.push(format!(
            "{}: without it the others are no majority, and nothing is served{fencing}",
            names.join(", ")
        ));
    }
}

/// The networks between nodes, by number, with the names of those on each: one, where nobody says which.
fn links(config: &Config, list: Option<&NodeList>) -> BTreeMap<u8, BTreeSet<String>> {
    let mut all: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
    for node in &config.file.nodes {
        let numbers: Vec<u8> = match list.and_then(|list| list.get(&node.id)) {
            _ if config.names_nodes() => (0..).zip(&node.addresses).map(|(n, _)| n).collect(),
            Some(listed) => listed.addresses.keys().copied().collect(),
            None => vec![0],
        };
        for number in numbers {
            all.entry(number).or_default().insert(node.name.clone());
        }
    }
    all
}

fn patience(config: &Config) -> u64 {
    u64::try_from(config.daemon.patience.as_millis()).unwrap_or(u64::MAX)
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
