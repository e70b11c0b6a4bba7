// SPDX-License-Identifier: GPL-2.0-only

//! What a cluster survives, and in how long, by its file and by Corosync's token: what `ssid --check` shows.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use ssi_cluster::file::Node;
use ssi_cluster::file::VOTES;
use ssi_cluster::file::daemon::{Engine, TwoNode};
use ssi_group_comm::corosync::Device;
use ssi_group_comm::datagram::NodeList;
use ssi_protocol::Timing;

use crate::agent::{by_datagrams, detection, gap};
use crate::config::Config;

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
    pub votes: BTreeMap<String, u32>,
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
    /// Corosync's token timeout, ms; none where no Corosync answers.
    pub token: Option<u64>,
    /// Milliseconds that Corosync needs to find out that a node is gone, and to agree on it.
    pub detection: Option<u64>,
    /// Milliseconds after which the buckets of a node that is gone are served again; none where the token is not known.
    pub takeover: Option<u64>,
    /// Where Corosync's quorum device is asked, which does not count here; `-` where that is no machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// What the cluster will not survive and might, a sentence each.
    pub warnings: Vec<String>,
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
        let all = count(nodes.len());
        let votes: BTreeMap<String, u32> = nodes
            .iter()
            .map(|node| (node.name.clone(), votes_of(node)))
            .collect();
        // A confirmation counts where neither is a majority alone.
        let is_fenced = config.daemon.two_node == Some(TwoNode::Fenced);
        let are_equal = votes
            .values()
            .all(|one| votes.values().all(|other| one == other));
        let timing = &config.daemon.timing;
        let token = token.map(|token| u64::try_from(token.as_millis()).unwrap_or(u64::MAX));
        let detection = match config.daemon.engine {
            Engine::Datagram => Some(by_datagrams(patience(config), timing)),
            Engine::Corosync | Engine::Alone => token.map(detection),
        };
        let mut resilience = Self {
            cluster: config.file.name.clone(),
            file: config.path.display().to_string(),
            node: config.me.name.clone(),
            serving: all - witnesses,
            witnesses,
            quorum: sum(&votes) / 2 + 1,
            survives: survives(&votes),
            votes,
            votes_assumed: list.is_none()
                && !config.names_nodes()
                && config.daemon.engine != Engine::Alone,
            survives_fenced: u32::from(is_fenced && are_equal),
            lease_over: timing.surely(timing.lease()),
            token: token.filter(|_| config.daemon.engine == Engine::Corosync),
            detection,
            takeover: detection.map(|ms| ms.max(timing.surely(timing.lease()))),
            device: None,
            warnings: Vec::new(),
        };
        if resilience.survives_fenced > 0 {
            // It depends on who confirms.
            resilience.takeover = None;
        }
        if config.daemon.engine != Engine::Alone {
            resilience.warn(timing, is_fenced);
        }
        resilience
    }

    /// Corosync has a quorum device. What the cluster survives is as without one.
    pub fn beside(&mut self, device: &Device, config: &Config) {
        let host = device.host.as_deref();
        self.device = Some(host.unwrap_or("-").to_owned());
        match config.daemon.engine {
            Engine::Alone => {}
            Engine::Corosync => self.warnings.push(
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
        let essential = self.essential();
        if survives == 0 && all > 1 && essential.len() == self.votes.len() {
            self.warnings.push(format!(
                "with one of {all} nodes gone the other is no majority, and nothing is served, whatever a quorum device says: add a witness on a third \
                 machine, a [[node]] with weight = 0, or give two-node = \"fenced\" where fencing confirms who is dead"
            ));
        }
        self.warn_of_votes(&essential, is_fenced);
        if self.serving <= survives {
            self.warnings.push(format!(
                "{} of {all} nodes serve: with {} gone nobody may be left to",
                self.serving, self.serving
            ));
        }
        self.warnings
            .extend(self.detection.and_then(|detection| gap(timing, detection)));
    }
}

impl Resilience {
    fn are_ones(&self) -> bool {
        self.votes.values().all(|votes| *votes == VOTES)
    }

    /// Nodes without which the others are no majority.
    fn essential(&self) -> Vec<(String, u32)> {
        let all = sum(&self.votes);
        let votes = self.votes.iter();
        let votes = votes.filter(|(_, votes)| all.saturating_sub(**votes) < self.quorum);
        votes.map(|(name, votes)| (name.clone(), *votes)).collect()
    }

    /// Warns of nodes that have so many votes that the others cannot go on, though these may be lost.
    fn warn_of_votes(&mut self, essential: &[(String, u32)], is_fenced: bool) {
        if essential.is_empty() || essential.len() == self.votes.len() {
            return;
        }
        let all = sum(&self.votes);
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

impl fmt::Display for Resilience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            serving,
            witnesses,
            quorum,
            ..
        } = self;
        let all = serving.saturating_add(*witnesses);
        writeln!(
            f,
            "{} by {}, as node {}",
            self.cluster, self.file, self.node
        )?;
        writeln!(
            f,
            "  nodes      {serving} that serve, {witnesses} that only vote; {quorum} of {} make a quorum{}",
            match self.are_ones() {
                true => all.to_string(),
                false => format!("{} votes", sum(&self.votes)),
            },
            match self.votes_assumed {
                true => ", if each has one vote in corosync.conf: no Corosync answers here",
                false => "",
            }
        )?;
        if !self.are_ones() {
            let votes = self.votes.iter();
            let votes: Vec<String> = votes
                .map(|(name, votes)| format!("{name} {votes}"))
                .collect();
            writeln!(f, "  votes      {}", votes.join(", "))?;
        }
        match self.survives {
            0 if self.survives_fenced > 0 => writeln!(
                f,
                "  survives   one node's loss, once its fencing is confirmed: by Pacemaker (ssi-fenced), or ssictl confirm-dead"
            )?,
            0 => writeln!(f, "  survives   no node's loss")?,
            1 => writeln!(f, "  survives   one node's loss")?,
            more => writeln!(f, "  survives   the loss of {more} nodes at a time")?,
        }
        if let Some(host) = &self.device {
            writeln!(
                f,
                "  device     Corosync's ({host}) counts for Corosync and Pacemaker, and not here"
            )?;
        }
        let lease = self.lease_over;
        match (self.takeover, self.detection, self.token) {
            (Some(takeover), Some(detection), Some(token)) => writeln!(
                f,
                "  takeover   {takeover} ms after a node is gone: Corosync, with a token of {token} ms, knows it after \
                 {detection}, and its lease is surely over after {lease}"
            )?,
            (Some(takeover), Some(detection), None) => writeln!(
                f,
                "  takeover   {takeover} ms after a node is gone: the others know it after {detection} at most, and its lease \
                 is surely over after {lease}"
            )?,
            (None, Some(_), _) => writeln!(
                f,
                "  takeover   {lease} ms after that, when a lease is surely over"
            )?,
            _ => writeln!(
                f,
                "  takeover   {lease} ms after a node is gone, when its lease is surely over, or later: no Corosync answers \
                 here that would say how soon it knows"
            )?,
        }
        writeln!(
            f,
            "  at once    where a node says so itself: no link, a check that fails, drain, leave"
        )?;
        let mut warnings = self.warnings.iter();
        warnings.try_for_each(|warning| writeln!(f, "warning: {warning}"))
    }
}

