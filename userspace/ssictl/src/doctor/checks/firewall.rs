// SPDX-License-Identifier: GPL-2.0-only

//! Rules of nftables that drop what the cluster lives by. Only what is dropped for sure is told: a rule that may apply is not.

use std::net::IpAddr;

use ssi_netlink::spec::Mode;

use crate::doctor::check::{Check, Finding, Looked};
use crate::doctor::facts::{ClusterFacts, Facts};
use crate::doctor::firewall::{Hook, Kind, Packet, Ruleset};
use crate::services::Socket;

/// EtherType of the nodes' messages.
const MESSAGES: u16 = logic::announcement::ETH_P_SSI;

/// They.
pub const CHECKS: &[Check] = &[
    Check {
        id: "firewall-clients",
        title: "a firewall drops clients' requests to a service that waits for them",
        look: clients,
    },
    Check {
        id: "firewall-replies",
        title: "a firewall drops the service's answers",
        look: replies,
    },
    Check {
        id: "firewall-resets",
        title: "a firewall drops resets to clients of a node that is dead",
        look: resets,
    },
    Check {
        id: "firewall-arp",
        title: "a firewall drops ARP for the cluster",
        look: arp,
    },
    Check {
        id: "firewall-nodes",
        title: "a firewall drops the nodes' messages",
        look: nodes,
    },
];

/// What is dropped of the packets, and by what.
fn look(
    facts: &Facts,
    packets: impl Fn(&ClusterFacts, &str) -> Vec<(Vec<Hook>, Packet)>,
    tell: impl Fn(&Packet) -> Finding,
) -> Looked {
    let rules: &Ruleset = facts.firewall.as_ref().map_err(Clone::clone)?;
    let mut all: Vec<Finding> = Vec::new();
    for one in &facts.clusters {
        let device = facts.device(one.cluster.ifindex);
        for (hooks, packet) in packets(one, &device) {
            if let Some(rule) = rules.drops(&hooks, &packet) {
                let finding = tell(&packet).of(one).seen(rule);
                if !all.contains(&finding) {
                    all.push(finding);
                }
            }
        }
    }
    Ok(all)
}

/// Services of a cluster's addresses.
fn services<'a>(
    facts: &'a Facts,
    one: &'a ClusterFacts,
) -> impl Iterator<Item = (&'a Socket, IpAddr)> {
    let of = |socket: &'a Socket| {
        let vips = one.cluster.vips.iter().copied();
        vips.filter(|vip| socket.serves(*vip))
            .map(move |vip| (socket, vip))
    };
    facts
        .sockets
        .iter()
        .filter(|socket| socket.is_service())
        .flat_map(of)
}

fn clients(facts: &Facts) -> Looked {
    let packets = |one: &ClusterFacts, device: &str| {
        services(facts, one)
            .map(|(socket, vip)| {
                (
                    Hook::INCOMING.to_vec(),
                    Packet::request(device, socket.kind(), vip, socket.port),
                )
            })
            .collect()
    };
    look(facts, packets, |packet| {
        Finding::broken(format!("the firewall drops clients' requests to {packet}"))
            .advice("let them in: the module leaves only this node's clients to it")
    })
}

fn replies(facts: &Facts) -> Looked {
    let packets = |one: &ClusterFacts, device: &str| {
        services(facts, one)
            .map(|(socket, vip)| {
                (
                    Hook::OUTGOING.to_vec(),
                    Packet::reply(device, socket.kind(), vip, socket.port),
                )
            })
            .collect()
    };
    look(facts, packets, |packet| {
        Finding::broken(format!("the firewall drops answers of {packet}"))
            .advice("let answers from the cluster's addresses out")
    })
}

fn resets(facts: &Facts) -> Looked {
    let packets = |one: &ClusterFacts, device: &str| {
        let services = services(facts, one).filter(|(socket, _)| socket.tcp);
        services
            .map(|(socket, vip)| {
                (
                    Hook::OUTGOING.to_vec(),
                    Packet::reset(device, vip, socket.port),
                )
            })
            .collect()
    };
    look(facts, packets, |packet| {
        Finding::risk(format!(
            "the firewall drops resets of {packet}: ten minutes after a takeover, or at once where the rule is at the interface, clients of the dead node wait in vain"
        ))
        .advice("let resets from the cluster's addresses out, those of connections that connection tracking does not know too")
    })
}

fn arp(facts: &Facts) -> Looked {
    let packets = |one: &ClusterFacts, device: &str| {
        let both = |vip| {
            [
                (vec![Hook::Ingress, Hook::Input], Packet::arp(device, vip)),
                (
                    vec![Hook::Output, Hook::Egress],
                    Packet::arp_from(device, vip),
                ),
            ]
        };
        one.vips4().map(IpAddr::V4).flat_map(both).collect()
    };
    look(facts, packets, |_| {
        Finding::broken("the firewall drops ARP for the cluster")
            .advice("let ARP for its addresses in and out")
    })
}

