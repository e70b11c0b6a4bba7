// SPDX-License-Identifier: GPL-2.0-only

//! What the network does with the cluster's frames: by listening, and by pings to the other nodes.

use std::net::IpAddr;

use ssi_netlink::spec::{Counter, Mode, ReplyMac};

use crate::doctor::check::{Check, Finding, Looked, each, each_probe};
use crate::doctor::facts::{ClusterFacts, Facts, Pinged};
use crate::value::{Buckets, Mac};

/// So often within the time of listening nobody asks who is answered.
const ASKS_ON: u32 = 3;
/// So many of a node's messages that did not come are no chance.
const LOSS: u32 = 2;
/// So many packets that were served tell something.
const MANY: u64 = 100;

/// They.
pub const CHECKS: &[Check] = &[
    Check {
        id: "group-silent",
        title: "frames to the group MAC do not come, while broadcasts do",
        look: group_silent,
    },
    Check {
        id: "group-loss",
        title: "some frames to the group MAC are lost (storm control, overload)",
        look: group_loss,
    },
    Check {
        id: "snooping",
        title: "a switch keeps packets to the group MAC from nodes (IGMP snooping with a querier)",
        look: snooping,
    },
    Check {
        id: "not-flooded",
        title: "this node hears only its own clients' requests",
        look: not_flooded,
    },
    Check {
        id: "spoof-guard",
        title: "frames from the base MAC are dropped (spoof guard, port security)",
        look: spoof_guard,
    },
    Check {
        id: "mtu-path",
        title: "packets as long as the MTU do not reach another node",
        look: mtu_path,
    },
    Check {
        id: "group-mac-refused",
        title: "a client or router does not believe the group MAC",
        look: group_mac_refused,
    },
    Check {
        id: "router-silent",
        title: "the router of replies does not answer ARP",
        look: router_silent,
    },
];

fn group_silent(facts: &Facts) -> Looked {
    each_probe(facts, |one, probe| {
        if one.cluster.mode != Mode::Multicast {
            return Vec::new();
        }
        let deaf = probe.heard.iter().filter(|heard| heard.group == 0);
        deaf.filter(|heard| heard.broadcast > 0)
            .map(|heard| {
                Finding::broken(format!("no frame to {} comes from rank {}: requests do not come either", Mac(one.cluster.group_mac), heard.node))
                    .seen(format!("in {:.1} s none of one a second, and {} by broadcast", seconds(probe.time), heard.broadcast))
                    .advice("the switch drops them or the card does: flood unknown multicast on the nodes' ports, or a static entry; in virtual machines allow the group MAC")
            })
            .collect()
    })
}

fn group_loss(facts: &Facts) -> Looked {
    each_probe(facts, |_, probe| {
        let lossy = probe
            .heard
            .iter()
            .filter(|heard| heard.group > 0 && heard.missing >= LOSS);
        lossy
            .map(|heard| {
                Finding::risk(format!("frames to the group MAC get lost on the way from rank {}: requests do, too", heard.node))
                    .seen(format!("{} came, and {} in between did not", heard.group, heard.missing))
                    .advice("raise the switch's storm control for multicast, and look for drops: ip -s link, ethtool -S")
            })
            .collect::<Vec<_>>()
    })
}

/// Nodes that answered a plain ping, and not one of the other kind.
fn deaf(one: &[Pinged], is_heard: impl Fn(&Pinged) -> bool) -> Option<&Pinged> {
    one.iter().find(|pinged| pinged.plain && !is_heard(pinged))
}

fn evidence(pinged: &Pinged, how: &str) -> String {
    let address = pinged
        .address
        .map_or_else(String::new, |address| format!(" at {address}"));
    format!(
        "rank {}{address} answers a ping, and not one {how}",
        pinged.node
    )
}

/// Why no node could be pinged.
fn none_pinged(facts: &Facts) -> Option<String> {
    let mut probes = facts
        .clusters
        .iter()
        .filter_map(|one| one.probe.as_ref().ok());
    let is_one_alone = facts.clusters.iter().all(|one| one.peers.is_empty());
    let nobody = !probes.any(|probe| probe.pinged.iter().any(|pinged| pinged.plain));
    (nobody && !is_one_alone)
        .then(|| "no other node answers a ping, or no own address of one is known: ping each once, then try again".to_owned())
}