fn patience(config: &Config) -> u64 {
    u64::try_from(config.daemon.patience.as_millis()).unwrap_or(u64::MAX)
}

fn sum(votes: &BTreeMap<String, u32>) -> u32 {
    votes.values().copied().fold(0, u32::saturating_add)
}

/// How many nodes may be lost at a time: those with most votes go first.
fn survives(votes: &BTreeMap<String, u32>) -> u32 {
    let (all, mut left) = (sum(votes), sum(votes));
    let mut heaviest: Vec<u32> = votes.values().copied().collect();
    heaviest.sort_unstable_by(|a, b| b.cmp(a));
    let lost = heaviest.into_iter().take_while(|votes| {
        left = left.saturating_sub(*votes);
        left > all / 2
    });
    count(lost.count())
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssi_group_comm::datagram::Listed;

    fn config(nodes: &[(&str, u32)], lease: u64) -> Config {
        config_with(nodes, lease, "corosync", "")
    }

    fn config_with(nodes: &[(&str, u32)], lease: u64, engine: &str, more: &str) -> Config {
        let mut text = format!(
            "name = \"store\"\nvips = [\"10.0.0.100/24\"]\ninterface = \"eth0\"\nbuckets = 8\n[daemon]\nengine = \"{engine}\"\nlease = {lease}\n{more}"
        );
        for (rank, (name, weight)) in nodes.iter().enumerate() {
            text += &format!("[[node]]\nname = \"{name}\"\nrank = {rank}\nweight = {weight}\n");
        }
        let folder = std::env::temp_dir().join(format!(
            "ssid-check-{}-{lease}-{}",
            std::process::id(),
            nodes.len()
        ));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("store.toml");
        std::fs::write(&path, text).unwrap();
        let config = Config::read(path.to_str(), Some("n1")).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        config
    }

    #[test]
    fn two_nodes_without_a_witness_survive_nothing() {
        let two = Resilience::of(&config(&[("n1", 100), ("n2", 100)], 1500), None, None);
        assert_eq!((two.quorum, two.survives), (2, 0));
        assert!(two.warnings[0].contains("witness"), "{:?}", two.warnings);
        assert!(two.to_string().contains("no node's loss"), "{two}");
        let three = config(&[("n1", 100), ("n2", 100), ("w", 0)], 1501);
        let three = Resilience::of(&three, None, None);
        assert_eq!((three.serving, three.witnesses, three.survives), (2, 1, 1));
        assert!(three.warnings.is_empty(), "{:?}", three.warnings);
    }

    #[test]
    fn two_nodes_with_fencing_survive_one_once_that_is_confirmed() {
        let two = config_with(
            &[("n1", 100), ("n2", 100)],
            600,
            "datagram",
            "two-node = \"fenced\"\n",
        );
        let two = Resilience::of(&two, None, None);
        assert_eq!(
            (two.survives, two.survives_fenced, two.takeover),
            (0, 1, None)
        );
        assert!(two.warnings.is_empty(), "{:?}", two.warnings);
        let text = two.to_string();
        assert!(
            text.contains("one node's loss, once its fencing is confirmed")
                && text.contains("takeover   613 ms after that"),
            "{text}"
        );
    }

    #[test]
    fn a_quorum_device_is_no_voter_and_its_machine_is_where_one_may_run() {
        let device = Device {
            host: Some("10.8.0.3".to_owned()),
        };
        let of = |nodes: &[(&str, u32)], lease, engine| {
            let config = config_with(nodes, lease, engine, "");
            let mut resilience = Resilience::of(&config, None, None);
            resilience.beside(&device, &config);
            resilience
        };
        let two = of(&[("n1", 100), ("n2", 100)], 603, "datagram");
        assert_eq!(two.survives, 0);
        assert!(
            two.warnings[1].contains("run ssid on 10.8.0.3 as well"),
            "{:?}",
            two.warnings
        );
        let three = of(&[("n1", 100), ("n2", 100), ("w", 0)], 604, "datagram");
        assert_eq!((three.survives, three.warnings.len()), (1, 0));
        assert!(
            three
                .to_string()
                .contains("device     Corosync's (10.8.0.3) counts for Corosync"),
            "{three}"
        );
        let refused = of(&[("n1", 100), ("n2", 100), ("w", 0)], 605, "corosync");
        assert!(
            refused.warnings[0].contains("remove the section device"),
            "{:?}",
            refused.warnings
        );
    }

    fn list(votes: &[u32]) -> NodeList {
        let all = (1..).zip(votes);
        all.map(|(node, votes)| {
            let listed = Listed {
                votes: *votes,
                addresses: BTreeMap::new(),
            };
            (node, listed)
        })
        .collect()
    }

    #[test]
    fn votes_of_corosync_count_and_who_has_too_many_is_named() {
        let three = config_with(
            &[("n1", 100), ("n2", 100), ("n3", 100)],
            601,
            "datagram",
            "",
        );
        let of = |votes: &[u32]| Resilience::of(&three, None, Some(&list(votes)));
        let even = of(&[1, 1, 1]);
        assert_eq!((even.quorum, even.survives), (2, 1));
        assert!(
            even.to_string().contains("2 of 3 make a quorum\n"),
            "{even}"
        );
        let heavy = of(&[3, 1, 1]);
        assert_eq!((heavy.quorum, heavy.survives), (3, 0));
        let text = heavy.to_string();
        assert!(
            text.contains("3 of 5 votes make a quorum\n  votes      n1 3, n2 1, n3 1\n"),
            "{text}"
        );
        assert!(
            heavy.warnings[0].contains("n1 has 3 of 5 votes: without it"),
            "{:?}",
            heavy.warnings
        );
        let light = of(&[2, 2, 1]);
        assert_eq!((light.quorum, light.survives), (3, 1));
        assert!(light.warnings.is_empty(), "{:?}", light.warnings);
        let unknown = Resilience::of(&three, None, None);
        let text = unknown.to_string();
        assert!(
            unknown.votes_assumed && text.contains("if each has one vote"),
            "{text}"
        );
    }

    #[test]
    fn of_two_nodes_with_fencing_both_have_as_many_votes() {
        let two = config_with(
            &[("n1", 100), ("n2", 100)],
            602,
            "datagram",
            "two-node = \"fenced\"\n",
        );
        let two = Resilience::of(&two, None, Some(&list(&[2, 1])));
        assert!(
            two.warnings[0].contains("n1 has 2 of 3 votes")
                && two.warnings[0].contains("give both nodes as many votes"),
            "{:?}",
            two.warnings
        );
    }

    #[test]
    fn a_token_that_outlasts_leases_is_reported() {
        let config = config(&[("n1", 100), ("n2", 100), ("n3", 100)], 1500);
        let of = |ms| Resilience::of(&config, Some(Duration::from_millis(ms)), None);
        let fast = of(500);
        assert_eq!((fast.detection, fast.takeover), (Some(1120), Some(1531)));
        assert!(fast.warnings.is_empty(), "{:?}", fast.warnings);
        let slow = of(3000);
        assert_eq!(slow.takeover, Some(6620));
        assert!(
            slow.warnings[0].contains("lease = 6900"),
            "{:?}",
            slow.warnings
        );
    }
}
