// SPDX-License-Identifier: GPL-2.0-only

//! View: the members of the cluster at the moment, by the engine.

use serde::{Deserialize, Serialize};
use ssi_plan::NodeId;

use crate::Votes;

/// Names a view. Compared for being the same, never for which is later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ViewId {
    /// The engine's number, such as Corosync's ring sequence number.
    pub ring: u64,
    /// Distinguishes sets of running programs, which come and go while the ring stays.
    pub programs: u64,
    /// Distinguishes views of one set of programs.
    pub serial: u64,
}

/// A membership that the engine announced.
///
/// The driver owes that
/// - an id stands for one set of running programs: there is another when one of them was started
///   anew;
/// - a program is in one view at a time and enters none twice, nor two of one id;
/// - any members of a quorate view that have `quorum` votes and any of another that have its have a node in
///   common, or of one of the two a whole quorum is in the other's `dead`, or all programs of the other were started after
///   the last one of this ended. A majority of all nodes' votes is such a quorum; votes of a quorum device and `two_node` are not;
/// - from the moment on at which it is confirmed that a node is dead, no program of it that was in a view before does anything
///   any more. Its kernel may, by the lease that it has.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct View {
    /// Its name.
    pub id: ViewId,
    /// Who is in it, in order of numbers, none twice.
    pub members: Vec<NodeId>,
    /// Whether the engine reports that this is the cluster, not a part cut off.
    pub quorate: bool,
    /// So many votes make a quorum.
    pub quorum: usize,
    /// The nodes' votes.
    pub votes: Votes,
    /// Nodes that are not in it and need not be for a quorum, as it was confirmed that they are dead.
    pub dead: Vec<NodeId>,
}

impl View {
    /// Whether a node is in it.
    pub fn has(&self, node: NodeId) -> bool {
        self.members.contains(&node)
    }

    /// Whether the cluster may act in it.
    pub fn is_quorate(&self) -> bool {
        self.quorate && self.quorum > 0 && self.votes.sum(&self.members) >= self.quorum
    }
}
