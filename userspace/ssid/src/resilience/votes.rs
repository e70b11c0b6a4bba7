// SPDX-License-Identifier: GPL-2.0-only

//! Votes of all nodes: what makes a quorum, and what is left of one.

use std::collections::BTreeMap;

use serde::Serialize;
use ssi_cluster::file::VOTES;

/// Each node's votes, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Votes(pub BTreeMap<String, u32>);

impl Votes {
    /// All together.
    pub fn sum(&self) -> u32 {
        self.0.values().copied().fold(0, u32::saturating_add)
    }

    /// So many make a quorum.
    pub fn quorum(&self) -> u32 {
        self.sum() / 2 + 1
    }

    /// Whether each node has one.
    pub fn are_ones(&self) -> bool {
        self.0.values().all(|votes| *votes == VOTES)
    }

    /// Whether each node has as many.
    pub fn are_equal(&self) -> bool {
        let first = self.0.values().next();
        self.0.values().all(|votes| Some(votes) == first)
    }

    /// Those of these nodes.
    pub fn of(&self, nodes: &[&str]) -> u32 {
        let votes = nodes.iter().filter_map(|name| self.0.get(*name));
        votes.copied().fold(0, u32::saturating_add)
    }

    /// Whether the others have a quorum without these nodes.
    pub fn suffice_without(&self, lost: &[&str]) -> bool {
        self.sum().saturating_sub(self.of(lost)) >= self.quorum()
    }

    /// How many nodes may be lost at a time: those with most votes go first.
    pub fn survives(&self) -> u32 {
        let mut heaviest: Vec<(&str, u32)> = self.each().collect();
        heaviest.sort_by_key(|(_, votes)| std::cmp::Reverse(*votes));
        let mut lost = Vec::new();
        let survived = heaviest.into_iter().take_while(|(name, _)| {
            lost.push(*name);
            self.suffice_without(&lost)
        });
        u32::try_from(survived.count()).unwrap_or(u32::MAX)
    }

    /// Nodes without which the others are no quorum.
    pub fn essential(&self) -> Vec<(&str, u32)> {
        let all = self.each();
        all.filter(|(name, _)| !self.suffice_without(&[*name]))
            .collect()
    }

    /// Whether some nodes have exactly half of the votes, so that a cut may leave no quorum.
    pub fn have_halves(&self) -> bool {
        let all = usize::try_from(self.sum()).unwrap_or(usize::MAX);
        if all == 0 || all % 2 == 1 {
            return false;
        }
        // Sums that some nodes come to.
        let mut sums = vec![false; all / 2 + 1];
        sums.iter_mut().take(1).for_each(|none| *none = true);
        for (_, votes) in self.each() {
            let votes = usize::try_from(votes).unwrap_or(usize::MAX);
            for sum in (votes..sums.len()).rev() {
                let with = sums.get(sum - votes).copied().unwrap_or(false);
                if let Some(there) = sums.get_mut(sum) {
                    *there |= with;
                }
            }
        }
        sums.last().copied().unwrap_or(false)
    }

    fn each(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(name, votes)| (name.as_str(), *votes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(all: &[u32]) -> Votes {
        let all = all.iter().enumerate();
        Votes(all.map(|(i, votes)| (format!("n{i}"), *votes)).collect())
    }

    #[test]
    fn halves_are_of_votes_and_not_of_nodes() {
        for (all, halves) in [
            (&[1][..], false),
            (&[1, 1], true),
            (&[1, 1, 1], false),
            (&[1, 1, 1, 1], true),
            (&[3, 1, 1, 1], true),
            (&[4, 1, 1, 1], false),
            (&[5, 1, 1, 1], false),
            (&[2, 2, 2], false),
            (&[2, 1, 0], false),
            (&[1, 1, 0], true),
            (&[255; 32], true),
        ] {
            assert_eq!(votes(all).have_halves(), halves, "{all:?}");
        }
    }

    #[test]
    fn who_has_most_goes_first() {
        for (all, survives) in [
            (&[1][..], 0),
            (&[1, 1], 0),
            (&[1, 1, 1], 1),
            (&[1, 1, 1, 1], 1),
            (&[1; 5], 2),
            (&[3, 1, 1], 0),
            (&[2, 2, 1], 1),
            (&[2, 1, 1, 1, 1, 1], 2),
        ] {
            assert_eq!(votes(all).survives(), survives, "{all:?}");
        }
    }
}
