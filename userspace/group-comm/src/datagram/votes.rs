// SPDX-License-Identifier: GPL-2.0-only

//! Votes: how much each node of an electorate counts for a quorum, by its place; and which group is to be had rather than another.

use super::places::Places;

/// The votes of each place.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Votes(Vec<u32>);

impl Votes {
    /// One each.
    #[cfg(test)]
    pub fn one_each(nodes: u8) -> Votes {
        Votes(vec![1; nodes.into()])
    }

    /// How many places there are.
    pub fn places(&self) -> usize {
        self.0.len()
    }

    /// Those of some places together.
    pub fn of(&self, places: Places) -> u32 {
        let all = (0u8..).zip(&self.0).filter(|(place, _)| places.has(*place));
        all.fold(0, |sum, (_, votes)| sum.saturating_add(*votes))
    }

    /// All.
    pub fn all(&self) -> u32 {
        self.0
            .iter()
            .fold(0, |sum, votes| sum.saturating_add(*votes))
    }

    /// So many are a majority.
    pub fn quorum(&self) -> u32 {
        self.all() / 2 + 1
    }

    /// Whether these have a majority.
    pub fn are_quorum(&self, places: Places) -> bool {
        self.of(places) >= self.quorum()
    }

    /// Whether one set is preferred to another: it has more votes, or as many and is larger, or is as large and has lower
    /// numbers.
    pub fn prefer(&self, one: Places, other: Places) -> bool {
        let (size, other_size) = (self.size(one), self.size(other));
        size > other_size || size == other_size && one.is_lower_than(other)
    }

    /// The best set that has `me`, of `among` else, in which each knows each other, by `knows`.
    pub fn best_clique(&self, me: u8, among: Places, knows: &impl Fn(u8) -> Places) -> Places {
        let mut best = Places::NONE;
        let others = among.without(me).and(knows(me));
        self.extend(Places::NONE.with(me), others, knows, &mut best);
        best
    }

    /// Sets come in the order of their numbers, so the first of a size is the best of that size.
    fn extend(
        &self,
        chosen: Places,
        others: Places,
        knows: &impl Fn(u8) -> Places,
        best: &mut Places,
    ) {
        if self.size(chosen) > self.size(*best) {
            *best = chosen;
        }
        let mut left = others;
        for next in others.iter() {
            if self.size(chosen.or(left)) <= self.size(*best) {
                return;
            }
            left = left.without(next);
            self.extend(chosen.with(next), left.and(knows(next)), knows, best);
        }
    }

    fn size(&self, places: Places) -> (u32, u32) {
        (self.of(places), places.len())
    }
}

impl FromIterator<u32> for Votes {
    fn from_iter<I: IntoIterator<Item = u32>>(votes: I) -> Votes {
        Votes(votes.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(places: &[u8]) -> Places {
        places.iter().copied().collect()
    }

    fn votes(votes: &[u32]) -> Votes {
        votes.iter().copied().collect()
    }

    #[test]
    fn larger_is_better_and_lower_is_better() {
        let votes = Votes::one_each(4);
        assert!(votes.prefer(set(&[1, 2, 3]), set(&[0, 1])));
        assert!(votes.prefer(set(&[0, 3]), set(&[1, 2])));
        assert!(!votes.prefer(set(&[1, 2]), set(&[0, 3])));
        assert!(!votes.prefer(set(&[1, 2]), set(&[1, 2])));
    }

    #[test]
    fn votes_go_before_numbers_and_who_has_none_counts_last() {
        let votes = votes(&[1, 1, 3, 0]);
        assert!(votes.prefer(set(&[2]), set(&[0, 1])));
        assert!(votes.prefer(set(&[0, 2, 3]), set(&[0, 2])));
        assert!(!votes.prefer(set(&[0, 1, 3]), set(&[2])));
    }

    #[test]
    fn more_than_half_of_the_votes_is_a_quorum() {
        for (of, there, is_quorum) in [
            (&[1, 1, 1][..], &[0, 1][..], true),
            (&[1, 1, 1], &[0], false),
            (&[1, 1, 3], &[2], true),
            (&[1, 1, 3], &[0, 1], false),
            (&[2, 1, 1], &[1, 2], false),
            (&[2, 1, 1], &[0, 2], true),
            (&[0, 0, 1], &[0, 1], false),
            (&[0, 0, 1], &[2], true),
        ] {
            assert_eq!(
                votes(of).are_quorum(set(there)),
                is_quorum,
                "{of:?} {there:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_best_clique_is_the_best_of_all_subsets(
            edges in prop::collection::vec(any::<bool>(), 36),
            me in 0u8..8,
            of in prop::collection::vec(0u32..4, 8),
        ) {
            let knows = |a: u8| (0..8u8).filter(|b| {
                let (low, high) = (a.min(*b), a.max(*b));
                a != *b && edges[usize::from(high) * (usize::from(high) - 1) / 2 + usize::from(low)]
            }).collect::<Places>();
            let votes = votes(&of);
            let all = (0..256u32).map(Places::from_bits).filter(|set| set.has(me)
                && set.iter().all(|a| set.without(a).and(knows(a)) == set.without(a)));
            let best = all.fold(Places::NONE, |best, set| if votes.prefer(set, best) { set } else { best });
            prop_assert_eq!(votes.best_clique(me, Places::from_bits(255), &knows), best);
        }
    }
}
