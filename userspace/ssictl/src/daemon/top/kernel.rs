// SPDX-License-Identifier: GPL-2.0-only

//! A static cluster, as the kernel of this node has it: there is no daemon that knows more. In mode multicast every node hears
//! all requests, so the loads of all buckets are known here.

use std::collections::BTreeMap;
use std::time::Duration;

use ssi_cluster::failure::Failure;
use ssi_cluster::file::ClusterFile;
use ssi_cluster::system::System;
use ssi_netlink::spec::Function;
use ssi_netlink::{Cluster, Peer, Table};
use ssid_api::{Heat, NodeStatus, Status, ViewStatus};

use crate::peers::{SILENCE, remarks};
use crate::value::{Buckets, counted};

/// What its status has for an engine.
pub const ENGINE: &str = "static";

/// A bucket's packets: all clients', and those that this node served.
type Counts = BTreeMap<u32, (u64, u64)>;

/// What is asked again and again.
pub struct Kernel<S> {
    system: S,
    name: String,
    /// Has the nodes' names and buckets, where it is here.
    file: Option<ClusterFile>,
    before: Option<(Duration, Counts)>,
}

impl<S: System> Kernel<S> {
    /// Of a cluster.
    pub fn new(system: S, name: String, file: Option<ClusterFile>) -> Self {
        Self {
            system,
            name,
            file,
            before: None,
        }
    }

    /// How things are now; loads are those since it was asked last.
    pub fn look(&mut self) -> Result<(Status, Heat), Failure> {
        let refused = |e| Failure::refused(&self.name, &e);
        let cluster = self.system.cluster(&self.name).map_err(refused)?;
        let table = self.system.table(&self.name).map_err(refused)?;
        let peers = self.system.peers(&self.name).map_err(refused)?;
        let stats = self.system.bucket_stats(&self.name).map_err(refused)?;
        let now = self.system.now();
        let counts: Counts = stats
            .buckets
            .iter()
            .map(|bucket| (bucket.bucket, (bucket.seen_packets, bucket.served_packets)))
            .collect();
        let rates = match self.before.replace((now, counts.clone())) {
            Some((then, old)) => rates(&old, &counts, now.saturating_sub(then)),
            None => Counts::new(),
        };
        let mut nodes = self.nodes(&cluster, &table, &peers);
        let heat = self.heat(&cluster, &table, &nodes, &rates);
        for (place, node) in (0_u32..).zip(&mut nodes) {
            let mine = heat.owners.iter().zip(&heat.load);
            let mine = mine.filter(|(owner, _)| **owner == Some(place));
            node.packets = mine.fold(0, |sum, (_, load)| sum.saturating_add(*load));
        }
        if let Some(me) = nodes.iter_mut().find(|node| node.rank == cluster.node) {
            me.packets = rates
                .values()
                .fold(0, |sum, rate| sum.saturating_add(rate.1));
        }
        Ok((status(&cluster, &table, &peers, nodes), heat))
    }

    /// This node, and those that it has seen.
    fn nodes(&self, cluster: &Cluster, table: &Table, peers: &[Peer]) -> Vec<NodeStatus> {
        let of_file = |rank: u32| {
            let nodes = self.file.iter().flat_map(|file| &file.nodes);
            nodes.into_iter().find(|node| node.rank == rank)
        };
        let named = |rank: u32| match of_file(rank) {
            Some(node) => node.name.clone(),
            None => format!("rank {rank}"),
        };
        let own = Buckets::of(&table.owned, table.buckets);
        let me = NodeStatus {
            name: named(cluster.node),
            rank: cluster.node,
            member: true,
            master: cluster.master && !cluster.lapsed,
            state: "serving".into(),
            owned: own.len(),
            draining: Buckets::of(&table.draining, table.buckets).len(),
            connections: table.connections.into(),
            ..NodeStatus::default()
        };
        let other = |peer: &Peer| {
            let is_there = peer.age <= SILENCE;
            NodeStatus {
                name: named(peer.node),
                rank: peer.node,
                member: is_there,
                master: peer.master,
                state: if is_there { "serving" } else { "gone" }.into(),
                owned: match (cluster.function, of_file(peer.node)) {
                    (Function::Modulo, _) => 1,
                    (Function::Bitmap, node) => node.map_or(0, |node| node.owns.len()),
                },
                age: Some(u64::from(peer.age).saturating_mul(1000)),
                ..NodeStatus::default()
            }
        };
        let others = peers.iter().filter(|peer| peer.node != cluster.node);
        let mut nodes: Vec<NodeStatus> = others.map(other).chain([me]).collect();
        nodes.sort_by_key(|node| node.rank);
        nodes.dedup_by_key(|node| node.rank);
        nodes
    }

