// SPDX-License-Identifier: GPL-2.0-only

//! Status of the cluster, as one node sees it. Missing fields have their default, so that versions may differ.

use serde::{Deserialize, Serialize};

/// How things are. Field names are stable: `ssictl status -j` prints this.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Status {
    /// The cluster's name.
    pub cluster: String,
    /// The node that reports so.
    pub node: String,
    /// Version of its ssid.
    pub version: String,
    /// `corosync`, `datagram` or `alone`.
    pub engine: String,
    /// Why the engine does not work, if it does not.
    pub engine_trouble: Option<String>,
    /// The view that this node is in.
    pub view: Option<ViewStatus>,
    /// Whether it is quorate, so that the cluster acts.
    pub quorate: bool,
    /// Who answers ARP.
    pub master: Option<String>,
    /// Number of the kernel's bucket table here.
    pub generation: u64,
    /// Number of buckets.
    pub buckets: u32,
    /// Buckets that no node accepts for at the moment, as far as known.
    pub unserved: u32,
    /// Buckets in transition.
    pub moving: u32,
    /// Milliseconds that this node may serve without renewal; none: it serves nothing.
    pub lease: Option<u64>,
    /// Milliseconds after which the buckets of a node that is gone are served again: the lease, or what the engine needs to find
    /// out, if that is more; none where that is Corosync, and none answers.
    pub takeover: Option<u64>,
    /// All nodes of the file, in the file's order.
    pub nodes: Vec<NodeStatus>,
    /// What is wrong, a sentence each; empty when all is well.
    pub trouble: Vec<String>,
}

/// The view: who is in the cluster now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct ViewStatus {
    /// The engine's ring number.
    pub ring: u64,
    /// Number of the view within the ring.
    pub serial: u64,
    /// How many votes make a quorum.
    pub quorum: u32,
    /// The members' votes.
    pub votes: u32,
    /// Members.
    pub members: u32,
    /// Milliseconds since it began.
    pub age: u64,
    /// Whether all members have stated what they bring along: before that nothing moves.
    pub complete: bool,
}

/// One node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct NodeStatus {
    /// Its name.
    pub name: String,
    /// Its number in the engine.
    pub id: u32,
    /// Its rank.
    pub rank: u32,
    /// Its votes for a quorum; none: not known yet, or not to a daemon of before 0.2.
    pub votes: Option<u32>,
    /// Whether it is a member of the view.
    pub member: bool,
    /// Whether it is the master.
    pub master: bool,
    /// `serving`, `draining`, `leaving`, `left`, `witness`, `gone`, `dead` (as was confirmed), `held-out` or `left-out`.
    pub state: String,
    /// Milliseconds for which it is held out still, as it came and went, if it is heard without a gap; none: it is not.
    pub held_out: Option<u64>,
    /// Its weight now, of health and strain.
    pub weight: u32,
    /// Its weight as the operator wants it.
    pub full_weight: u32,
    /// Buckets that it serves.
    pub owned: u32,
    /// Buckets whose connections it still serves.
    pub draining: u32,
    /// Packets a second in buckets that it serves.
    pub packets: u64,
    /// Bytes a second.
    pub bytes: u64,
    /// TCP connections to cluster addresses.
    pub connections: u64,
    /// Busy share of its processors, percent.
    pub cpu: u32,
    /// Pressure: share of time in which some task waited for a processor, percent (the kernel's 10 s average).
    pub pressure: u32,
    /// Its checks.
    pub checks: Vec<Check>,
    /// Version of its ssid.
    pub version: String,
    /// Milliseconds since it was seen, whether it is a member now or not; none: never.
    pub age: Option<u64>,
}

/// A check of a local service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// Whether it passes.
    pub good: bool,
    /// Its last output, in a sentence.
    pub text: String,
}

/// The buckets' load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Heat {
    /// For each bucket the index of its node in [`Status::nodes`]; none: nobody's.
    pub owners: Vec<Option<u32>>,
    /// For each bucket its load: packets a second.
    pub load: Vec<u64>,
}
