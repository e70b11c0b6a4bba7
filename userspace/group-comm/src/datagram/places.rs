// SPDX-License-Identifier: GPL-2.0-only

//! Places: a set of nodes, each named by its place in the electorate, the nodes in order of numbers.

use std::fmt;

/// So many nodes an electorate has at most.
pub const MOST: usize = 32;

/// A set of places below [`MOST`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Places(u32);

impl Places {
    /// No place.
    pub const NONE: Places = Places(0);

    /// From bits, the lowest for place 0.
    pub const fn from_bits(bits: u32) -> Places {
        Places(bits)
    }

    /// Its bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    fn bit(place: u8) -> u32 {
        1u32.checked_shl(place.into()).unwrap_or(0)
    }

    /// With this place.
    pub fn with(self, place: u8) -> Places {
        Places(self.0 | Places::bit(place))
    }

    /// Without it.
    pub fn without(self, place: u8) -> Places {
        Places(self.0 & !Places::bit(place))
    }

    /// Whether it is there.
    pub fn has(self, place: u8) -> bool {
        self.0 & Places::bit(place) != 0
    }

    /// What both have.
    pub const fn and(self, other: Places) -> Places {
        Places(self.0 & other.0)
    }

    /// How many.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// All, the lowest first.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..32).filter(move |place| self.has(*place))
    }

    /// Whether it is preferred to another: it is larger, or as large and has lower numbers.
    pub fn is_better_than(self, other: Places) -> bool {
        let differs = self.0 ^ other.0;
        let lowest = differs & differs.wrapping_neg();
        (self.len(), self.0 & lowest != 0) > (other.len(), other.0 & lowest != 0)
    }
}

impl FromIterator<u8> for Places {
    fn from_iter<I: IntoIterator<Item = u8>>(places: I) -> Places {
        places.into_iter().fold(Places::NONE, Places::with)
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The best set that has `me`, of `among` else, in which each knows each other, by `knows`.
pub fn best_clique(me: u8, among: Places, knows: &impl Fn(u8) -> Places) -> Places {
    let mut best = Places::NONE;
    let others = among.without(me).and(knows(me));
    extend(Places::NONE.with(me), others, knows, &mut best);
    best
}

/// Sets come in the order of their numbers, so the first of a size is the best of that size.
fn extend(chosen: Places, others: Places, knows: &impl Fn(u8) -> Places, best: &mut Places) {
    if chosen.len() > best.len() {
        *best = chosen;
    }
    let mut left = others;
    for next in others.iter() {
        if chosen.len() + left.len() <= best.len() {
            return;
        }
        left = left.without(next);
        extend(chosen.with(next), left.and(knows(next)), knows, best);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(places: &[u8]) -> Places {
        places.iter().copied().collect()
    }

    #[test]
    fn larger_is_better_and_lower_is_better() {
        assert!(set(&[1, 2, 3]).is_better_than(set(&[0, 1])));
        assert!(set(&[0, 3]).is_better_than(set(&[1, 2])));
        assert!(!set(&[1, 2]).is_better_than(set(&[0, 3])));
        assert!(!set(&[1, 2]).is_better_than(set(&[1, 2])));
    }

    proptest! {
        #[test]
        fn the_best_clique_is_the_best_of_all_subsets(edges in prop::collection::vec(any::<bool>(), 36), me in 0u8..8) {
            let knows = |a: u8| (0..8u8).filter(|b| {
                let (low, high) = (a.min(*b), a.max(*b));
                a != *b && edges[usize::from(high) * (usize::from(high) - 1) / 2 + usize::from(low)]
            }).collect::<Places>();
            let all = (0..256u32).map(Places::from_bits).filter(|set| set.has(me)
                && set.iter().all(|a| set.without(a).and(knows(a)) == set.without(a)));
            let best = all.fold(Places::NONE, |best, set| if set.is_better_than(best) { set } else { best });
            prop_assert_eq!(best_clique(me, Places::from_bits(255), &knows), best);
        }
    }
}
