// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl peers`: the nodes that a cluster has seen, and what is wrong with them.

use std::process::ExitCode;

use logic::agreement::Differences;
use logic::owners::RANKS;
use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;
use ssi_netlink::spec::{Difference, Function};
use ssi_netlink::{Cluster, Peer};

use crate::output::{Columns, Head, Mood, Output, Text};
use crate::value::{ClientKey, Mac, list};

/// Something is wrong with the nodes.
const TROUBLE: u8 = 1;

/// The kernel takes a node for gone when it was silent for so many seconds.
pub const SILENCE: u32 = 3;

/// A node.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Node {
    node: u32,
    mac: String,
    forward_mac: Option<String>,
    master: bool,
    age: u32,
    generation: u64,
    agrees: bool,
    differs: Vec<&'static str>,
    buckets: u32,
    nodes: u32,
}

impl From<&Peer> for Node {
    fn from(peer: &Peer) -> Self {
        Self {
            node: peer.node,
            mac: Mac(peer.mac).to_string(),
            forward_mac: peer.forward_mac.map(|mac| Mac(mac).to_string()),
            master: peer.master,
            age: peer.age,
            generation: peer.generation,
            agrees: peer.agrees,
            differs: peer.differs.iter().map(Difference::name).collect(),
            buckets: peer.buckets,
            nodes: peer.nodes,
        }
    }
}

/// The nodes of a cluster that this one has seen.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Peers {
    name: String,
    /// This node's rank.
    node: u32,
    nodes: u32,
    peers: Vec<Node>,
    /// What is wrong, a sentence each.
    remarks: Vec<String>,
}

/// Shows them; the status tells of trouble.
pub fn run(system: &mut impl System, output: Output, name: &str) -> Result<ExitCode, Failure> {
    let refused = |e| Failure::refused(name, &e);
    let cluster = system.cluster(name).map_err(refused)?;
    let peers = Peers::new(&cluster, &system.peers(name).map_err(refused)?);
    output.show(&peers)?;
    Ok(match peers.remarks.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(TROUBLE),
    })
}

impl Peers {
    /// Those that were seen.
    pub fn new(cluster: &Cluster, peers: &[Peer]) -> Self {
        Self {
            name: cluster.name.clone(),
            node: cluster.node,
            nodes: cluster.nodes,
            peers: peers.iter().map(Node::from).collect(),
            remarks: remarks(cluster, peers),
        }
    }
}

/// What is wrong.
pub fn remarks(cluster: &Cluster, peers: &[Peer]) -> Vec<String> {
    let others = || peers.iter().filter(|peer| peer.node != cluster.node);
    let is_alive = |peer: &&Peer| peer.age <= SILENCE || has(peer, Difference::Mac);
    let alive = || others().filter(is_alive);
    let mut remarks = Vec::new();
    for peer in peers.iter().filter(is_alive) {
        remarks.extend(differences(cluster, peer));
    }
    for peer in others().filter(|peer| !is_alive(peer)) {
        remarks.push(format!(
            "rank {} was last seen {} s ago: it is down, or the network between is",
            peer.node, peer.age
        ));
    }
    match (cluster.master, ranks(alive().filter(|peer| peer.master))) {
        (true, None) => {}
        (true, Some(rank)) => remarks.push(format!(
            "this node is master, and rank {rank} too: cluster set --master off on all but one"
        )),
        (false, None) => remarks.push(format!(
            "no master among the {} nodes that are seen: nobody answers ARP",
            alive().count().saturating_add(1)
        )),
        (false, Some(several)) if several.contains([',', '-']) => {
            remarks.push(format!("ranks {several} are masters: there should be one"));
        }
        (false, Some(_)) => {}
    }
    if Differences(cluster.differs).has(Difference::Claimed) {
        remarks.push(
            "another host claims a cluster address: find its MAC with tcpdump -eni eth0 arp or icmp6".to_owned(),
        );
    }
    if let Some(missing) = missing(cluster, peers) {
        remarks.push(format!("never seen: rank {missing}"));
    }
    remarks
}

fn has(peer: &Peer, one: Difference) -> bool {
    peer.differs.has(one)
}

