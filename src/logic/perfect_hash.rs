// SPDX-License-Identifier: GPL-2.0-only

//! Places for keys, such that each key has its own: what is there is found by one look.

use super::fraction::row;

/// Most keys that places are sought for.
const KEYS_MAX: usize = 256;
/// As many multipliers are tried. One in eight does, whatever the number of keys.
const TRIES: u64 = 1000;

/// Which place a key has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PerfectHash {
    multiplier: u64,
    slots: u64,
}

impl PerfectHash {
    /// That of no key: one place.
    pub const NOTHING: Self = Self {
        multiplier: 1,
        slots: 1,
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
        let slots = (count * count / 4).max(count).max(1) as u64;
        (0..TRIES)
            .map(|seed| Self {
                multiplier: mixed(seed) | 1,
                slots,
            })
            .find(|hash| hash.is_good(keys.clone()))
    }

    /// Number of places.
    pub fn slots(&self) -> usize {
        self.slots as usize
    }

    /// The place of a key, and of others that are none.
    pub fn slot(&self, key: u64) -> usize {
        row(self.fraction(key), self.slots) as usize
    }

    /// The same in 2^-64 of the number of places.
    #[inline(always)]
    pub fn fraction(&self, key: u64) -> u64 {
        key.wrapping_mul(self.multiplier)
    }

    fn is_good(&self, mut keys: impl Iterator<Item = u64> + Clone) -> bool {
        while let Some(key) = keys.next() {
            let slot = self.slot(key);
            if keys.clone().any(|other| self.slot(other) == slot) {
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
        let hash = PerfectHash::new(keys.iter().copied()).unwrap();
        let slots: BTreeSet<_> = keys.iter().map(|key| hash.slot(*key)).collect();
        assert_eq!(slots.len(), keys.len());
        assert!(slots.iter().all(|slot| *slot < hash.slots()));
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
        assert_eq!(PerfectHash::new(0..KEYS_MAX as u64 + 1), None);
        assert_eq!(PerfectHash::new([1, 2, 1].into_iter()), None);
    }

    proptest! {
        #[test]
        fn any_keys(keys in prop::collection::btree_set(any::<u64>(), 0..64), other: u64) {
            let keys: Vec<_> = keys.into_iter().collect();
            all_apart(&keys);
            let hash = PerfectHash::new(keys.into_iter()).unwrap();
            prop_assert!(hash.slot(other) < hash.slots());
        }
    }
}
