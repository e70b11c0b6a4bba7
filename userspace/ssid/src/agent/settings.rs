// SPDX-License-Identifier: GPL-2.0-only

//! Settings of the cluster file, as far as the agent needs them.

use std::time::Duration;

use ssi_cluster::file::meant;
use ssi_protocol::{FairShare, NodeId, Timing};

use crate::agent::{Field, Names};

/// Levelling never begins where a node would have to be so many percent of its share.
const NEVER: u32 = u32::MAX;

/// The file's part for the agent; the same on all nodes but for `me`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The cluster's name.
    pub cluster: String,
    /// This node.
    pub me: NodeId,
    /// Number of buckets.
    pub buckets: u32,
    /// Leases and beats.
    pub timing: Timing,
    /// Whether a lease's end leaves connections where they are.
    pub drains_at_expiry: bool,
    /// Whether clients stick to a node that drains their buckets.
    pub sticks: bool,
    /// Milliseconds after which a silent daemon is left out.
    pub patience: u64,
    /// The planner.
    pub planner: FairShare,
    /// Whether one of two nodes goes on alone once it is confirmed that the other is dead.
    pub fenced: bool,
    /// Whether the cluster is in mode forward.
    pub forward: bool,
    /// Whether a node under pressure takes less.
    pub adapt: bool,
    /// How long a recovered node takes to its full weight.
    pub comeback: Duration,
    /// The interfaces that this node needs, as the file names them.
    pub interfaces: Names,
    /// The names of this node's checks.
    pub checks: Vec<String>,
    /// The nodes, in the file's order.
    pub nodes: Vec<Peer>,
    /// What has to be the same on all nodes, and cannot change while ssid runs.
    pub fixed: Vec<Field>,
    /// What should be the same.
    pub compared: Vec<Field>,
}

/// A node of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// Its number in the engine.
    pub id: NodeId,
    /// Its rank.
    pub rank: u32,
    /// Its weight; 0: a witness.
    pub weight: u32,
    /// Who has the greatest is master.
    pub priority: u32,
}

impl Settings {
    /// A node of the file.
    pub fn peer(&self, id: NodeId) -> Option<&Peer> {
        self.nodes.iter().find(|peer| peer.id == id)
    }

    /// The node that is meant by this name, short or full.
    pub fn named(&self, name: &str) -> Option<&Peer> {
        let names = self.nodes.iter().map(|peer| peer.name.as_str());
        meant(names, name).and_then(|at| self.nodes.get(at))
    }

    /// A node's name, or what to call one that the file does not know.
    pub fn name(&self, id: NodeId) -> String {
        match self.peer(id) {
            Some(peer) => peer.name.clone(),
            None => format!("node {id}"),
        }
    }

    /// This node's weight in the file.
    pub fn weight(&self) -> u32 {
        self.peer(self.me).map_or(0, |me| me.weight)
    }

    /// Whether this node counts in quorums only.
    pub fn is_witness(&self) -> bool {
        self.weight() == 0
    }

    /// The planner, with levelling or without.
    pub fn planner_when(&self, levelling: bool) -> FairShare {
        let mut planner = self.planner.clone();
        if !levelling {
            planner.limits.act = NEVER;
            planner.limits.stop = NEVER;
        }
        planner
    }
}
