// SPDX-License-Identifier: GPL-2.0-only

//! The nodes of a cluster together, as their messages have it.

use ssi_netlink::Peer;
use ssi_netlink::spec::Difference;

use crate::doctor::check::{Check, Finding, Looked, each};
use crate::doctor::facts::{ClusterFacts, Facts};
use crate::peers::{self, SILENCE};
use crate::value::Mac;

/// They.
pub const CHECKS: &[Check] = &[
    Check {
        id: "no-master",
        title: "nobody answers ARP and neighbour discovery for the cluster",
        look: no_master,
    },
    Check {
        id: "two-masters",
        title: "several nodes answer ARP",
        look: two_masters,
    },
    Check {
        id: "disagreement",
        title: "nodes have other numbers, hashes, keys of clients or addresses",
        look: disagreement,
    },
    Check {
        id: "rank-twice",
        title: "two nodes have one rank",
        look: rank_twice,
    },
    Check {
        id: "buckets-twice",
        title: "two nodes serve the same buckets",
        look: buckets_twice,
    },
    Check {
        id: "node-silent",
        title: "a node that was heard is not heard any more",
        look: node_silent,
    },
    Check {
        id: "node-missing",
        title: "a node of a static cluster was never heard",
        look: node_missing,
    },
    Check {
        id: "lapsed",
        title: "the lease of this node has run out",
        look: lapsed,
    },
];

/// Other nodes that are there.
fn alive(one: &ClusterFacts) -> impl Iterator<Item = &Peer> {
    let me = one.cluster.node;
    let peers = one.peers.iter();
    peers.filter(move |peer| peer.node != me && is_alive(peer))
}

/// A node with another base MAC is heard each fourth second.
fn is_alive(peer: &Peer) -> bool {
    peer.age <= SILENCE || peer.differs.has(Difference::Mac)
}

fn masters(one: &ClusterFacts) -> Vec<u32> {
    let mut masters: Vec<u32> = alive(one)
        .filter(|peer| peer.master)
        .map(|peer| peer.node)
        .collect();
    masters.extend(one.cluster.master.then_some(one.cluster.node));
    masters
}

fn no_master(facts: &Facts) -> Looked {
    each(facts, |one| {
        (masters(one).is_empty() && one.cluster.master_mac.is_none()).then(|| {
            let nodes = alive(one).count().saturating_add(1);
            let name = &one.cluster.name;
            Finding::broken(
                "no node is master: nobody answers ARP, so no new client finds the cluster",
            )
            .seen(format!(
                "none of the {nodes} nodes that are there is (ssictl peers {name})"
            ))
            .advice(format!(
                "ssictl cluster set {name} --master on, on one node; with ssid see ssictl status"
            ))
        })
    })
}

fn two_masters(facts: &Facts) -> Looked {
    each(facts, |one| {
        let masters = masters(one);
        (masters.len() > 1).then(|| {
            let ranks: Vec<String> = masters.iter().map(u32::to_string).collect();
            let name = &one.cluster.name;
            Finding::risk(
                "several nodes are masters: each answers ARP, and in mode forward each forwards",
            )
            .seen(format!(
                "ranks {} (ssictl peers {name})",
                ranks.join(" and ")
            ))
            .advice(format!(
                "ssictl cluster set {name} --master off, on all but one"
            ))
        })
    })
}

fn disagreement(facts: &Facts) -> Looked {
    let others = [Difference::Node, Difference::Owned];
    each(facts, |one| {
        let peers = alive(one).filter(|peer| !others.iter().any(|kind| peer.differs.has(*kind)));
        let sentences = peers.flat_map(|peer| peers::differences(&one.cluster, peer));
        sentences
            .map(|sentence| {
                Finding::broken("nodes do not agree on whose a client is, so it is answered twice, or by nobody")
                    .seen(sentence)
                    .advice("compare ssictl cluster show on both nodes, and set what is wrong")
            })
            .collect::<Vec<_>>()
    })
}

fn rank_twice(facts: &Facts) -> Looked {
    each(facts, |one| {
        let peer = one
            .peers
            .iter()
            .find(|peer| peer.differs.has(Difference::Node))?;
        let name = &one.cluster.name;
        Some(
            Finding::broken("two nodes have one rank, and serve the same clients")
                .seen(format!(
                    "rank {} is that of {} too",
                    peer.node,
                    Mac(peer.mac)
                ))
                .advice(format!(
                    "ssictl cluster set {name} --rank, on one of the two"
                )),
        )
    })
}