fn pings(facts: &Facts, look: impl Fn(&ClusterFacts, &[Pinged]) -> Option<Finding>) -> Looked {
    let found = each_probe(facts, |one, probe| look(one, &probe.pinged))?;
    match none_pinged(facts) {
        Some(why) if found.is_empty() => Err(why),
        _ => Ok(found),
    }
}

fn snooping(facts: &Facts) -> Looked {
    pings(facts, |one, pinged| {
        let deaf =
            deaf(pinged, |pinged| pinged.group).filter(|_| one.cluster.mode == Mode::Multicast)?;
        Some(
            Finding::broken("the network keeps packets to the group MAC from nodes: their clients are not served")
                .seen(evidence(deaf, &format!("to {}", Mac(one.cluster.group_mac))))
                .advice(
                    "a switch snoops IGMP and has a querier: switch snooping off for the VLAN, or make the nodes' ports router ports (bridge: mcast_router 2); if drop_unicast_in_l2_multicast is 1 there, this says nothing",
                ),
        )
    })
}

fn spoof_guard(facts: &Facts) -> Looked {
    pings(facts, |one, pinged| {
        let deaf = deaf(pinged, |pinged| pinged.base)
            .filter(|_| one.cluster.reply_mac == ReplyMac::Cluster)?;
        Some(
            Finding::broken("frames from the base MAC do not pass: answers are lost on the way")
                .seen(evidence(deaf, &format!("from {}", Mac(one.cluster.mac))))
                .advice(format!(
                    "switch spoof guards, MAC filters and port security off for the nodes' ports, or ssictl cluster set {} --reply-mac node, on all nodes",
                    one.cluster.name
                )),
        )
    })
}

fn mtu_path(facts: &Facts) -> Looked {
    pings(facts, |one, pinged| {
        let deaf = deaf(pinged, |pinged| pinged.long)?;
        let mtu = facts.link(one.cluster.ifindex).map_or(0, |link| link.mtu);
        Some(
            Finding::risk("packets as long as the interface's MTU do not reach another node: large requests and answers hang")
                .seen(evidence(deaf, &format!("of {mtu} bytes, which is the MTU here")))
                .advice("give all nodes and all of the switch's ports one MTU"),
        )
    })
}

fn not_flooded(facts: &Facts) -> Looked {
    each(facts, |one| {
        let cluster = &one.cluster;
        let owned = one
            .table
            .as_ref()
            .map_or(0, |table| Buckets::of(&table.owned, table.buckets).len());
        let is_part = owned > 0 && owned < cluster.buckets;
        let (served, other) = (one.count(Counter::RxServed), one.count(Counter::RxOther));
        let is_so = cluster.mode == Mode::Multicast && is_part && served >= MANY && other == 0;
        is_so.then(|| {
            Finding::risk("this node hears its own clients only: if the network brings it no others', it brings others none of its")
                .seen(format!("rx-served {served}, rx-other 0, of {owned} of {} buckets", cluster.buckets))
                .advice("see whether rx-served and rx-other rise alike on all nodes; the switch has to flood the group MAC")
        })
    })
}

fn group_mac_refused(facts: &Facts) -> Looked {
    each_probe(facts, |one, probe| {
        let is_answered =
            one.cluster.master || probe.arp.iter().any(|(_, answers)| !answers.is_empty());
        let asks_on = probe
            .askers
            .iter()
            .filter(|(_, times)| *times >= ASKS_ON && is_answered);
        asks_on
            .map(|(asker, times)| {
                Finding::broken(format!("{asker} asks again and again, and does not believe the answer"))
                    .seen(format!("{times} ARP requests in {:.1} s, though the master answers", seconds(probe.time)))
                    .advice(format!(
                        "many routers refuse a group MAC: give it a static entry to {}, and set arp_announce=2 here; or take mode forward",
                        Mac(one.cluster.group_mac)
                    ))
            })
            .collect::<Vec<_>>()
    })
}