/// In what a node and this one do not go together, a sentence each; masters are all nodes' business.
pub fn differences(cluster: &Cluster, peer: &Peer) -> Vec<String> {
    let rank = peer.node;
    // As many buckets as nodes are no trouble of their own.
    let follows = has(peer, Difference::Nodes) && cluster.function == Function::Modulo;
    let kinds = peer.differs.iter().filter(|one| match one {
        Difference::Buckets => !follows,
        Difference::GroupMac => !has(peer, Difference::Mac),
        _ => true,
    });
    let sentence = |one: Difference| {
        Some(match one {
            Difference::Master | Difference::NoMaster | Difference::Claimed => return None,
            Difference::Node if rank == cluster.node => format!(
                "rank {rank} is this node's, and {} uses it as well: each node needs its own (cluster set --rank)",
                Mac(peer.mac)
            ),
            Difference::Node => format!(
                "rank {rank} is used by two nodes, one is {}: each node needs its own (cluster set --rank)",
                Mac(peer.mac)
            ),
            Difference::Owned => format!(
                "rank {rank} owns buckets that this node owns too, and both answer: compare ssictl table show"
            ),
            Difference::Mac => format!(
                "{}, rank {rank}, has an address of this cluster and another base MAC: a host may know either",
                Mac(peer.mac)
            ),
            other => format!(
                "rank {rank} does not agree: {}",
                disagreement(cluster, peer, other)
            ),
        })
    };
    kinds.filter_map(sentence).collect()
}

/// What a node has otherwise.
fn disagreement(cluster: &Cluster, peer: &Peer, difference: Difference) -> String {
    match difference {
        Difference::Nodes => format!("it has {} nodes, this one {}", peer.nodes, cluster.nodes),
        Difference::Buckets => {
            format!(
                "it has {} buckets, this one {}",
                peer.buckets, cluster.buckets
            )
        }
        Difference::Function => format!("its function is not {}", cluster.function),
        Difference::Hash => format!("its hash is not {}", cluster.hash),
        Difference::HashSeed => "its hash has another seed".to_owned(),
        Difference::Key => format!("its client key is not {}", ClientKey::from(cluster)),
        Difference::Vip => "its addresses are others; compare ssictl cluster show".to_owned(),
        Difference::GroupMac => format!("its group MAC is not {}", Mac(cluster.group_mac)),
        Difference::Mode => format!("its mode is not {}", cluster.mode),
        other => other.about().to_owned(),
    }
}

/// Ranks as a list, as `--owned` has buckets.
fn ranks<'a>(peers: impl Iterator<Item = &'a Peer>) -> Option<String> {
    numbers(peers.map(|peer| peer.node))
}

/// Ranks of which nothing was ever heard.
pub fn missing(cluster: &Cluster, peers: &[Peer]) -> Option<String> {
    // The kernel keeps no more of them.
    let all = 0..cluster.nodes.min(RANKS);
    let seen = |rank: &u32| peers.iter().any(|peer| peer.node == *rank);
    numbers(all.filter(|rank| *rank != cluster.node && !seen(rank)))
}

fn numbers(ranks: impl Iterator<Item = u32>) -> Option<String> {
    let mut bits = vec![0u8; logic::owned::len(RANKS)];
    for rank in ranks {
        let at = usize::try_from(rank / 8).ok()?;
        *bits.get_mut(at)? |= 1 << (rank % 8);
    }
    let is_empty = bits.iter().all(|byte| *byte == 0);
    (!is_empty).then(|| list(&bits, RANKS))
}

impl Text for Peers {
    fn mood(&self, line: &str) -> Mood {
        match self.remarks.iter().any(|remark| remark == line.trim_end()) {
            true => Mood::Wrong,
            false => Mood::Plain,
        }
    }

