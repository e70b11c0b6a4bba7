// SPDX-License-Identifier: GPL-2.0-only

//! Electorate: the nodes that count, of which a majority is a quorum.

use sha2::{Digest, Sha256};

use super::places::MOST;

/// The nodes, in order of numbers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Electorate {
    nodes: Vec<u32>,
    digest: u64,
}

impl Electorate {
    /// Of these nodes.
    ///
    /// # Errors
    ///
    /// A sentence, if they are none or too many.
    pub fn new(mut nodes: Vec<u32>) -> Result<Electorate, String> {
        nodes.sort_unstable();
        nodes.dedup();
        if nodes.is_empty() || nodes.len() > MOST {
            return Err(format!(
                "there are {} nodes, and the engine \"datagram\" is for 1 to {MOST}: give engine = \"corosync\"",
                nodes.len()
            ));
        }
        let mut hash = Sha256::new();
        for node in &nodes {
            hash.update(node.to_be_bytes());
        }
        let digest = hash
            .finalize()
            .first_chunk::<8>()
            .map_or(0, |first| u64::from_be_bytes(*first));
        Ok(Electorate { nodes, digest })
    }

    /// All of them.
    pub fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    /// Whether a quorum of the one has a node in common with each quorum of the other: one node came or went.
    pub fn is_next_to(&self, other: &Electorate) -> bool {
        let lacks = |of: &Electorate, node: &&u32| of.place(**node).is_none();
        let here = self.nodes.iter().filter(|node| lacks(other, node));
        let there = other.nodes.iter().filter(|node| lacks(self, node));
        here.chain(there).count() == 1
    }

    /// So many make a quorum.
    pub fn quorum(&self) -> usize {
        self.nodes.len() / 2 + 1
    }

    /// Distinguishes it from others.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// A node's place.
    pub fn place(&self, node: u32) -> Option<u8> {
        let at = self.nodes.binary_search(&node).ok()?;
        u8::try_from(at).ok()
    }

    /// The node at a place.
    pub fn node(&self, place: u8) -> Option<u32> {
        self.nodes.get(usize::from(place)).copied()
    }
}
