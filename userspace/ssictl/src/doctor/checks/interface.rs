// SPDX-License-Identifier: GPL-2.0-only

//! The cluster's interface, and what goes past the module there.

use std::collections::BTreeSet;

use ssi_netlink::spec::{Hook, Mode};

use crate::doctor::check::{Check, Finding, Looked, each};
use crate::doctor::facts::{ClusterFacts, Facts};
use crate::value::Mac;

/// They.
pub const CHECKS: &[Check] = &[
    Check {
        id: "interface-down",
        title: "the cluster's interface, or the one it forwards by, is down or has no carrier",
        look: interface_down,
    },
    Check {
        id: "group-mac-filter",
        title: "the interface was not asked to let the group MAC in",
        look: group_mac_filter,
    },
    Check {
        id: "interface-member",
        title: "the interface is a member of a bridge, bond or team",
        look: interface_member,
    },
    Check {
        id: "bond-blind",
        title: "the interface is a bond that does not notice when its ports' links go",
        look: bond_blind,
    },
    Check {
        id: "promiscuous",
        title: "the interface takes in all frames, which hides faults of its filter",
        look: promiscuous,
    },
    Check {
        id: "xdp",
        title: "a program of XDP sees frames before the module, and may send some past it",
        look: xdp,
    },
    Check {
        id: "bypass",
        title: "tc takes frames past the module",
        look: bypass,
    },
    Check {
        id: "mtu-forward",
        title: "requests are too long for the interface that they are forwarded by",
        look: mtu_forward,
    },
];

fn interface_down(facts: &Facts) -> Looked {
    each(facts, |one| {
        let all = [Some(one.cluster.ifindex), one.cluster.forward_ifindex];
        let links = all
            .into_iter()
            .flatten()
            .map(|index| (index, facts.link(index)));
        links
            .filter_map(|(index, link)| {
                let name = facts.device(index);
                let finding = Finding::broken(format!("{name} passes nothing"));
                match link {
                    Some(link) if !link.up => Some(finding.seen(format!("{name} is set down")).advice(format!(
                        "ip link set {name} up; IPv6 addresses and routes may have gone with it: ssictl cluster set {} --vip … with all addresses",
                        one.cluster.name
                    ))),
                    Some(link) if !link.carrier => Some(
                        finding
                            .seen(format!("{name} has no carrier"))
                            .advice("look at the cable and at the switch's port"),
                    ),
                    _ => None,
                }
            })
            .collect::<Vec<_>>()
    })
}

fn group_mac_filter(facts: &Facts) -> Looked {
    each(facts, |one| {
        let group = one.cluster.group_mac;
        let is_due = one.cluster.mode == Mode::Multicast && !one.groups.contains(&group);
        let device = facts.device(one.cluster.ifindex);
        is_due.then(|| {
            Finding::broken(format!("{device} was not asked to let frames to {} in", Mac(group)))
                .seen("the group MAC is not among those of ip maddr show")
                .advice("make the cluster again: ssictl cluster del, then add; something has emptied the interface's list")
        })
    })
}

fn interface_member(facts: &Facts) -> Looked {
    each(facts, |one| {
        let link = facts.link(one.cluster.ifindex)?;
        let master = facts.link(link.master?)?;
        let kind = master.kind.as_deref().unwrap_or_default();
        let finding = match kind {
            "bond" | "team" => Finding::broken(format!(
                "{} is a member of the {kind} {}",
                link.name, master.name
            )),
            "bridge" => Finding::risk(format!(
                "{} is a port of the bridge {}: what comes from its other ports is taken by this node, whoever owns it",
                link.name, master.name
            )),
            _ => return None,
        };
        Some(
            finding
                .seen(format!(
                    "ip link show {} says master {}",
                    link.name, master.name
                ))
                .advice(format!("put the cluster on {}", master.name)),
        )
    })
}

/// Of what a cluster is on, or of what is below its VLAN.
fn bond_blind(facts: &Facts) -> Looked {
    each(facts, |one| {
        let on = [Some(one.cluster.ifindex), one.cluster.forward_ifindex];
        let on: Vec<u32> = on.into_iter().flatten().collect();
        let below = on.iter().filter_map(|index| facts.link(*index)?.below);
        let all: BTreeSet<u32> = on.iter().copied().chain(below).collect();
        let blind = all.into_iter().filter_map(|index| facts.link(index));
        blind
            .filter(|link| link.is_blind)
            .map(|link| {
                let name = &link.name;
                Finding::risk(format!(
                    "{name} has a carrier whatever links its ports have: it goes on sending by a dead one, and no other node takes over"
                ))
                .seen(format!("miimon 0 and arp_interval 0 (ip -d link show {name})"))
                .advice(format!("ip link set {name} type bond miimon 100, and the same where the bond is configured"))
            })
            .collect::<Vec<_>>()
    })
}

fn promiscuous(facts: &Facts) -> Looked {
    each(facts, |one| {
        // In mode forward cards without a filter for it do so for the base MAC, and no group MAC is to be let in.
        let link = facts
            .link(one.cluster.ifindex)
            .filter(|_| one.cluster.mode == Mode::Multicast)?;
        // A bridge does so by itself, and with its ports; that it has this one is a finding of its own.
        let master = link.master.and_then(|master| facts.link(master));
        let is_bridged = [Some(link), master]
            .into_iter()
            .flatten()
            .any(|link| link.kind.as_deref() == Some("bridge"));
        (link.promiscuity > 0 && !is_bridged).then(|| {
            Finding::note(format!("{} takes in all frames: whether its filter lets the group MAC in shows only without that", link.name))
                .seen(format!("promiscuity {} (ip -d link show {})", link.promiscuity, link.name))
                .advice("end tcpdump and the like, then look again")
        })
    })
}

