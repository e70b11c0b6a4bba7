// SPDX-License-Identifier: GPL-2.0-only

//! ssid, and what it says of all nodes; Corosync.

use crate::doctor::check::{Check, Finding, Looked, each};
use crate::doctor::facts::{ClusterFacts, Facts};

/// A token of Corosync, in milliseconds, below which knet's own timers are too slow for it.
const SHORT_TOKEN: u32 = 1000;

/// They.
pub const CHECKS: &[Check] = &[
    Check {
        id: "daemon-missing",
        title: "ssid is to run the cluster, and does not answer",
        look: daemon_missing,
    },
    Check {
        id: "daemon-trouble",
        title: "ssid says that something is wrong, on this node or another",
        look: daemon_trouble,
    },
    Check {
        id: "node-version",
        title: "nodes have different versions of ssid",
        look: node_version,
    },
    Check {
        id: "knet-timers",
        title: "Corosync's token is short, and knet's timers are not",
        look: knet_timers,
    },
];

fn daemon_missing(facts: &Facts) -> Looked {
    let mut all = Vec::new();
    for name in facts.machine.daemons.keys() {
        let one = facts.clusters.iter().find(|one| one.cluster.name == *name);
        let is_answered = one.is_some_and(|one| one.status.as_ref().is_ok_and(Option::is_some));
        // A cluster that the kernel does not have has no daemon, or one that left.
        let why = one.and_then(|one| one.status.as_ref().err());
        if is_answered || one.is_none() {
            continue;
        }
        let finding = Finding::broken("ssid does not answer: nobody renews this node's lease, and nobody takes what others lose")
            .seen(why.cloned().unwrap_or_else(|| format!("/etc/ssi/{name}.toml has a section [daemon], and no socket is in /run/ssi")))
            .advice("systemctl start ssid; journalctl -u ssid");
        all.extend(one.map(|one| finding.of(one)));
    }
    Ok(all)
}

fn daemon_trouble(facts: &Facts) -> Looked {
    each(facts, |one| {
        let status = one.status.as_ref().ok().and_then(Option::as_ref);
        let serves = status.is_none_or(|status| status.quorate && status.unserved == 0);
        let trouble = status.into_iter().flat_map(|status| &status.trouble);
        trouble
            .map(|sentence| {
                let finding = match serves {
                    true => Finding::risk(sentence.clone()),
                    false => Finding::broken(sentence.clone()),
                };
                finding
                    .seen(format!("ssictl status {}", one.cluster.name))
                    .advice("see the document's table by symptom; on the node that it names: ssictl doctor, journalctl -u ssid")
            })
            .collect::<Vec<_>>()
    })
}

/// Versions of the members, with the first node that has each.
fn versions(one: &ClusterFacts) -> Vec<(&str, &str)> {
    let status = one.status.as_ref().ok().and_then(Option::as_ref);
    let nodes = status.into_iter().flat_map(|status| &status.nodes);
    let mut all: Vec<(&str, &str)> = Vec::new();
    for node in nodes.filter(|node| node.member && !node.version.is_empty()) {
        if !all.iter().any(|(version, _)| *version == node.version) {
            all.push((&node.version, &node.name));
        }
    }
    all
}

fn node_version(facts: &Facts) -> Looked {
    each(facts, |one| {
        let versions = versions(one);
        (versions.len() > 1).then(|| {
            let seen: Vec<String> = versions
                .iter()
                .map(|(version, node)| format!("{node} has {version}"))
                .collect();
            Finding::note("nodes have different versions of ssid, as in the middle of an upgrade")
                .seen(seen.join(", "))
                .advice("upgrade the others, one after the other")
        })
    })
}

/// A number of Corosync's configuration.
fn setting(text: &str, name: &str) -> Option<u32> {
    let mut lines = text.lines().filter_map(|line| line.trim().split_once(':'));
    let (_, value) = lines.find(|(key, _)| key.trim() == name)?;
    value.trim().parse().ok()
}

fn knet_timers(facts: &Facts) -> Looked {
    let uses = facts
        .machine
        .daemons
        .values()
        .any(|daemon| daemon.engine == "corosync");
    let text = facts.machine.corosync.as_deref().filter(|_| uses);
    let token = text
        .and_then(|text| setting(text, "token"))
        .filter(|token| *token < SHORT_TOKEN);
    let has_timers = text.is_some_and(|text| setting(text, "knet_ping_interval").is_some());
    let found = token.filter(|_| !has_timers).map(|token| {
        Finding::risk("Corosync's token is shorter than knet's timers: the ring flaps, and takeovers with it")
            .seen(format!("/etc/corosync/corosync.conf has token {token} and no knet_ping_interval"))
            .advice("set knet_ping_interval, knet_ping_timeout and knet_pong_count as start.md has them, on all nodes")
    });
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use crate::daemon::sample::well;
    use crate::doctor::check::Severity;
    use crate::doctor::facts::{Daemon, Facts};
    use crate::doctor::sample::{finds, finds_nothing, finds_these};

    fn run_by(engine: &str) -> impl Fn(&mut Facts) + use<> {
        let daemon = Daemon {
            engine: engine.into(),
            port: 9463,
        };
        move |facts| {
            facts.machine.daemons.insert("store".into(), daemon.clone());
            facts.clusters[0].status = Ok(Some(well()));
        }
    }

    #[test]
    fn it_is_there_and_says_nothing() {
        finds_nothing(run_by("datagram"));
        finds_nothing(run_by("corosync"));
    }

    #[test]
    fn it_is_not_there() {
        let finding = finds("daemon-missing", |facts| {
            run_by("datagram")(facts);
            facts.clusters[0].status = Ok(None);
        });
        assert!(finding.evidence.contains("/etc/ssi/store.toml"));
        finds("daemon-missing", |facts| {
            run_by("datagram")(facts);
            facts.clusters[0].status = Err("store: ssid does not answer".into());
        });
    }

    #[test]
    fn it_says_what_is_wrong() {
        let ill = |quorate: bool| {
            move |facts: &mut Facts| {
                let mut status = well();
                status.quorate = quorate;
                status.unserved = 0;
                status.trouble = vec!["n1: check http fails".into(), "n4 is gone".into()];
                facts.clusters[0].status = Ok(Some(status));
            }
        };
        let found = finds_these(&["daemon-trouble", "daemon-trouble"], ill(true));
        assert_eq!(found[0].severity, Severity::Risk);
        let found = finds_these(&["daemon-trouble", "daemon-trouble"], ill(false));
        assert_eq!(found[1].severity, Severity::Broken);
        assert_eq!(found[1].what, "n4 is gone");
        finds("node-version", |facts| {
            let mut status = well();
            status.nodes[0].version = "0.1.9".into();
            facts.clusters[0].status = Ok(Some(status));
        });
    }

    #[test]
    fn corosync() {
        let conf = |engine: &str, text: &str| {
            let (run, text) = (run_by(engine), text.to_owned());
            move |facts: &mut Facts| {
                run(facts);
                facts.machine.corosync = Some(text.clone());
            }
        };
        finds(
            "knet-timers",
            conf("corosync", "totem {\n\ttoken: 300\n}\n"),
        );
        finds_nothing(conf(
            "corosync",
            "totem {\n\ttoken: 300\n interface {\n knet_ping_interval: 200\n}\n}\n",
        ));
        finds_nothing(conf("corosync", "totem {\n\ttoken: 1000\n}\n"));
        finds_nothing(conf("datagram", "totem {\n\ttoken: 300\n}\n"));
    }
}
