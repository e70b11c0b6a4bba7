// SPDX-License-Identifier: GPL-2.0-only

//! A set of a cluster's buckets.

use logic::owned::{len, owns};

use crate::value::{Owned, Shape, list};

/// Some of `count` buckets, as the kernel has them: bucket m is bit m mod 8, from the lowest, of byte m / 8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    bits: Vec<u8>,
    count: u32,
}

impl Buckets {
    /// None of `count`.
    pub fn none(count: u32) -> Self {
        Self {
            bits: vec![0; len(count)],
            count,
        }
    }

    /// Those of a bitmap; its bits past `count` are not taken, nor are missing ones.
    pub fn of(bits: &[u8], count: u32) -> Self {
        (0..count)
            .filter(|m| owns(bits, *m))
            .fold(Self::none(count), |mut set, m| {
                set.insert(m);
                set
            })
    }

    /// Those of a list as people write it; else what would be right.
    pub fn parse(text: &str, count: u32) -> Result<Self, String> {
        let bits = text.parse::<Owned>()?.bitmap(Shape {
            buckets: count,
            node: 0,
            nodes: 1,
        })?;
        Ok(Self { bits, count })
    }

    /// Adds one; past the last it is nothing.
    pub fn insert(&mut self, m: u32) {
        let byte = usize::try_from(m / 8).ok().filter(|_| m < self.count);
        if let Some(byte) = byte.and_then(|i| self.bits.get_mut(i)) {
            *byte |= 1 << (m % 8);
        }
    }

    /// Whether it is one of them.
    pub fn has(&self, m: u32) -> bool {
        owns(&self.bits, m)
    }

    /// Those in both.
    pub fn and(&self, other: &Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    /// Those in either.
    pub fn or(&self, other: &Self) -> Self {
        self.with(other, |a, b| a | b)
    }

    /// Those that are not in `other`.
    pub fn minus(&self, other: &Self) -> Self {
        self.with(other, |a, b| a & !b)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|byte| *byte == 0)
    }

    /// How many they are.
    pub fn len(&self) -> u32 {
        self.bits.iter().map(|byte| byte.count_ones()).sum()
    }

    /// They, from the lowest.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        // Most nodes of many have few.
        let some = (0u32..).zip(&self.bits).filter(|(_, byte)| **byte != 0);
        some.flat_map(|(i, byte)| {
            let bits = (0..8).filter(move |bit| (byte >> bit) & 1 != 0);
            bits.map(move |bit| i * 8 + bit)
        })
    }

    /// Of how many they are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The bitmap.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// As people write them: `0-3,7`, or `none`.
    pub fn list(&self) -> String {
        list(&self.bits, self.count)
    }

    fn with(&self, other: &Self, both: impl Fn(u8, u8) -> u8) -> Self {
        let theirs = other.bits.iter().chain(std::iter::repeat(&0));
        Self {
            bits: self
                .bits
                .iter()
                .zip(theirs)
                .map(|(a, b)| both(*a, *b))
                .collect(),
            count: self.count,
        }
    }
}

/// A number of buckets, with its noun.
pub fn counted(count: u32) -> String {
    match count {
        1 => "1 bucket".to_owned(),
        _ => format!("{count} buckets"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(text: &str) -> Buckets {
        Buckets::parse(text, 20).unwrap()
    }

    #[test]
    fn lists_and_counts() {
        assert_eq!(set("0-3,19").list(), "0-3,19");
        assert_eq!((set("0-3,19").len(), set("none").len()), (5, 0));
        assert!(set("none").is_empty() && !set("7").is_empty());
        assert!(Buckets::parse("20", 20).is_err() && Buckets::parse("x", 20).is_err());
        assert_eq!(Buckets::of(&[0xff], 4).list(), "0-3");
        let mut beyond = Buckets::none(4);
        beyond.insert(4);
        assert!(beyond.is_empty());
    }

    proptest! {
        #[test]
        fn are_sets(a: [u8; 3], b: [u8; 3], count in 1u32..=24) {
            let (a, b) = (Buckets::of(&a, count), Buckets::of(&b, count));
            for m in 0..count {
                prop_assert_eq!(a.and(&b).has(m), a.has(m) && b.has(m));
                prop_assert_eq!(a.or(&b).has(m), a.has(m) || b.has(m));
                prop_assert_eq!(a.minus(&b).has(m), a.has(m) && !b.has(m));
            }
            prop_assert_eq!(a.iter().count(), usize::try_from(a.len()).unwrap());
            prop_assert_eq!(Buckets::parse(&a.list(), count), Ok(a));
        }
    }
}