    fn heat(&self, cluster: &Cluster, table: &Table, nodes: &[NodeStatus], rates: &Counts) -> Heat {
        let own = Buckets::of(&table.owned, table.buckets);
        let place = |rank: u32| {
            let at = nodes.iter().position(|node| node.rank == rank)?;
            u32::try_from(at).ok()
        };
        let owner = |bucket: u32| {
            if own.has(bucket) {
                return place(cluster.node);
            }
            if cluster.function == Function::Modulo {
                return place(bucket);
            }
            // The kernel has its own part only, and the file what was agreed.
            let mut others = self.file.iter().flat_map(|file| &file.nodes);
            let owner = others.find(|node| node.rank != cluster.node && node.owns.has(bucket))?;
            place(owner.rank)
        };
        let seen = |bucket| rates.get(&bucket).map_or(0, |rate| rate.0);
        Heat {
            owners: (0..table.buckets).map(owner).collect(),
            load: (0..table.buckets).map(seen).collect(),
        }
    }
}

/// Packets a second.
fn rates(old: &Counts, new: &Counts, time: Duration) -> Counts {
    let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = |before: u64, after: u64| {
        // A table with another number of buckets begins anew.
        after.saturating_sub(before).saturating_mul(1000) / ms
    };
    let each = new.iter().map(|(bucket, (seen, served))| {
        let (before, served_before) = old.get(bucket).copied().unwrap_or_default();
        (*bucket, (rate(before, *seen), rate(served_before, *served)))
    });
    each.collect()
}

fn status(cluster: &Cluster, table: &Table, peers: &[Peer], nodes: Vec<NodeStatus>) -> Status {
    let there = nodes.iter().filter(|node| node.member).count();
    let moving = Buckets::of(&table.draining, table.buckets)
        .or(&Buckets::of(&table.adopting, table.buckets))
        .len();
    let me = nodes.iter().find(|node| node.rank == cluster.node);
    let mut trouble = remarks(cluster, peers);
    if cluster.lapsed {
        trouble.push(format!(
            "the lease is over, and this node serves none of {}",
            counted(table.buckets)
        ));
    }
    Status {
        cluster: cluster.name.clone(),
        node: me.map(|me| me.name.clone()).unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION").into(),
        engine: ENGINE.into(),
        view: Some(ViewStatus {
            members: u32::try_from(there).unwrap_or(u32::MAX),
            complete: true,
            ..ViewStatus::default()
        }),
        quorate: true,
        master: nodes
            .iter()
            .find(|node| node.master && node.member)
            .map(|node| node.name.clone()),
        generation: cluster.generation,
        buckets: table.buckets,
        moving,
        lease: cluster.lease.map(u64::from),
        nodes,
        trouble,
        ..Status::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssi_cluster::fake::{Fake, sample, sample_peer};
    use ssi_cluster::sample::parse;

    fn peer(node: u32, age: u32) -> Peer {
        Peer {
            node,
            age,
            master: node == 0,
            ..sample_peer(1)
        }
    }

    fn fake(function: Function) -> Fake {
        let mut fake = Fake::default();
        let cluster = sample(function);
        let store = (cluster, vec![0b010]);
        fake.state.clusters.insert("store".into(), store);
        fake.peers = vec![peer(0, 1), peer(2, 9)];
        fake
    }

    #[test]
    fn this_node_and_those_that_it_has_seen() {
        let mut kernel = Kernel::new(fake(Function::Modulo), "store".into(), None);
        let (status, heat) = kernel.look().unwrap();
        let of = |of: fn(&NodeStatus) -> String| status.nodes.iter().map(of).collect::<Vec<_>>();
        assert_eq!(of(|node| node.name.clone()), ["rank 0", "rank 1", "rank 2"]);
        assert_eq!(
            of(|node| node.state.clone()),
            ["serving", "serving", "gone"]
        );
        assert_eq!(status.master.as_deref(), Some("rank 0"));
        assert_eq!(status.view.map(|view| view.members), Some(2));
        assert_eq!(heat.owners, [Some(0), Some(1), Some(2)]);
        assert!(
            status.trouble[0].contains("rank 2 was last seen"),
            "{:?}",
            status.trouble
        );
    }

    #[test]
    fn names_and_others_buckets_are_the_files() {
        let mut fake = fake(Function::Bitmap);
        let (cluster, owned) = fake.state.clusters.get_mut("store").unwrap();
        (cluster.buckets, *owned) = (8, vec![0b1010_1010]);
        let file = parse(ssi_cluster::sample::WEB).unwrap();
        let others = file.nodes[0].owns.clone();
        let mut kernel = Kernel::new(fake, "store".into(), Some(file));
        let (status, heat) = kernel.look().unwrap();
        let names: Vec<&str> = status.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["n1", "n2", "rank 2"]);
        let of_n1 = |bucket: u32| others.has(bucket) && bucket % 2 == 0;
        for (bucket, owner) in (0..).zip(&heat.owners) {
            let due = match (bucket % 2 == 1, of_n1(bucket)) {
                (true, _) => Some(1),
                (false, true) => Some(0),
                (false, false) => None,
            };
            assert_eq!(*owner, due, "{bucket}");
        }
    }

    #[test]
    fn loads_are_of_the_time_between() {
        let old = Counts::from([(0, (10, 0)), (1, (500, 500))]);
        let new = Counts::from([(0, (30, 0)), (1, (100, 100)), (2, (8, 4))]);
        let two = Duration::from_secs(2);
        let due = Counts::from([(0, (10, 0)), (1, (0, 0)), (2, (4, 2))]);
        assert_eq!(rates(&old, &new, two), due);
    }
}
