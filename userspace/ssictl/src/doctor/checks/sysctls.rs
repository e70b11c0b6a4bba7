// SPDX-License-Identifier: GPL-2.0-only

//! Settings of the kernel, routes, and tables of neighbours.

use std::net::IpAddr;

use ssi_netlink::routing::{Family, Path};

use crate::doctor::check::{Check, Finding, Looked, each};
use crate::doctor::facts::{ClusterFacts, Facts};

/// Values of arp_ignore that silence an address: any, and with a prefix of 32 these as well.
const SILENT: u32 = 8;
const SILENT_ALONE: [u32; 2] = [2, 3];
/// The kernel's own check of where packets come from, where it is strict.
const STRICT: u32 = 1;

/// They.
pub const CHECKS: &[Check] = &[
    Check {
        id: "rp-filter",
        title: "rp_filter drops clients behind routers",
        look: rp_filter,
    },
    Check {
        id: "default-route",
        title: "replies to clients behind routers leave by another interface",
        look: default_route,
    },
    Check {
        id: "arp-ignore",
        title: "arp_ignore keeps the kernel from answering ARP for the cluster",
        look: arp_ignore,
    },
    Check {
        id: "second-interface",
        title: "another interface of the node in the same network answers as well",
        look: second_interface,
    },
    Check {
        id: "neighbour-table",
        title: "the kernel's table of neighbours is too small",
        look: neighbour_table,
    },
];

/// The interface that a family's default route goes by instead of the cluster's, where that has none.
fn elsewhere(one: &ClusterFacts, family: Family) -> Option<u32> {
    let is_default = |path: &&Path| path.family == family && path.prefix == 0;
    let ifindex = Some(one.cluster.ifindex);
    let mut here = one.main.iter().chain(&one.replies).filter(is_default);
    if here.any(|path| path.ifindex == ifindex)
        || !one
            .cluster
            .vips
            .iter()
            .any(|vip| Family::of(*vip) == family)
    {
        return None;
    }
    one.main
        .iter()
        .filter(is_default)
        .find_map(|path| path.ifindex)
}

fn rp_filter(facts: &Facts) -> Looked {
    each(facts, |one| {
        let device = facts.device(one.cluster.ifindex);
        let is_strict = facts.conf("ipv4", &device, "rp_filter") == STRICT;
        let other = elsewhere(one, Family::V4).filter(|_| is_strict)?;
        let what = format!(
            "rp_filter drops clients behind a router: their way back is by {}",
            facts.device(other)
        );
        let finding = match facts.reverse_path_drops {
            0 => Finding::risk(what),
            _ => Finding::broken(what),
        };
        Some(
            finding
                .seen(format!(
                    "rp_filter is 1 for {device}, the default route is by {}; {} packets were dropped for it so far (IPReversePathFilter)",
                    facts.device(other),
                    facts.reverse_path_drops
                ))
                .advice(format!(
                    "ssictl cluster set {} --gateway ROUTER, or sysctl net.ipv4.conf.{device}.rp_filter=2",
                    one.cluster.name
                )),
        )
    })
}

fn default_route(facts: &Facts) -> Looked {
    each(facts, |one| {
        let device = facts.device(one.cluster.ifindex);
        let other = Family::ALL
            .into_iter()
            .find_map(|family| elsewhere(one, family))?;
        Some(
            Finding::note(format!("replies to clients behind routers leave by {}, with the node's own MAC", facts.device(other)))
                .seen(format!("the default route is by {}, and {device} has none", facts.device(other)))
                .advice(format!(
                    "if clients are behind a router of the cluster's network: ssictl cluster set {} --gateway ROUTER",
                    one.cluster.name
                )),
        )
    })
}