fn router_silent(facts: &Facts) -> Looked {
    each(facts, |one| {
        let ifindex = one.cluster.ifindex;
        let paths = one.main.iter().chain(&one.replies);
        let mut routers: Vec<IpAddr> = paths
            .filter(|path| path.ifindex == Some(ifindex))
            .filter_map(|path| path.gateway)
            .collect();
        routers.sort();
        routers.dedup();
        let is_silent = |router: &IpAddr| {
            let mut all = facts.neighbours.iter();
            all.any(|one| one.ifindex == ifindex && one.address == *router && one.silent)
        };
        routers.retain(is_silent);
        let device = facts.device(ifindex);
        routers
            .into_iter()
            .map(move |router| {
                Finding::broken(format!("the router {router} does not answer this node: clients behind it get no answers"))
                    .seen(format!("ip neigh show {router} dev {device} has failed"))
                    .advice(format!(
                        "if it answers others, it refuses requests with a group MAC: sysctl net.ipv4.conf.{device}.arp_announce=2, or a static neighbour (IPv6)"
                    ))
            })
            .collect::<Vec<_>>()
    })
}

/// Milliseconds as seconds, to be shown.
fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::facts::Probe;
    use crate::doctor::sample::{count, finds, finds_nothing, skips};
    use ssi_netlink::neighbour::Neighbour;
    use ssi_netlink::routing::Path;

    fn probed(change: impl Fn(&mut Probe)) -> impl Fn(&mut Facts) {
        move |facts| change(facts.clusters[0].probe.as_mut().unwrap())
    }

    #[test]
    fn listening() {
        let finding = finds("group-silent", probed(|probe| probe.heard[1].group = 0));
        assert!(
            finding.evidence.contains("and 1 by broadcast"),
            "{}",
            finding.evidence
        );
        // Of whom nothing is heard nothing is known.
        finds_nothing(probed(|probe| probe.heard.truncate(1)));
        finds("group-loss", probed(|probe| probe.heard[0].missing = 2));
        finds_nothing(probed(|probe| probe.heard[0].missing = 1));
    }

    #[test]
    fn pings_that_are_not_answered() {
        let finding = finds("snooping", probed(|probe| probe.pinged[0].group = false));
        assert!(
            finding
                .evidence
                .contains("rank 0 at 10.9.0.1 answers a ping, and not one to 03:5a")
        );
        finds("spoof-guard", probed(|probe| probe.pinged[0].base = false));
        finds("mtu-path", probed(|probe| probe.pinged[0].long = false));
        finds_nothing(|facts| {
            probed(|probe| probe.pinged[0].base = false)(facts);
            facts.clusters[0].cluster.reply_mac = ReplyMac::Node;
        });
        // Who answers no ping at all has a firewall.
        let none = probed(|probe| probe.pinged[0] = Pinged::default());
        for id in ["snooping", "spoof-guard", "mtu-path"] {
            assert!(skips(id, &none).contains("no other node answers a ping"));
        }
    }

    #[test]
    fn flooding() {
        finds("not-flooded", |facts| {
            count(facts, Counter::RxServed, 100);
            count(facts, Counter::TxReply, 100);
            count(facts, Counter::RxOther, 0);
        });
        finds_nothing(|facts| {
            count(facts, Counter::RxServed, 99);
            count(facts, Counter::RxOther, 0);
        });
    }

    #[test]
    fn who_refuses() {
        let client: IpAddr = [10, 9, 1, 1].into();
        finds(
            "group-mac-refused",
            probed(|probe| probe.askers.push((client, 3))),
        );
        finds_nothing(probed(|probe| probe.askers.push((client, 2))));
        let router = |silent| {
            move |facts: &mut Facts| {
                let router: IpAddr = [10, 9, 0, 254].into();
                facts.clusters[0].main.push(Path::by(router, 2, 0));
                facts.neighbours.push(Neighbour {
                    ifindex: 2,
                    address: router,
                    mac: None,
                    silent,
                });
            }
        };
        finds("router-silent", router(true));
        finds_nothing(router(false));
    }
}
