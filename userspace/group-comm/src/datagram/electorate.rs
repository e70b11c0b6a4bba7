// SPDX-License-Identifier: GPL-2.0-only

//! Electorate: the nodes that count, each with its votes, of which a majority is a quorum.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::places::MOST;
use super::votes::Votes;

/// So many votes a node has at most.
pub const MOST_VOTES: u32 = 255;

/// The nodes, in order of numbers.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Electorate {
    nodes: Vec<u32>,
    votes: Votes,
    digest: u64,
}

impl Electorate {
    /// Of these nodes, with a vote each.
    ///
    /// # Errors
    ///
    /// A sentence, if they are none or too many.
    pub fn new(nodes: Vec<u32>) -> Result<Electorate, String> {
        Electorate::with_votes(nodes.into_iter().map(|node| (node, 1)))
    }

    /// Of these nodes, with so many votes.
    ///
    /// # Errors
    ///
    /// A sentence, if they are none or too many, or have no vote or too many.
    pub fn with_votes(all: impl IntoIterator<Item = (u32, u32)>) -> Result<Electorate, String> {
        let all: BTreeMap<u32, u32> = all.into_iter().collect();
        if all.is_empty() || all.len() > MOST {
            return Err(format!(
                "there are {} nodes, and the engine \"datagram\" is for 1 to {MOST}: give engine = \"corosync\"",
                all.len()
            ));
        }
        if let Some((node, votes)) = all.iter().find(|(_, votes)| **votes > MOST_VOTES) {
            return Err(format!(
                "node {node} has {votes} votes: give {MOST_VOTES} at most"
            ));
        }
        if all.values().all(|votes| *votes == 0) {
            return Err("no node has a vote: give some node one or more".to_owned());
        }
        Ok(Electorate {
            digest: digest(&all),
            nodes: all.keys().copied().collect(),
            votes: all.into_values().collect(),
        })
    }

    /// All of them.
    pub fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    /// Their votes, by place.
    pub fn votes(&self) -> &Votes {
        &self.votes
    }

    /// A node's votes; none, where it does not count.
    pub fn votes_of(&self, node: u32) -> u32 {
        let place = self.place(node).into_iter();
        self.votes.of(place.collect())
    }

    /// Those that have other than one vote, with them.
    pub fn other_than_one(&self) -> BTreeMap<u32, usize> {
        let all = self.nodes.iter().map(|node| (*node, self.votes_of(*node)));
        let others = all.filter(|(_, votes)| *votes != 1);
        others
            .map(|(node, votes)| (node, usize::try_from(votes).unwrap_or(usize::MAX)))
            .collect()
    }

    /// The votes that another electorate's nodes have here, by their places there.
    pub fn votes_by_places_of(&self, other: &Electorate) -> Votes {
        let nodes = other.nodes.iter();
        nodes.map(|node| self.votes_of(*node)).collect()
    }

    /// Those of which only one of the two knows.
    pub fn comings_and_goings(&self, other: &Electorate) -> usize {
        let lacks = |of: &Electorate, node: &&u32| of.place(**node).is_none();
        let here = self.nodes.iter().filter(|node| lacks(other, node));
        let there = other.nodes.iter().filter(|node| lacks(self, node));
        here.chain(there).count()
    }

    /// Whether each majority of the one has a node in common with each majority of the other.
    ///
    /// For each sum of votes here the least of votes there that nodes of that sum have: the others have the rest there, and are
    /// a majority without them, or not.
    pub fn shares_majorities(&self, other: &Electorate) -> bool {
        let quorum = usize::try_from(self.quorum()).unwrap_or(usize::MAX);
        let mut least: Vec<Option<u32>> = vec![None; quorum.saturating_add(1)];
        if let Some(none) = least.first_mut() {
            *none = Some(0);
        }
        let nodes: BTreeSet<u32> = self.nodes.iter().chain(&other.nodes).copied().collect();
        for node in nodes {
            let here = usize::try_from(self.votes_of(node)).unwrap_or(usize::MAX);
            let there = other.votes_of(node);
            // From above, so that each node is in a sum once.
            for sum in (0..quorum).rev() {
                let with = sum.saturating_add(here).min(quorum);
                let votes = least.get(sum).copied().flatten();
                let votes = votes.map(|votes| votes.saturating_add(there));
                if let (Some(votes), Some(known)) = (votes, least.get_mut(with)) {
                    let is_less = known.is_none_or(|known| votes < known);
                    *known = if is_less { Some(votes) } else { *known };
                }
            }
        }
        let with_majority = least.last().copied().flatten().unwrap_or(0);
        other.votes.all().saturating_sub(with_majority) < other.quorum()
    }

    /// Whether a group may go over from the one to the other: one node at most comes or goes, and majorities of the two share a
    /// node.
    pub fn is_next_to(&self, other: &Electorate) -> bool {
        self.comings_and_goings(other) <= 1 && self.shares_majorities(other)
    }

    /// So many votes make a quorum.
    pub fn quorum(&self) -> u32 {
        self.votes.quorum()
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

/// Of the numbers; and of the votes, where not all have one, so that releases that know of no others understand the rest.
fn digest(all: &BTreeMap<u32, u32>) -> u64 {
    let mut hash = Sha256::new();
    let are_ones = all.values().all(|votes| *votes == 1);
    if !are_ones {
        hash.update(b"votes");
    }
    for (node, votes) in all {
        hash.update(node.to_be_bytes());
        if !are_ones {
            hash.update(votes.to_be_bytes());
        }
    }
    let bytes = hash.finalize();
    bytes
        .first_chunk::<8>()
        .map_or(0, |first| u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests;