fn arp_ignore(facts: &Facts) -> Looked {
    each(facts, |one| {
        let device = facts.device(one.cluster.ifindex);
        let value = facts.conf("ipv4", &device, "arp_ignore");
        let is_alone = |vip: IpAddr| {
            let mut all = facts.addresses.iter();
            all.any(|(at, address, prefix)| {
                *at == one.cluster.ifindex && *address == vip && *prefix == 32
            })
        };
        let is_silent = |vip| value == SILENT || (SILENT_ALONE.contains(&value) && is_alone(vip));
        let vip = one.vips4().map(IpAddr::V4).find(|vip| is_silent(*vip))?;
        let finding = match one.cluster.master {
            true => Finding::broken(
                "the kernel of this node, the master, does not answer ARP: no new client finds the cluster",
            ),
            false => Finding::risk("as master this node would not answer ARP"),
        };
        Some(
            finding
                .seen(format!("arp_ignore is {value} for {device}, which keeps silent about {vip}"))
                .advice(format!("sysctl net.ipv4.conf.{device}.arp_ignore=1 (or 0), and net.ipv4.conf.all.arp_ignore not above")),
        )
    })
}

fn second_interface(facts: &Facts) -> Looked {
    each(facts, |one| {
        let below = facts
            .link(one.cluster.ifindex)
            .filter(|link| link.kind.as_deref() == Some("macvlan"));
        let below = below.and_then(|link| link.below);
        let vips: Vec<IpAddr> = one.cluster.vips.clone();
        let shares = |ifindex: u32| {
            let mut all = facts.addresses.iter().filter(|(at, _, _)| *at == ifindex);
            below == Some(ifindex)
                || all.any(|(_, address, prefix)| {
                    vips.iter().any(|vip| is_in(*vip, *address, *prefix))
                })
        };
        let others = facts
            .links
            .iter()
            .filter(|link| link.up && link.ifindex != one.cluster.ifindex && link.name != "lo");
        let is_ours = |ifindex: u32| {
            facts
                .clusters
                .iter()
                .any(|other| other.cluster.ifindex == ifindex)
        };
        let loud = others
            .filter(|link| shares(link.ifindex) && !is_ours(link.ifindex))
            .filter(|link| {
                let drops = facts.conf("ipv4", &link.name, "drop_unicast_in_l2_multicast");
                facts.conf("ipv4", &link.name, "arp_ignore") == 0 || drops == 0
            });
        loud.map(|link| {
            let name = &link.name;
            Finding::risk(format!("{name} is in the cluster's network too: this node answers there for all clients, with that interface's MAC"))
                .seen(format!("{name} is up, and arp_ignore or drop_unicast_in_l2_multicast is 0 for it"))
                .advice(format!(
                    "sysctl net.ipv4.conf.{name}.arp_ignore=1 net.ipv4.conf.{name}.drop_unicast_in_l2_multicast=1 net.ipv6.conf.{name}.drop_unicast_in_l2_multicast=1"
                ))
        })
        .collect::<Vec<_>>()
    })
}

/// Whether an address is in the network of another; an IPv6 address of the link itself is in each.
fn is_in(vip: IpAddr, address: IpAddr, prefix: u8) -> bool {
    match (vip, address) {
        (IpAddr::V4(vip), IpAddr::V4(address)) if prefix < 32 => {
            let shift = 32u32.saturating_sub(prefix.into());
            let cut = |one: u32| one.checked_shr(shift).unwrap_or(0);
            cut(vip.to_bits()) == cut(address.to_bits())
        }
        (IpAddr::V6(vip), IpAddr::V6(address))
            if prefix < 128 && !address.is_unicast_link_local() =>
        {
            let shift = 128u32.saturating_sub(prefix.into());
            let cut = |one: u128| one.checked_shr(shift).unwrap_or(0);
            cut(vip.to_bits()) == cut(address.to_bits())
        }
        _ => false,
    }
}

