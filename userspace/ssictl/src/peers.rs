// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl peers`: the nodes that a cluster in mode forward has seen, and what is wrong with them.

use logic::owners::RANKS;
use serde::Serialize;
use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;
use ssi_netlink::spec::Mode;
use ssi_netlink::{Cluster, Peer};

use crate::output::{Columns, Head, Output, Text};
use crate::value::{Mac, list};

/// The kernel takes a node for gone when it was silent for so many seconds.
pub const SILENCE: u32 = 3;

/// A node.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Node {
    node: u32,
    mac: String,
    forward_mac: String,
    master: bool,
    age: u32,
    generation: u64,
    agrees: bool,
}

impl From<&Peer> for Node {
    fn from(peer: &Peer) -> Self {
        Self {
            node: peer.node,
            mac: Mac(peer.mac).to_string(),
            forward_mac: Mac(peer.forward_mac).to_string(),
            master: peer.master,
            age: peer.age,
            generation: peer.generation,
            agrees: peer.agrees,
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

/// Shows them.
pub fn run(system: &mut impl System, output: Output, name: &str) -> Result<(), Failure> {
    let refused = |e| Failure::refused(name, &e);
    let cluster = system.cluster(name).map_err(refused)?;
    if cluster.mode != Mode::Forward {
        return Err(Failure::Refused(format!(
            "{name}: in mode {} nodes announce nothing",
            cluster.mode
        )));
    }
    let peers = system.peers(name).map_err(refused)?;
    output.show(&Peers::new(&cluster, &peers))
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
fn remarks(cluster: &Cluster, peers: &[Peer]) -> Vec<String> {
    let others = || peers.iter().filter(|peer| peer.node != cluster.node);
    let alive = || others().filter(|peer| peer.age <= SILENCE);
    let mut remarks = Vec::new();
    let is_twin = |peer: &&Peer| peer.node == cluster.node && peer.age <= SILENCE;
    for peer in peers.iter().filter(is_twin) {
        remarks.push(format!(
            "rank {} is this node's, and {} uses it as well: each node needs its own (cluster set --rank)",
            peer.node,
            Mac(peer.mac)
        ));
    }
    for peer in alive().filter(|peer| !peer.agrees) {
        remarks.push(format!(
            "rank {} does not agree: its nodes, function, buckets, hash or addresses are others than here; \
             compare ssictl cluster show",
            peer.node
        ));
    }
    for peer in others().filter(|peer| peer.age > SILENCE) {
        remarks.push(format!(
            "rank {} was last seen {} s ago: it is down, or the VLAN between is",
            peer.node, peer.age
        ));
    }
    match (cluster.master, ranks(alive().filter(|peer| peer.master))) {
        (true, None) => {}
        (true, Some(rank)) => remarks.push(format!(
            "this node is master, and rank {rank} too: cluster set --master off on all but one"
        )),
        (false, None) => remarks.push("no master is seen: nobody answers ARP".to_owned()),
        (false, Some(several)) if several.contains([',', '-']) => {
            remarks.push(format!("ranks {several} are masters: there should be one"));
        }
        (false, Some(_)) => {}
    }
    if let Some(missing) = missing(cluster, peers) {
        remarks.push(format!("never seen: rank {missing}"));
    }
    remarks
}

/// Ranks as a list, as `--owned` has buckets.
fn ranks<'a>(peers: impl Iterator<Item = &'a Peer>) -> Option<String> {
    numbers(peers.map(|peer| peer.node))
}

fn missing(cluster: &Cluster, peers: &[Peer]) -> Option<String> {
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
    fn text(&self) -> String {
        let left = |name: &str| Head::Left(name.to_owned());
        let right = |name: &str| Head::Right(name.to_owned());
        let mut columns = Columns::new(vec![
            right("NODE"),
            left("MAC"),
            left("FORWARD-MAC"),
            left("MASTER"),
            right("AGE"),
            right("GENERATION"),
            left("AGREES"),
        ]);
        let yes = |flag| if flag { "yes" } else { "no" }.to_owned();
        for peer in &self.peers {
            columns.row(vec![
                peer.node.to_string(),
                peer.mac.clone(),
                peer.forward_mac.clone(),
                yes(peer.master),
                format!("{} s", peer.age),
                peer.generation.to_string(),
                yes(peer.agrees),
            ]);
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
    use ssi_cluster::fake::sample;
    use ssi_netlink::spec::Function;

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
            node,
            mac: [6, 0, 0, 0, 0, u8::try_from(node).unwrap()],
            forward_mac: [6, 0, 0, 0, 1, 0],
            master: node == 0,
            age: 0,
            agrees: true,
            generation: 1,
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
        assert!(with(|peer| peer.agrees = false).starts_with("rank 2 does not agree"));
        assert!(with(|peer| peer.age = 4).starts_with("rank 2 was last seen 4 s ago"));
        assert_eq!(
            with(|peer| peer.master = true),
            "ranks 0,2 are masters: there should be one"
        );
        let twin = with(|peer| peer.node = 1);
        assert!(
            twin.starts_with("rank 1 is this node's, and 06:00:00:00:00:02"),
            "{twin}"
        );
        assert!(twin.ends_with("never seen: rank 2"), "{twin}");
        let nobody = remarked(&here, &[]);
        assert_eq!(
            nobody,
            "no master is seen: nobody answers ARP; never seen: rank 0,2"
        );
        let two = remarked(&cluster(1, true), &[peer(0), peer(2)]);
        assert!(
            two.starts_with("this node is master, and rank 0 too"),
            "{two}"
        );
    }
}