fn xdp(facts: &Facts) -> Looked {
    each(facts, |one| {
        let link = facts.link(one.cluster.ifindex)?;
        link.xdp.then(|| {
            Finding::risk(format!("a program of XDP is attached to {}: what it sends, passes on or drops the module never sees", link.name))
                .seen(format!("ip link show {} has prog/xdp", link.name))
                .advice("see that it passes the cluster's frames: bpftool net show")
        })
    })
}

fn bypass(facts: &Facts) -> Looked {
    each(facts, |one| {
        leaves_past(facts, one)
            .into_iter()
            .chain(comes_past(facts, one))
    })
}

fn leaves_past(facts: &Facts, one: &ClusterFacts) -> Option<Finding> {
    (one.redirects > 0).then(|| {
        Finding::risk(format!(
            "tc redirects frames to {}, which keep the MAC that they have",
            facts.device(one.cluster.ifindex)
        ))
        .seen(format!("{} actions of tc (mirred)", one.redirects))
        .advice(format!("ssictl egress {} on", one.cluster.name))
    })
}

/// Mode forward with hook ingress behind an interface that shapes what comes in serves nobody.
fn comes_past(facts: &Facts, one: &ClusterFacts) -> Option<Finding> {
    let has_ifb = facts
        .links
        .iter()
        .any(|link| link.kind.as_deref() == Some("ifb") && link.up);
    let is_so = has_ifb && one.cluster.mode == Mode::Forward && one.cluster.hook == Hook::Ingress;
    is_so.then(|| {
        Finding::risk("an ifb that shapes the interface takes requests past the hook ingress, and in mode forward they are lost")
            .seen("hook ingress, mode forward, and an ifb that is up")
            .advice("shape elsewhere, or make the cluster with --hook rx-handler")
    })
}

fn mtu_forward(facts: &Facts) -> Looked {
    each(facts, |one| {
        let forward = facts.link(one.cluster.forward_ifindex?)?;
        let link = facts.link(one.cluster.ifindex)?;
        (forward.mtu < link.mtu).then(|| {
            Finding::broken("requests that are longer than the forward interface's MTU are lost")
                .seen(format!(
                    "MTU {} of {}, {} of {}",
                    forward.mtu, forward.name, link.mtu, link.name
                ))
                .advice(format!(
                    "ip link set {} mtu {}, and at the switch too",
                    forward.name, link.mtu
                ))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Severity;
    use ssi_netlink::link::Details;

    use crate::doctor::sample::{BELOW, finds, finds_nothing, forwards, link};

    #[test]
    fn down() {
        let finding = finds("interface-down", |facts| facts.links[1].up = false);
        assert!(finding.evidence.contains("eth0 is set down"));
        finds("interface-down", |facts| facts.links[1].carrier = false);
        finds("interface-down", |facts| {
            forwards(facts);
            facts.links[2].up = false;
        });
    }

    #[test]
    fn filter() {
        finds("group-mac-filter", |facts| facts.clusters[0].groups.clear());
        // In mode forward requests come to the base MAC.
        finds_nothing(|facts| {
            forwards(facts);
            facts.clusters[0].groups.clear();
        });
    }

    #[test]
    fn member() {
        let member = |kind: &str| {
            let kind = kind.to_owned();
            move |facts: &mut Facts| {
                facts.links[1].master = Some(9);
                facts.links.push(Details {
                    kind: Some(kind.clone()),
                    ..link(9, "up0")
                });
            }
        };
        assert_eq!(
            finds("interface-member", member("bond")).severity,
            Severity::Broken
        );
        assert_eq!(
            finds("interface-member", member("bridge")).severity,
            Severity::Risk
        );
        finds_nothing(member("vrf"));
        // A bridge takes in all that comes to its ports.
        finds("interface-member", |facts| {
            member("bridge")(facts);
            facts.links[1].promiscuity = 1;
        });
    }

    #[test]
    fn blind_bond() {
        let finding = finds("bond-blind", |facts| facts.links[1].is_blind = true);
        assert_eq!(finding.severity, Severity::Risk);
        // Below a VLAN that the cluster is on, and once where it forwards by another one.
        finds("bond-blind", |facts| {
            facts.links[1].below = Some(9);
            facts.links.push(Details {
                is_blind: true,
                ..link(9, "bond0")
            });
        });
    }

    #[test]
    fn past_the_module() {
        finds("bypass", |facts| facts.clusters[0].redirects = 1);
        let ifb = |facts: &mut Facts| {
            forwards(facts);
            let mut ifb = link(9, "ifb0");
            ifb.kind = Some("ifb".into());
            facts.links.push(ifb);
        };
        finds_nothing(ifb);
        finds("bypass", |facts| {
            ifb(facts);
            facts.clusters[0].cluster.hook = Hook::Ingress;
        });
        finds("xdp", |facts| facts.links[1].xdp = true);
        finds("promiscuous", |facts| facts.links[1].promiscuity = 1);
        finds_nothing(|facts| {
            forwards(facts);
            facts.links[1].promiscuity = 1;
        });
    }

    #[test]
    fn mtu() {
        finds_nothing(forwards);
        finds("mtu-forward", |facts| {
            forwards(facts);
            facts.links[usize::try_from(BELOW).unwrap()].mtu = 1400;
        });
    }
}
