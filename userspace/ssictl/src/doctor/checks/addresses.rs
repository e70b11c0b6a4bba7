// SPDX-License-Identifier: GPL-2.0-only

//! The cluster's addresses: here, and elsewhere on the network.

use logic::agreement::Differences;
use ssi_netlink::spec::{Counter, Difference};

use crate::doctor::check::{Check, Finding, Looked, each, each_probe};
use crate::doctor::facts::{ClusterFacts, Facts};
use crate::peers::SILENCE;
use crate::value::Mac;

/// They.
pub const CHECKS: &[Check] = &[
    Check {
        id: "vip-missing",
        title: "the interface does not have an address of the cluster",
        look: vip_missing,
    },
    Check {
        id: "vip-elsewhere",
        title: "another host answers ARP for an address of the cluster",
        look: vip_elsewhere,
    },
    Check {
        id: "vip-claimed",
        title: "another host claims an address of the cluster",
        look: vip_claimed,
    },
    Check {
        id: "no-arp-answer",
        title: "the master does not answer ARP",
        look: no_arp_answer,
    },
];

fn vip_missing(facts: &Facts) -> Looked {
    each(facts, |one| {
        let (ifindex, name) = (one.cluster.ifindex, &one.cluster.name);
        let has = |vip| {
            facts
                .addresses
                .iter()
                .any(|(at, address, _)| *at == ifindex && address == vip)
        };
        let missing = one.cluster.vips.iter().filter(move |vip| !has(*vip));
        let device = facts.device(ifindex);
        missing
            .map(move |vip| {
                Finding::broken(format!("{device} does not have {vip}: its clients are answered by nobody"))
                    .seen(format!("ip addr show dev {device} is without it"))
                    .advice(format!(
                        "ssictl cluster set {name} --vip … with all addresses; find who took it (a network manager), and let ssictl watch or ssid put it back"
                    ))
            })
            .collect::<Vec<_>>()
    })
}

fn vip_elsewhere(facts: &Facts) -> Looked {
    each_probe(facts, |one, probe| {
        let ours = [one.cluster.mac, one.cluster.group_mac];
        let mut found = Vec::new();
        for (vip, answers) in &probe.arp {
            for mac in answers.iter().filter(|mac| !ours.contains(mac)) {
                found.push(
                    Finding::broken(format!(
                        "another host has {vip}: clients that believe it are not served"
                    ))
                    .seen(format!("{} answers ARP for {vip}", Mac(*mac)))
                    .advice(who_is_it(facts, one, *mac)),
                );
            }
        }
        found
    })
}

/// A node whose own MAC answers has the address without the module, or on an interface besides.
fn who_is_it(facts: &Facts, one: &ClusterFacts, mac: [u8; 6]) -> String {
    let node = one.peers.iter().find(|peer| peer.mac == mac);
    let name = &one.cluster.name;
    match node {
        Some(peer) => format!(
            "it is rank {}: see there whether another interface answers (arp_ignore)",
            peer.node
        ),
        None => {
            let device = facts.device(one.cluster.ifindex);
            format!(
                "find the host of that MAC (bridge fdb, the switch's table), take the address away there, and let clients forget: ssictl cluster set {name} --announce-every; tcpdump -eni {device} arp"
            )
        }
    }
}

fn vip_claimed(facts: &Facts) -> Looked {
    each(facts, |one| {
        let is_told = Differences(one.cluster.differs).has(Difference::Claimed);
        let risen = one.risen(Counter::RxArpConflict) + one.risen(Counter::RxNdConflict);
        (is_told || risen > 0).then(|| {
            let all = one.count(Counter::RxArpConflict) + one.count(Counter::RxNdConflict);
            let device = facts.device(one.cluster.ifindex);
            Finding::broken("a host that is no node of the cluster claims one of its addresses")
                .seen(format!("rx-arp-conflict and rx-nd-conflict: {all} frames, {risen} of them while doctor listened"))
                .advice(format!("find its MAC: tcpdump -eni {device} arp or icmp6; take the address away there"))
        })
    })
}

fn no_arp_answer(facts: &Facts) -> Looked {
    each_probe(facts, |one, probe| {
        let mut masters = one
            .peers
            .iter()
            .filter(|peer| peer.master && peer.age <= SILENCE);
        // A node does not hear its own question.
        let master = masters.next().filter(|_| !one.cluster.master);
        let silent = probe.arp.iter().filter(|(_, answers)| answers.is_empty());
        let silent: Vec<String> = silent.map(|(vip, _)| vip.to_string()).collect();
        master.filter(|_| !silent.is_empty()).map(|master| {
            Finding::broken("the master does not answer ARP: no new client finds the cluster")
                .seen(format!("rank {} is master, and nobody answers for {}", master.node, silent.join(", ")))
                .advice("there: ssictl doctor (arp_ignore, a filter of ARP), and rx-arp-answered of ssictl stats: zero if no broadcast reaches it")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::sample::{VIP, finds, finds_nothing, rises};

    #[test]
    fn missing() {
        let finding = finds("vip-missing", |facts| {
            facts.addresses.retain(|(_, address, _)| *address != VIP)
        });
        assert!(finding.what.contains("eth0 does not have 10.9.0.100"));
        // On another interface it is no use.
        finds("vip-missing", |facts| {
            facts.addresses.iter_mut().for_each(|(at, _, _)| *at = 1)
        });
    }

    #[test]
    fn elsewhere() {
        let stranger = [10, 0, 0, 0, 0, 0x66];
        let answer = |mac| {
            move |facts: &mut Facts| facts.clusters[0].probe.as_mut().unwrap().arp[0].1.push(mac)
        };
        let finding = finds("vip-elsewhere", answer(stranger));
        assert!(finding.evidence.contains("0a:00:00:00:00:66"));
        let finding = finds("vip-elsewhere", answer([6, 0, 0, 0, 0, 2]));
        assert!(
            finding.advice.contains("it is rank 2"),
            "{}",
            finding.advice
        );
        // Two masters answer alike.
        finds_nothing(answer([3, 0x5a, 10, 9, 0, 100]));
    }

    #[test]
    fn claimed() {
        let claimed = Differences::NONE.with(Difference::Claimed).0;
        finds("vip-claimed", |facts| {
            facts.clusters[0].cluster.differs = claimed
        });
        finds("vip-claimed", |facts| {
            rises(facts, Counter::RxArpConflict, 3)
        });
        finds("vip-claimed", |facts| {
            rises(facts, Counter::RxNdConflict, 1)
        });
    }

    #[test]
    fn nobody_answers() {
        let nobody = |facts: &mut Facts| facts.clusters[0].probe.as_mut().unwrap().arp[0].1.clear();
        finds("no-arp-answer", nobody);
        finds_nothing(|facts| {
            nobody(facts);
            facts.clusters[0].cluster.master = true;
            facts.clusters[0].peers[0].master = false;
        });
    }
}
