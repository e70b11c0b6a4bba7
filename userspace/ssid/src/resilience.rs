// SPDX-License-Identifier: GPL-2.0-only

//! What a cluster survives, and in how long, by its file and by Corosync's token: what `ssid --check` shows.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use ssi_cluster::file::daemon::{Engine, TwoNode};
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
    /// So many nodes make a quorum.
    pub quorum: u32,
    /// So many nodes may be lost at a time.
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
    /// What the cluster will not survive and might, a sentence each.
    pub warnings: Vec<String>,
}

impl Resilience {
    /// Of a file, and of the Corosync that runs here, if one does.
    pub fn of(config: &Config, token: Option<Duration>) -> Self {
        let nodes = &config.file.nodes;
        let witnesses = count(nodes.iter().filter(|node| node.is_witness()).count());
        let all = count(nodes.len());
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
            quorum: all / 2 + 1,
            survives: all.saturating_sub(all / 2 + 1),
            survives_fenced: u32::from(config.daemon.two_node == Some(TwoNode::Fenced)),
            lease_over: timing.surely(timing.lease()),
            token: token.filter(|_| config.daemon.engine == Engine::Corosync),
            detection,
            takeover: detection.map(|ms| ms.max(timing.surely(timing.lease()))),
            warnings: Vec::new(),
        };
        if resilience.survives_fenced > 0 {
            // It depends on who confirms.
            resilience.takeover = None;
        }
        if config.daemon.engine != Engine::Alone {
            resilience.warn(timing);
        }
        resilience
    }

    fn warn(&mut self, timing: &Timing) {
        let all = self.serving.saturating_add(self.witnesses);
        let survives = self.survives.saturating_add(self.survives_fenced);
        if survives == 0 && all > 1 {
            self.warnings.push(format!(
                "with one of {all} nodes gone the other is no majority, and nothing is served, whatever a quorum device says: add a witness on a third \
                 machine, a [[node]] with weight = 0, or give two-node = \"fenced\" where fencing confirms who is dead"
            ));
        }
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
            "  nodes      {serving} that serve, {witnesses} that only vote; {quorum} of {all} make a quorum"
        )?;
        match self.survives {
            0 if self.survives_fenced > 0 => writeln!(
                f,
                "  survives   one node's loss, once its fencing is confirmed: by Pacemaker (ssi-fenced), or ssictl confirm-dead"
            )?,
            0 => writeln!(f, "  survives   no node's loss")?,
            1 => writeln!(f, "  survives   one node's loss")?,
            more => writeln!(f, "  survives   the loss of {more} nodes at a time")?,
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

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let two = Resilience::of(&config(&[("n1", 100), ("n2", 100)], 1500), None);
        assert_eq!((two.quorum, two.survives), (2, 0));
        assert!(two.warnings[0].contains("witness"), "{:?}", two.warnings);
        assert!(two.to_string().contains("no node's loss"), "{two}");
        let three = config(&[("n1", 100), ("n2", 100), ("w", 0)], 1501);
        let three = Resilience::of(&three, None);
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
        let two = Resilience::of(&two, None);
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
    fn a_token_that_outlasts_leases_is_reported() {
        let config = config(&[("n1", 100), ("n2", 100), ("n3", 100)], 1500);
        let of = |ms| Resilience::of(&config, Some(Duration::from_millis(ms)));
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
