// SPDX-License-Identifier: GPL-2.0-only

//! The workload distribution function: source address to bucket (claims 10, 11).

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use super::siphash::siphash24;

pub use super::wire::BUCKETS_MAX;

/// What the bucket is taken of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hash {
    /// The source address itself, a big-endian integer.
    None,
    /// SipHash-2-4 of its bytes under this key.
    SipHash([u8; 16]),
}

/// A divisor k and how to take a remainder by it without a division.
///
/// `a mod k = (M * a mod 2^64) * k / 2^64` with `M = ceil(2^64 / k)`, for all a below 2^48, as k is at
/// most 2^16 (Lemire, Kaser and Kurz, "Faster remainder by direct computation", 2019). `M * a mod
/// 2^64` is called the *fraction*: how far into the table the bucket is, in 2^-64 of it.
///
/// # Invariants
///
/// `1 <= k <= BUCKETS_MAX`, `reciprocal` is M, and `powers` are 2^32, 2^64 and 2^96 mod k.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Distribution {
    reciprocal: u64,
    k: u32,
    powers: [u32; 3],
    hash: Hash,
}

impl Distribution {
    /// `None` unless `1 <= k <= BUCKETS_MAX`.
    pub const fn new(k: u32, hash: Hash) -> Option<Self> {
        if k == 0 || k > BUCKETS_MAX {
            return None;
        }
        let two32 = (1u64 << 32) % k as u64;
        let two64 = two32 * two32 % k as u64;
        let two96 = two64 * two32 % k as u64;
        // INVARIANT: k was checked. For k = 1, M is 2^64 and wraps to 0, which gives remainder 0.
        Some(Self {
            reciprocal: (u64::MAX / k as u64).wrapping_add(1),
            k,
            powers: [two32 as u32, two64 as u32, two96 as u32],
            hash,
        })
    }

    /// Number of buckets, k.
    pub const fn buckets(&self) -> u32 {
        self.k
    }

    /// What the bucket is taken of.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// M: without a hash, it makes the fraction of an IPv4 source address.
    pub const fn reciprocal(&self) -> u64 {
        self.reciprocal
    }

    /// The fraction of an IPv6 source address, without a hash.
    #[inline(always)]
    pub fn fraction_v6(&self, source: Ipv6Addr) -> u64 {
        let bits = source.to_bits();
        let limb = |number: u32| u64::from((bits >> (number * 32)) as u32);
        let [two32, two64, two96] = self.powers.map(u64::from);
        // Powers are below 2^16, or k is that and they are 0: so nothing overflows, and what is left
        // is below 2^48.
        let sum = limb(0)
            .wrapping_add(limb(1).wrapping_mul(two32))
            .wrapping_add(limb(2).wrapping_mul(two64))
            .wrapping_add(limb(3).wrapping_mul(two96));
        let folded = (sum >> 32)
            .wrapping_mul(two32)
            .wrapping_add(sum & 0xffff_ffff);
        self.reciprocal.wrapping_mul(folded)
    }

    /// The bucket of a source address, less than k.
    #[inline]
    pub fn bucket(&self, source: IpAddr) -> u32 {
        match source {
            IpAddr::V4(v4) => self.bucket_v4(v4),
            IpAddr::V6(v6) => self.bucket_v6(v6),
        }
    }

    /// The bucket of an IPv4 source address.
    #[inline(always)]
    pub fn bucket_v4(&self, source: Ipv4Addr) -> u32 {
        match self.hash {
            Hash::None => self.remainder(source.to_bits()),
            Hash::SipHash(key) => self.fold(siphash24(key, &source.octets())),
        }
    }

    /// The bucket of an IPv6 source address.
    #[inline]
    pub fn bucket_v6(&self, source: Ipv6Addr) -> u32 {
        match self.hash {
            Hash::None => self.at(self.fraction_v6(source)),
            Hash::SipHash(key) => self.fold(siphash24(key, &source.octets())),
        }
    }

    /// `a mod k`.
    #[inline(always)]
    fn remainder(&self, a: u32) -> u32 {
        self.at(self.reciprocal.wrapping_mul(u64::from(a)))
    }

    /// The bucket of this fraction.
    #[inline(always)]
    fn at(&self, fraction: u64) -> u32 {
        ((u128::from(fraction) * u128::from(self.k)) >> 64) as u32
    }

    /// The upper half of a hash is as good as the whole.
    fn fold(&self, hash: u64) -> u32 {
        self.remainder((hash >> 32) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(k: u32) -> Distribution {
        Distribution::new(k, Hash::None).unwrap()
    }

    #[test]
    fn bounds() {
        assert!(Distribution::new(0, Hash::None).is_none());
        assert!(Distribution::new(BUCKETS_MAX + 1, Hash::None).is_none());
        assert_eq!(plain(1).remainder(u32::MAX), 0);
    }

    #[test]
    fn every_k_at_the_edges() {
        for k in 1..=BUCKETS_MAX {
            let d = plain(k);
            for a in [0, 1, k - 1, k, k + 1, u32::MAX - 1, u32::MAX] {
                assert_eq!(d.remainder(a), a % k, "{a} mod {k}");
            }
        }
    }

    proptest! {
        #[test]
        fn claim_10_modulo_of_the_ipv4_source(k in 1..=BUCKETS_MAX, a: u32) {
            prop_assert_eq!(plain(k).bucket(IpAddr::V4(Ipv4Addr::from_bits(a))), a % k);
        }

        #[test]
        fn claim_10_modulo_of_the_ipv6_source(k in 1..=BUCKETS_MAX, a: u128) {
            let bucket = plain(k).bucket(IpAddr::V6(Ipv6Addr::from_bits(a)));
            prop_assert_eq!(u128::from(bucket), a % u128::from(k));
        }

        #[test]
        fn hashed_bucket_is_below_k(k in 1..=BUCKETS_MAX, a: u128, key: [u8; 16]) {
            let d = Distribution::new(k, Hash::SipHash(key)).unwrap();
            prop_assert!(d.bucket_v6(Ipv6Addr::from_bits(a)) < k);
            prop_assert!(d.bucket_v4(Ipv4Addr::from_bits(a as u32)) < k);
        }
    }

    #[test]
    fn siphash_spreads_every_dot_one() {
        // 4,096 networks' ".1" fall into one bucket of 256 by plain modulo, into all by siphash.
        let hashed = Distribution::new(256, Hash::SipHash([7; 16])).unwrap();
        let mut seen = [0u32; 256];
        for net in 0..4096u32 {
            seen[hashed.bucket_v4(Ipv4Addr::from_bits((net << 8) | 1)) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| n > 0 && n < 48), "{seen:?}");
    }
}