fn neighbour_table(facts: &Facts) -> Looked {
    let full = facts.tables.iter().filter(|table| {
        let (entries, most) = (u64::from(table.entries), u64::from(table.most));
        entries * 4 >= most * 3
    });
    Ok(full
        .map(|table| {
            let (family, name) = match table.name.as_str() {
                "arp_cache" => ("IPv4", "ipv4"),
                _ => ("IPv6", "ipv6"),
            };
            Finding::risk(format!("the kernel has room for hardly any more {family} neighbours: new clients of the network get no answer, and no message says so"))
                .seen(format!(
                    "{} of {} entries (net.{name}.neigh.default.gc_thresh3); {} times there was no room since the machine began",
                    table.entries, table.most, table.full
                ))
                .advice(format!(
                    "sysctl net.{name}.neigh.default.gc_thresh3=32768 net.{name}.neigh.default.gc_thresh2=16384 net.{name}.neigh.default.gc_thresh1=8192, in /etc/sysctl.d as well"
                ))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::check::Severity;
    use crate::doctor::sample::{finds, finds_nothing, finds_these, link};

    fn default_by(ifindex: u32) -> Path {
        Path::by([192, 0, 2, 1].into(), ifindex, 0)
    }

    fn set(facts: &mut Facts, path: &str, value: u32) {
        facts.sysctls.insert(path.into(), value);
    }

    #[test]
    fn the_way_back() {
        let strict = |facts: &mut Facts| {
            facts.clusters[0].main.push(default_by(3));
            set(facts, "ipv4/conf/all/rp_filter", 1);
        };
        let found = finds_these(&["rp-filter", "default-route"], strict);
        assert_eq!(found[0].severity, Severity::Risk);
        let found = finds_these(&["rp-filter", "default-route"], |facts| {
            strict(facts);
            facts.reverse_path_drops = 7;
        });
        assert_eq!(found[0].severity, Severity::Broken);
        // Loose, or with a way by the cluster's interface.
        finds("default-route", |facts| {
            strict(facts);
            set(facts, "ipv4/conf/eth0/rp_filter", 2);
        });
        finds_nothing(|facts| {
            strict(facts);
            facts.clusters[0].replies.push(default_by(2));
        });
        finds_nothing(|facts| set(facts, "ipv4/conf/all/rp_filter", 1));
    }

    #[test]
    fn arp() {
        let finding = finds("arp-ignore", |facts| {
            set(facts, "ipv4/conf/eth0/arp_ignore", 8)
        });
        assert_eq!(finding.severity, Severity::Risk);
        let finding = finds("arp-ignore", |facts| {
            set(facts, "ipv4/conf/all/arp_ignore", 2);
            facts.clusters[0].cluster.master = true;
            facts.clusters[0].peers[0].master = false;
        });
        assert_eq!(finding.severity, Severity::Broken);
        finds_nothing(|facts| set(facts, "ipv4/conf/eth0/arp_ignore", 1));
        finds_nothing(|facts| {
            set(facts, "ipv4/conf/eth0/arp_ignore", 2);
            facts
                .addresses
                .iter_mut()
                .for_each(|(_, _, prefix)| *prefix = 16);
        });
    }

    #[test]
    fn another_interface() {
        let other = |facts: &mut Facts| {
            facts.links.push(link(9, "eth1"));
            facts.addresses.push((9, [10, 9, 0, 77].into(), 16));
        };
        finds("second-interface", other);
        finds_nothing(|facts| {
            other(facts);
            set(facts, "ipv4/conf/eth1/arp_ignore", 1);
            set(facts, "ipv4/conf/eth1/drop_unicast_in_l2_multicast", 1);
        });
        finds_nothing(|facts| {
            facts.links.push(link(9, "eth1"));
            facts.addresses.push((9, [10, 8, 0, 77].into(), 16));
        });
        // The parent of a macvlan hears all that it does.
        finds("second-interface", |facts| {
            facts.links[1].kind = Some("macvlan".into());
            facts.links[1].below = Some(9);
            facts.links.push(link(9, "eth1"));
        });
    }

    #[test]
    fn neighbours() {
        let finding = finds("neighbour-table", |facts| facts.tables[0].entries = 768);
        assert!(finding.evidence.starts_with("768 of 1024 entries"));
        finds_nothing(|facts| facts.tables[0].entries = 767);
    }
}