    fn text(&self) -> String {
        let left = |name: &str| Head::Left(name.to_owned());
        let right = |name: &str| Head::Right(name.to_owned());
        let has_forward = self.peers.iter().any(|peer| peer.forward_mac.is_some());
        let forward = |cell| has_forward.then_some(cell);
        let heads = [right("NODE"), left("MAC")].into_iter();
        let heads = heads.chain(forward(left("FORWARD-MAC"))).chain([
            left("MASTER"),
            right("AGE"),
            right("GENERATION"),
            left("AGREES"),
        ]);
        let mut columns = Columns::new(heads.collect());
        let yes = |flag| if flag { "yes" } else { "no" }.to_owned();
        for peer in &self.peers {
            let mac = peer.forward_mac.clone().unwrap_or_default();
            let cells = [peer.node.to_string(), peer.mac.clone()].into_iter();
            let rest = [
                yes(peer.master),
                format!("{} s", peer.age),
                peer.generation.to_string(),
                yes(peer.agrees),
            ];
            columns.row(
                cells
                    .chain(has_forward.then_some(mac))
                    .chain(rest)
                    .collect(),
            );
        }
        let mut text = columns.text();
        for remark in &self.remarks {
            text.push_str(remark);
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logic::agreement::Differences;
    use ssi_cluster::fake::{sample, sample_peer};
    use ssi_netlink::spec::{Function, Mode};

    fn cluster(node: u32, master: bool) -> Cluster {
        Cluster {
            mode: Mode::Forward,
            node,
            master,
            ..sample(Function::Modulo)
        }
    }

    fn peer(node: u32) -> Peer {
        Peer {
            forward_mac: Some([6, 0, 0, 0, 1, 0]),
            ..sample_peer(u8::try_from(node).unwrap())
        }
    }

    fn remarked(cluster: &Cluster, peers: &[Peer]) -> String {
        remarks(cluster, peers).join("; ")
    }

    #[test]
    fn nothing_is_wrong() {
        assert_eq!(remarked(&cluster(1, false), &[peer(0), peer(2)]), "");
        assert_eq!(remarked(&cluster(0, true), &[peer(1), peer(2)]), "");
        let text = Peers::new(&cluster(1, false), &[peer(0), peer(2)]).text();
        assert_eq!(
            text,
            "NODE  MAC                FORWARD-MAC        MASTER  AGE  GENERATION  AGREES\n   \
             0  06:00:00:00:00:00  06:00:00:00:01:00  yes     0 s           1  yes\n   \
             2  06:00:00:00:00:02  06:00:00:00:01:00  no      0 s           1  yes\n"
        );
    }

    #[test]
    fn each_trouble_has_its_sentence() {
        let here = cluster(1, false);
        let with = |change: fn(&mut Peer)| {
            let mut peer = peer(2);
            change(&mut peer);
            remarked(&here, &[self::peer(0), peer])
        };
        assert!(with(|peer| peer.age = 4).starts_with("rank 2 was last seen 4 s ago"));
        assert_eq!(
            with(|peer| peer.master = true),
            "ranks 0,2 are masters: there should be one"
        );
        let twin = with(|peer| {
            peer.node = 1;
            peer.differs = Differences::NONE.with(Difference::Node);
        });
        assert!(
            twin.starts_with("rank 1 is this node's, and 06:00:00:00:00:02"),
            "{twin}"
        );
        assert!(twin.ends_with("never seen: rank 2"), "{twin}");
        let nobody = remarked(&here, &[]);
        assert_eq!(
            nobody,
            "no master among the 1 nodes that are seen: nobody answers ARP; never seen: rank 0,2"
        );
        let two = remarked(&cluster(1, true), &[peer(0), peer(2)]);
        assert!(
            two.starts_with("this node is master, and rank 0 too"),
            "{two}"
        );
    }

    #[test]
    fn claim_16_each_difference_has_its_sentence() {
        let here = Cluster {
            mode: Mode::Multicast,
            ..cluster(1, false)
        };
        let with = |one: Difference| {
            let mut peer = Peer {
                forward_mac: None,
                nodes: 4,
                buckets: 4,
                ..peer(2)
            };
            peer.differs = Differences::NONE.with(one);
            remarked(&here, &[self::peer(0), peer])
        };
        for (one, due) in [
            (
                Difference::Nodes,
                "rank 2 does not agree: it has 4 nodes, this one 3",
            ),
            (
                Difference::Buckets,
                "rank 2 does not agree: it has 4 buckets, this one 3",
            ),
            (
                Difference::Function,
                "rank 2 does not agree: its function is not modulo",
            ),
            (
                Difference::Hash,
                "rank 2 does not agree: its hash is not none",
            ),
            (
                Difference::HashSeed,
                "rank 2 does not agree: its hash has another seed",
            ),
            (
                Difference::Mode,
                "rank 2 does not agree: its mode is not multicast",
            ),
            (
                Difference::Vip,
                "rank 2 does not agree: its addresses are others; compare ssictl cluster show",
            ),
            (
                Difference::Mac,
                "06:00:00:00:00:02, rank 2, has an address of this cluster and another base MAC: a host may know either",
            ),
            (
                Difference::Node,
                "rank 2 is used by two nodes, one is 06:00:00:00:00:02: each node needs its own (cluster set --rank)",
            ),
            (
                Difference::Owned,
                "rank 2 owns buckets that this node owns too, and both answer: compare ssictl table show",
            ),
            (Difference::Master, ""),
        ] {
            assert_eq!(with(one), due);
        }
        let mut peer = peer(2);
        peer.differs = Differences::NONE
            .with(Difference::Nodes)
            .with(Difference::Buckets);
        let both = remarked(&here, &[self::peer(0), peer]);
        assert_eq!(both, "rank 2 does not agree: it has 3 nodes, this one 3");
    }

    /// In mode multicast nobody has a forward interface.
    #[test]
    fn a_column_less() {
        let one = Peer {
            forward_mac: None,
            ..peer(0)
        };
        assert_eq!(
            Peers::new(&cluster(1, false), &[one]).text(),
            "NODE  MAC                MASTER  AGE  GENERATION  AGREES\n   \
             0  06:00:00:00:00:00  yes     0 s           1  yes\nnever seen: rank 2\n"
        );
    }
}