fn nodes(facts: &Facts) -> Looked {
    let packets = |one: &ClusterFacts, device: &str| {
        let mut packets = Vec::new();
        let port = facts
            .machine
            .daemons
            .get(&one.cluster.name)
            .filter(|daemon| daemon.engine == "datagram");
        if let Some(daemon) = port {
            packets.push((
                Hook::INCOMING.to_vec(),
                Packet::datagram(device, daemon.port),
            ));
        }
        let by = match one.cluster.mode {
            Mode::Forward => one.cluster.forward_ifindex.map(|index| facts.device(index)),
            Mode::Multicast => Some(device.to_owned()),
        };
        if let Some(by) = by {
            packets.push((vec![Hook::Ingress], Packet::frame(&by, MESSAGES)));
            packets.push((vec![Hook::Egress], Packet::frame_out(&by, MESSAGES)));
        }
        packets
    };
    look(facts, packets, |packet| {
        match packet.kind {
        Kind::Udp => Finding::broken(format!("the firewall drops the other nodes' datagrams to port {}", packet.dport.unwrap_or(0)))
            .advice("let them in from all nodes"),
        _ => Finding::risk(format!("the firewall drops the nodes' messages (EtherType {MESSAGES:#06x}): nodes that differ are not noticed"))
            .advice("let them pass"),
    }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::facts::Daemon;
    use crate::doctor::sample::{finds, finds_nothing, rules, skips};

    fn with(text: &'static str) -> impl Fn(&mut Facts) {
        move |facts| facts.firewall = Ok(rules(text))
    }

    const DPORT: &str = r#"{"rule":{"family":"inet","table":"f","chain":"in","handle":4,"expr":[
        {"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":7000}},{"drop":null}]}}"#;

    #[test]
    fn requests() {
        let finding = finds(
            "firewall-clients",
            with(concat!(
                r#"[{"chain":{"family":"inet","table":"f","name":"in","type":"filter","hook":"input","prio":0,"policy":"accept"}},"#,
                r#"{"rule":{"family":"inet","table":"f","chain":"in","handle":4,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":7000}},{"drop":null}]}}]"#
            )),
        );
        assert!(
            finding.what.ends_with("TCP port 7000 of 10.9.0.100"),
            "{}",
            finding.what
        );
        assert_eq!(
            finding.evidence,
            "rule of handle 4 in chain in of table inet f"
        );
        // A policy drop, and nothing that lets it in.
        let policy = concat!(
            r#"[{"chain":{"family":"inet","table":"f","name":"in","type":"filter","hook":"input","prio":0,"policy":"drop"}},"#,
            r#"{"rule":{"family":"inet","table":"f","chain":"in","handle":4,"expr":[{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null}]}}]"#
        );
        let finding = finds("firewall-clients", with(policy));
        assert_eq!(finding.evidence, "policy drop of chain in of table inet f");
        // The same rule for another port, or where nobody waits for clients.
        assert!(DPORT.contains("7000"));
        let other: &'static str = Box::leak(
            policy
                .replace("established\",\"related", "new\",\"related")
                .into_boxed_str(),
        );
        finds_nothing(with(other));
        finds_nothing(|facts| {
            with(
                r#"[{"chain":{"family":"inet","table":"f","name":"fwd","type":"filter","hook":"forward","prio":0,"policy":"drop"}}]"#,
            )(facts);
        });
    }

    #[test]
    fn answers_and_resets() {
        finds(
            "firewall-replies",
            with(concat!(
                r#"[{"chain":{"family":"ip","table":"f","name":"out","type":"filter","hook":"output","prio":0,"policy":"accept"}},"#,
                r#"{"rule":{"family":"ip","table":"f","chain":"out","handle":9,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":"10.9.0.100"}},{"match":{"op":"==","left":{"ct":{"key":"state"}},"right":"established"}},{"drop":null}]}}]"#
            )),
        );
        finds(
            "firewall-resets",
            with(concat!(
                r#"[{"chain":{"family":"inet","table":"f","name":"out","type":"filter","hook":"output","prio":0,"policy":"accept"}},"#,
                r#"{"rule":{"family":"inet","table":"f","chain":"out","handle":9,"expr":[{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":"invalid"}},{"drop":null}]}}]"#
            )),
        );
    }

    #[test]
    fn arp_and_messages() {
        finds(
            "firewall-arp",
            with(
                r#"[{"chain":{"family":"arp","table":"f","name":"in","type":"filter","hook":"input","prio":0,"policy":"drop"}}]"#,
            ),
        );
        finds(
            "firewall-nodes",
            with(concat!(
                r#"[{"chain":{"family":"netdev","table":"f","name":"in","dev":"eth0","type":"filter","hook":"ingress","prio":0,"policy":"accept"}},"#,
                r#"{"rule":{"family":"netdev","table":"f","chain":"in","handle":9,"expr":[{"match":{"op":"==","left":{"meta":{"key":"protocol"}},"right":"0x88b5"}},{"drop":null}]}}]"#
            )),
        );
        let datagrams = concat!(
            r#"[{"chain":{"family":"inet","table":"f","name":"in","type":"filter","hook":"input","prio":0,"policy":"accept"}},"#,
            r#"{"rule":{"family":"inet","table":"f","chain":"in","handle":9,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"udp","field":"dport"}},"right":9463}},{"drop":null}]}}]"#
        );
        finds_nothing(with(datagrams));
        finds("firewall-nodes", |facts| {
            with(datagrams)(facts);
            let daemon = Daemon {
                engine: "datagram".into(),
                port: 9463,
            };
            facts.machine.daemons.insert("store".into(), daemon);
            facts.clusters[0].status = Ok(Some(crate::daemon::sample::well()));
        });
    }

    #[test]
    fn without_nft_nothing_is_said() {
        let without = |facts: &mut Facts| facts.firewall = Err("nft is not installed".into());
        assert_eq!(skips("firewall-clients", without), "nft is not installed");
    }
}