fn buckets_twice(facts: &Facts) -> Looked {
    each(facts, |one| {
        let peer = alive(one).find(|peer| peer.differs.has(Difference::Owned))?;
        let name = &one.cluster.name;
        Some(
            Finding::broken("two nodes serve the same buckets: their clients are answered twice")
                .seen(format!("rank {} has buckets that this node has", peer.node))
                .advice(format!(
                    "compare ssictl table show {name} on both, and set one"
                )),
        )
    })
}

fn node_silent(facts: &Facts) -> Looked {
    each(facts, |one| {
        let gone = one
            .peers
            .iter()
            .filter(|peer| peer.node != one.cluster.node && !is_alive(peer));
        gone.map(|peer| {
            Finding::broken(format!("rank {} is not heard: its clients are served by nobody until others have its buckets", peer.node))
                .seen(format!("its last message came {} s ago, from {}", peer.age, Mac(peer.mac)))
                .advice("if the node runs, look at the network between; else give its buckets to others (with ssid this is done)")
        })
        .collect::<Vec<_>>()
    })
}

fn node_missing(facts: &Facts) -> Looked {
    each(facts, |one| {
        let cluster = &one.cluster;
        // With ssid the kernel's number of nodes says nothing.
        let is_static = cluster.lease.is_none() && !cluster.lapsed;
        let ranks = peers::missing(cluster, &one.peers).filter(|_| is_static)?;
        Some(
            Finding::broken(
                "nodes of the cluster were never heard: their clients are served by nobody",
            )
            .seen(format!(
                "rank {ranks} of {} (ssictl peers {})",
                cluster.nodes, cluster.name
            ))
            .advice(
                "make the cluster there, or see why its messages do not come; ssictl doctor there",
            ),
        )
    })
}

fn lapsed(facts: &Facts) -> Looked {
    each(facts, |one| {
        one.cluster.lapsed.then(|| {
            Finding::broken("this node's lease has run out: it serves nothing new")
                .seen("ssictl cluster show says that it has lapsed")
                .advice("see why ssid, or whatever renews it, does not: ssictl status, journalctl -u ssid; a new table brings the node back")
        })
    })
}

#[cfg(test)]
mod tests {
    use logic::agreement::Differences;

    use crate::doctor::sample::{finds, finds_nothing, finds_these};
    use ssi_netlink::spec::Difference;

    #[test]
    fn masters() {
        finds("no-master", |facts| {
            facts.clusters[0].peers[0].master = false
        });
        // One that is gone answers nobody.
        finds_these(&["no-master", "node-silent"], |facts| {
            facts.clusters[0].peers[0].age = 9
        });
        finds_nothing(|facts| {
            facts.clusters[0].peers[0].master = false;
            facts.clusters[0].cluster.master = true;
        });
        let finding = finds("two-masters", |facts| {
            facts.clusters[0].cluster.master = true
        });
        assert!(finding.evidence.contains("0 and 1"), "{}", finding.evidence);
        finds("two-masters", |facts| {
            facts.clusters[0].peers[1].master = true
        });
    }

    #[test]
    fn what_differs() {
        let differing = |kind: Difference| {
            move |facts: &mut crate::doctor::facts::Facts| {
                facts.clusters[0].peers[1].differs = Differences::NONE.with(kind);
            }
        };
        let finding = finds("disagreement", differing(Difference::HashSeed));
        assert!(finding.evidence.contains("another seed"));
        finds("disagreement", differing(Difference::Vip));
        // It is heard each fourth second.
        finds("disagreement", |facts| {
            differing(Difference::Mac)(facts);
            facts.clusters[0].peers[1].age = 4;
        });
        finds("rank-twice", differing(Difference::Node));
        finds("buckets-twice", differing(Difference::Owned));
    }

    #[test]
    fn absent() {
        let finding = finds("node-missing", |facts| facts.clusters[0].peers.truncate(1));
        assert!(finding.evidence.starts_with("rank 2 of 3"));
        finds_nothing(|facts| {
            facts.clusters[0].peers.pop();
            facts.clusters[0].cluster.lease = Some(4000);
        });
        finds("node-silent", |facts| facts.clusters[0].peers[1].age = 4);
        finds("lapsed", |facts| facts.clusters[0].cluster.lapsed = true);
    }
}
