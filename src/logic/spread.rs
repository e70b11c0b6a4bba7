// SPDX-License-Identifier: GPL-2.0-only

//! Places for keys, such that each key has its own: what is there is found by one look.

/// Most keys that places are sought for.
const KEYS_MAX: usize = 256;
/// As many multipliers are tried. One in eight does, whatever the number of keys.
const TRIES: u64 = 1000;

/// Which place a key has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spread {
    multiplier: u64,
    places: u64,
}

impl Spread {
    /// That of no key: one place.
    pub const NOTHING: Self = Self {
        multiplier: 1,
        places: 1,
    };

    /// Places for these keys; `None` if there are too many of them, or two are the same.
    pub fn new(keys: impl Iterator<Item = u64> + Clone) -> Option<Self> {
        let count = keys
            .clone()
            .fold(0, |count: usize, _| count.saturating_add(1));
        if count > KEYS_MAX {
            return None;
        }
        // Two keys meet with a chance of one in the number of places, and there are count^2 / 2 pairs.
        let places = (count * count / 4).max(count).max(1) as u64;
        (0..TRIES)
            .map(|seed| Self {
                multiplier: mixed(seed) | 1,
                places,
            })
            .find(|spread| spread.is_good(keys.clone()))
    }

    /// Number of places.
    pub fn places(&self) -> usize {
        self.places as usize
    }

    /// The place of a key, and of others that are none.
    pub fn place(&self, key: u64) -> usize {
        ((u128::from(self.fraction(key)) * u128::from(self.places)) >> 64) as usize
    }

    /// The same in 2^-64 of the number of places.
    #[inline(always)]
    pub fn fraction(&self, key: u64) -> u64 {
        key.wrapping_mul(self.multiplier)
    }

    fn is_good(&self, mut keys: impl Iterator<Item = u64> + Clone) -> bool {
        while let Some(key) = keys.next() {
            let place = self.place(key);
            if keys.clone().any(|other| self.place(other) == place) {
                return false;
            }
        }
        true
    }
}

/// Numbers without a pattern (the last steps of SplitMix64).
const fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{
        collections::BTreeSet,
        vec::Vec, //
    };

    fn all_apart(keys: &[u64]) {
        let spread = Spread::new(keys.iter().copied()).unwrap();
        let places: BTreeSet<_> = keys.iter().map(|key| spread.place(*key)).collect();
        assert_eq!(places.len(), keys.len());
        assert!(places.iter().all(|place| *place < spread.places()));
    }

    #[test]
    fn addresses_in_a_row_and_far_apart() {
        for count in 0..=KEYS_MAX as u64 {
            // As MACs and IPv4 addresses lie in frames: the last byte is the highest.
            for step in [1, 1 << 8, 1 << 24, 1 << 40] {
                all_apart(&(0..count).map(|i| 0xc0a8 + i * step).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn too_many_and_twice_the_same() {
        assert_eq!(Spread::new(0..KEYS_MAX as u64 + 1), None);
        assert_eq!(Spread::new([1, 2, 1].into_iter()), None);
    }

    proptest! {
        #[test]
        fn any_keys(keys in prop::collection::btree_set(any::<u64>(), 0..64), other: u64) {
            let keys: Vec<_> = keys.into_iter().collect();
            all_apart(&keys);
            let spread = Spread::new(keys.into_iter()).unwrap();
            prop_assert!(spread.place(other) < spread.places());
        }
    }
}
