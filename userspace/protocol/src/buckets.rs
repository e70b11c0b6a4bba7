// SPDX-License-Identifier: GPL-2.0-only

//! A set of buckets of one cluster.

use serde::{Deserialize, Serialize};

/// Bits in a word.
const BITS: u32 = 64;

/// Some of `k` buckets. Two sets go together if they have the same `k`; what one has past the
/// other's end is left out.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Buckets {
    k: u32,
    words: Box<[u64]>,
}

/// A set as another program sends it.
#[derive(Deserialize)]
struct Raw {
    k: u32,
    words: Box<[u64]>,
}

impl TryFrom<Raw> for Buckets {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        let length = usize::try_from(raw.k.div_ceil(BITS)).unwrap_or(usize::MAX);
        let past = match (raw.k % BITS, raw.words.last()) {
            (0, _) | (_, None) => 0,
            (bits, Some(last)) => last >> bits,
        };
        if raw.words.len() != length || past != 0 {
            return Err("a set of buckets has another length than its size needs");
        }
        Ok(Self {
            k: raw.k,
            words: raw.words,
        })
    }
}

impl Buckets {
    /// None of `k` buckets.
    pub fn none(k: u32) -> Self {
        Self {
            k,
            words: (0..k.div_ceil(BITS)).map(|_| 0).collect(),
        }
    }

    /// Those of `k` buckets that are listed; what is past the end is left out.
    pub fn of(k: u32, listed: impl IntoIterator<Item = u32>) -> Self {
        let mut some = Self::none(k);
        for bucket in listed {
            some.insert(bucket);
        }
        some
    }

    /// The set of the kernel's bitmap: bucket m is bit `m % 8` of byte `m / 8`.
    pub fn from_bitmap(k: u32, bitmap: &[u8]) -> Self {
        let set = (0u32..).zip(bitmap).flat_map(|(place, byte)| {
            (0..8)
                .filter(move |bit| (byte >> bit) & 1 != 0)
                .map(move |bit| place.saturating_mul(8).saturating_add(bit))
        });
        Self::of(k, set)
    }

    /// The kernel's bitmap: bucket m is bit `m % 8` of byte `m / 8`.
    pub fn to_bitmap(&self) -> Vec<u8> {
        let mut bitmap: Vec<u8> = self.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        bitmap.truncate(usize::try_from(self.k.div_ceil(8)).unwrap_or(usize::MAX));
        bitmap
    }

    /// Of how many buckets these are some.
    pub fn k(&self) -> u32 {
        self.k
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether a bucket is among them.
    pub fn contains(&self, bucket: u32) -> bool {
        let word = usize::try_from(bucket / BITS).ok();
        let word = word.and_then(|place| self.words.get(place));
        word.is_some_and(|word| (word >> (bucket % BITS)) & 1 != 0)
    }

    /// Adds a bucket; one past the end is left out.
    pub fn insert(&mut self, bucket: u32) {
        if bucket >= self.k {
            return;
        }
        if let Some(word) = self.word(bucket) {
            *word |= 1 << (bucket % BITS);
        }
    }

    /// Takes a bucket out.
    pub fn remove(&mut self, bucket: u32) {
        if let Some(word) = self.word(bucket) {
            *word &= !(1 << (bucket % BITS));
        }
    }

    /// Adds those of another set.
    pub fn add(&mut self, other: &Self) {
        if self.k == other.k {
            self.with(other, |mine, theirs| mine | theirs);
        } else {
            other.iter().for_each(|bucket| self.insert(bucket));
        }
    }

    /// Takes those of another set out.
    pub fn take(&mut self, other: &Self) {
        self.with(other, |mine, theirs| mine & !theirs);
    }

    /// Those that are in both sets.
    pub fn and(&self, other: &Self) -> Self {
        Self::of(self.k, self.iter().filter(|bucket| other.contains(*bucket)))
    }

    /// Those that are not in the other set.
    pub fn but(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        rest.take(other);
        rest
    }

    /// Whether the other set has all of these.
    pub fn within(&self, other: &Self) -> bool {
        self.but(other).is_empty()
    }

    /// Each bucket, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.words).flat_map(|(place, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
                (bit < BITS).then(|| place.saturating_mul(BITS).saturating_add(bit))
            })
        })
    }

    fn word(&mut self, bucket: u32) -> Option<&mut u64> {
        self.words.get_mut(usize::try_from(bucket / BITS).ok()?)
    }

    fn with(&mut self, other: &Self, combine: impl Fn(u64, u64) -> u64) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine = combine(*mine, *theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn other_sizes_do_no_harm() {
        let mut small = Buckets::of(3, [0, 2, 7]);
        assert_eq!(small.iter().collect::<Vec<_>>(), [0, 2]);
        small.add(&Buckets::of(200, [1, 150]));
        assert_eq!(small.iter().collect::<Vec<_>>(), [0, 1, 2]);
        small.take(&Buckets::of(200, [1, 150]));
        assert_eq!(small, Buckets::of(3, [0, 2]));
        small.remove(1_000_000);
        assert!(!small.contains(1_000_000) && small.k() == 3);
    }

    proptest! {
        #[test]
        fn is_a_set(k in 0u32..300, a: BTreeSet<u16>, b: BTreeSet<u16>) {
            let inside = |set: BTreeSet<u16>| set.into_iter().map(u32::from).filter(|m| *m < k).collect::<BTreeSet<_>>();
            let (a, b) = (inside(a), inside(b));
            let of = |set: &BTreeSet<u32>| Buckets::of(k, set.iter().copied());
            let (x, y) = (of(&a), of(&b));
            prop_assert_eq!(x.iter().collect::<BTreeSet<_>>(), a.clone());
            prop_assert_eq!(usize::try_from(x.len()).unwrap(), a.len());
            prop_assert_eq!(x.is_empty(), a.is_empty());
            prop_assert_eq!(x.and(&y), of(&(&a & &b)));
            prop_assert_eq!(x.but(&y), of(&(&a - &b)));
            prop_assert_eq!(x.within(&y), a.is_subset(&b));
            let mut both = x.clone();
            both.add(&y);
            prop_assert_eq!(both, of(&(&a | &b)));
            prop_assert_eq!(Buckets::from_bitmap(k, &x.to_bitmap()), x.clone());
            prop_assert_eq!(x.to_bitmap().len(), usize::try_from(k.div_ceil(8)).unwrap());
        }
    }
}
