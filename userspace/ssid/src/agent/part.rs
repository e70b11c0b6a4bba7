// SPDX-License-Identifier: GPL-2.0-only

//! The part of a group that counts: nodes whose cluster files agree, and who can read each other.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::agent::terms::{Terms, VERSION};

/// It.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its nodes, in order of numbers.
    pub members: Vec<u32>,
    /// The version that they speak.
    pub version: u8,
}

/// Of a group's nodes, in order of numbers, with the terms of each as far as known: the part with most votes, of as many the largest, whose
/// members have the same fixed fields and a version in common; of two as large that of the lowest number, and by the newest version.
/// Who sends nothing is in it: when it goes on to do so it is left out as silent.
///
/// All programs of a group come to the same, as they have received the same.
pub fn of(group: &[(u32, Option<Terms>)], votes: &BTreeMap<u32, usize>) -> Part {
    let known: Vec<(u32, Terms)> = group
        .iter()
        .filter_map(|(node, terms)| Some((*node, (*terms)?)))
        .collect();
    // The newest version that several have in common is the newest of one of them.
    let all = known.iter().map(|(_, terms)| {
        let version = terms.versions.newest;
        let agrees = |other: &Terms| other.fixed == terms.fixed && other.versions.has(version);
        let agreed = known.iter().filter(|(_, other)| agrees(other));
        let members: Vec<u32> = agreed.map(|(node, _)| *node).collect();
        Part { members, version }
    });
    let rank = |part: &Part| {
        let first = part.members.first().copied().unwrap_or(u32::MAX);
        let members = part.members.iter();
        let sum = members.fold(0usize, |sum, node| {
            sum.saturating_add(votes.get(node).copied().unwrap_or(1))
        });
        (sum, part.members.len(), Reverse(first), part.version)
    };
    let best = all.max_by_key(rank);
    let version = best.as_ref().map_or(VERSION, |part| part.version);
    let agreed = best.map_or_else(Vec::new, |part| part.members);
    let members = group
        .iter()
        .filter(|(node, terms)| terms.is_none() || agreed.contains(node));
    Part {
        members: members.map(|(node, _)| *node).collect(),
        version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::terms::Versions;

    /// Of what is fixed, the oldest and the newest version.
    type Short = Option<(u64, u8, u8)>;

    fn part(group: &[(u32, Short)]) -> (Vec<u32>, u8) {
        part_by(group, &[])
    }

    fn part_by(group: &[(u32, Short)], votes: &[(u32, usize)]) -> (Vec<u32>, u8) {
        let group: Vec<(u32, Option<Terms>)> = group
            .iter()
            .map(|(node, terms)| {
                let terms = terms.map(|(fixed, oldest, newest)| Terms {
                    fixed,
                    versions: Versions { oldest, newest },
                });
                (*node, terms)
            })
            .collect();
        let part = of(&group, &votes.iter().copied().collect());
        (part.members, part.version)
    }

    #[test]
    fn claim_14_the_largest_part_that_agrees_counts() {
        let (x, y) = (Some((1, 2, 2)), Some((2, 2, 2)));
        for (group, members) in [
            (vec![(1, x), (2, x), (3, x)], vec![1, 2, 3]),
            (vec![(1, y), (2, x), (3, x)], vec![2, 3]),
            (vec![(1, x), (2, y), (3, x)], vec![1, 3]),
            // As many: the lowest number.
            (vec![(1, y), (2, x)], vec![1]),
            (vec![(1, x), (2, y), (3, y), (4, x)], vec![1, 4]),
            // Who sends nothing is nobody's, and in.
            (vec![(1, None), (2, x), (3, y), (4, y)], vec![1, 3, 4]),
            (vec![(1, None), (2, None)], vec![1, 2]),
            (vec![], vec![]),
        ] {
            assert_eq!(part(&group), (members, 2), "{group:?}");
        }
    }

    #[test]
    fn claim_14_the_part_with_most_votes_counts() {
        let (x, y) = (Some((1, 2, 2)), Some((2, 2, 2)));
        let group = [(1, x), (2, x), (3, y)];
        for (votes, members) in [
            (&[][..], vec![1, 2]),
            (&[(3, 3)], vec![3]),
            (&[(3, 2)], vec![1, 2]),
            (&[(1, 0), (2, 0)], vec![3]),
            (&[(1, 0)], vec![1, 2]),
        ] {
            assert_eq!(part_by(&group, votes).0, members, "{votes:?}");
        }
    }

    #[test]
    fn claim_14_a_version_that_all_read_is_spoken() {
        let of = |oldest, newest| Some((1, oldest, newest));
        for (group, members, version) in [
            // One after the other is upgraded.
            (
                vec![(1, of(2, 3)), (2, of(2, 2)), (3, of(2, 2))],
                vec![1, 2, 3],
                2,
            ),
            (
                vec![(1, of(2, 3)), (2, of(2, 3)), (3, of(2, 2))],
                vec![1, 2, 3],
                2,
            ),
            (
                vec![(1, of(2, 3)), (2, of(2, 3)), (3, of(2, 3))],
                vec![1, 2, 3],
                3,
            ),
            // Two versions that have none in common, and one that has with both.
            (
                vec![(1, of(2, 2)), (2, of(2, 3)), (3, of(3, 4))],
                vec![1, 2],
                2,
            ),
            (
                vec![(1, of(4, 4)), (2, of(2, 3)), (3, of(3, 4))],
                vec![1, 3],
                4,
            ),
            (
                vec![(1, of(2, 2)), (2, of(3, 3)), (3, of(3, 3))],
                vec![2, 3],
                3,
            ),
            // A range that is none agrees with nobody.
            (vec![(1, of(9, 2)), (2, of(2, 2))], vec![2], 2),
        ] {
            assert_eq!(part(&group), (members, version), "{group:?}");
        }
    }
}
