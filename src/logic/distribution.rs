// SPDX-License-Identifier: GPL-2.0-only

//! The workload distribution function: client to bucket (claims 10, 11). Whatever maps one to the other is here.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use super::{
    bytes::Bytes,
    client::{
        network4,
        network6,
        Client,
        ClientKey, //
    },
    fraction::row,
    siphash::siphash24, //
};

pub use super::wire::BUCKETS_MAX;

/// What the bucket is taken of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hash {
    /// The key itself, a big-endian integer.
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
/// `1 <= k <= BUCKETS_MAX`, `reciprocal` is M, and `powers` are 2^32, 2^64 and 2^96 mod k. `method` is that of `hash` and
/// `key`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Distribution {
    reciprocal: u64,
    k: u32,
    powers: [u32; 3],
    method: Method,
    hash: Hash,
    key: ClientKey,
}

/// How the bucket is found. Who has all clients' addresses for their keys pays nothing for the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Method {
    /// By the address.
    Plain,
    /// By its hash.
    Hashed,
    /// By another key.
    Keyed,
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
            method: match hash {
                Hash::None => Method::Plain,
                Hash::SipHash(_) => Method::Hashed,
            },
            hash,
            key: ClientKey::Source,
        })
    }

    /// This distribution of clients by another key.
    pub const fn by(self, key: ClientKey) -> Self {
        // INVARIANT: the method is the key's.
        Self {
            method: match (key, self.hash) {
                (ClientKey::Source, Hash::None) => Method::Plain,
                (ClientKey::Source, Hash::SipHash(_)) => Method::Hashed,
                _ => Method::Keyed,
            },
            key,
            ..self
        }
    }

    /// Number of buckets, k.
    pub const fn buckets(&self) -> u32 {
        self.k
    }

    /// What the bucket is taken of.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// What of a client the bucket is taken of.
    pub const fn key(&self) -> ClientKey {
        self.key
    }

    /// Whether the bucket is the remainder of the address, and of nothing else.
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        self.method == Method::Plain
    }

    /// Whether ports are looked at.
    #[inline(always)]
    pub fn has_ports(&self) -> bool {
        matches!(self.key, ClientKey::SourcePort)
    }

    /// M: where it is plain, it makes the fraction of an IPv4 source address.
    pub const fn reciprocal(&self) -> u64 {
        self.reciprocal
    }

    /// The fraction of an IPv6 source address, where it is plain.
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

    /// The bucket of a client, less than k.
    #[inline]
    pub fn bucket(&self, client: impl Into<Client>) -> u32 {
        let Client { address, port } = client.into();
        match address {
            IpAddr::V4(v4) => self.bucket_v4(v4, || port),
            IpAddr::V6(v6) => self.bucket_v6(v6, || port),
        }
    }

    /// The bucket of an IPv4 client; it may be asked for the port.
    #[inline(always)]
    pub fn bucket_v4(&self, source: Ipv4Addr, port: impl FnOnce() -> Option<u16>) -> u32 {
        match (self.method, self.hash) {
            (Method::Plain, _) => self.remainder(source.to_bits()),
            (Method::Hashed, Hash::SipHash(seed)) => self.fold(siphash24(seed, &source.octets())),
            _ => self.keyed_v4(source, self.has_ports().then(port).flatten()),
        }
    }

    /// The bucket of an IPv6 client; it may be asked for the port.
    #[inline]
    pub fn bucket_v6(&self, source: Ipv6Addr, port: impl FnOnce() -> Option<u16>) -> u32 {
        match (self.method, self.hash) {
            (Method::Plain, _) => self.at(self.fraction_v6(source)),
            (Method::Hashed, Hash::SipHash(seed)) => self.fold(siphash24(seed, &source.octets())),
            _ => self.keyed_v6(source, self.has_ports().then(port).flatten()),
        }
    }

    #[cold]
    #[inline(never)]
    fn keyed_v4(&self, source: Ipv4Addr, port: Option<u16>) -> u32 {
        let source = match self.key {
            ClientKey::Prefix { v4, .. } => network4(source, v4),
            _ => source,
        };
        match self.hash {
            Hash::None => self.remainder(source.to_bits()),
            Hash::SipHash(seed) => self.hashed(seed, &source.octets(), port),
        }
    }

    #[cold]
    #[inline(never)]
    fn keyed_v6(&self, source: Ipv6Addr, port: Option<u16>) -> u32 {
        let source = match self.key {
            ClientKey::Prefix { v6, .. } => network6(source, v6),
            _ => source,
        };
        match self.hash {
            Hash::None => self.at(self.fraction_v6(source)),
            Hash::SipHash(seed) => self.hashed(seed, &source.octets(), port),
        }
    }

    /// By the hash of an address, or of an address and a port.
    fn hashed(&self, seed: [u8; 16], address: &[u8], port: Option<u16>) -> u32 {
        let bytes = Bytes::<18>::new().put(address);
        let bytes = port.map_or(bytes, |port| bytes.put(&port.to_be_bytes()));
        self.fold(siphash24(seed, bytes.get()))
    }

    /// `a mod k`.
    #[inline(always)]
    fn remainder(&self, a: u32) -> u32 {
        self.at(self.reciprocal.wrapping_mul(u64::from(a)))
    }

    /// The bucket of this fraction.
    #[inline(always)]
    fn at(&self, fraction: u64) -> u32 {
        row(fraction, self.k.into()) as u32
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

    /// What the theorem wants of k for the remainder to be right of all numbers below 2^48: M * k is past 2^64 by at most
    /// 2^(64 - 48).
    #[test]
    fn every_k_has_its_multiplier() {
        for k in 1..=BUCKETS_MAX {
            let past = plain(k).reciprocal.wrapping_mul(k.into());
            assert!(past < k.into() && past <= 1 << (64 - 48), "{k}");
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
            prop_assert!(d.bucket(IpAddr::V6(Ipv6Addr::from_bits(a))) < k);
            prop_assert!(d.bucket(IpAddr::V4(Ipv4Addr::from_bits(a as u32))) < k);
        }
    }

    /// All keys, each with each hash that it goes with.
    fn keyed(k: u32, v4: u32, v6: u32, seed: [u8; 16]) -> [Distribution; 5] {
        let hashed = Distribution::new(k, Hash::SipHash(seed)).unwrap();
        let prefix = ClientKey::Prefix { v4, v6 };
        [
            plain(k),
            hashed,
            plain(k).by(prefix),
            hashed.by(prefix),
            hashed.by(ClientKey::SourcePort),
        ]
    }

    fn any_address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
            any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
        ]
    }

    proptest! {
        #[test]
        fn claim_10_every_key_is_the_formula(
            k in 1..=BUCKETS_MAX, v4 in 1u32..=32, v6 in 1u32..=128, seed: [u8; 16], address in any_address(),
            port: Option<u16>,
        ) {
            let (number, length, bits) = match address {
                IpAddr::V4(v4_address) => (u128::from(v4_address.to_bits()), 4, v4),
                IpAddr::V6(v6_address) => (v6_address.to_bits(), 16, v6),
            };
            let network = number.checked_shr(8 * length - bits).unwrap_or(0);
            let bytes = |number: u128| number.to_be_bytes()[16 - length as usize..].to_vec();
            let modulo = |number: u128| (number % u128::from(k)) as u32;
            let hashed = |bytes: &[u8]| modulo(u128::from(siphash24(seed, bytes) >> 32));
            let port_too = port.map(|port| port.to_be_bytes().to_vec()).unwrap_or_default();
            let expected = [
                modulo(number),
                hashed(&bytes(number)),
                modulo(network),
                hashed(&bytes(network)),
                hashed(&[bytes(number), port_too].concat()),
            ];
            let client = Client { address, port };
            let found = keyed(k, v4, v6, seed).map(|distribution| distribution.bucket(client));
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn only_source_port_looks_at_ports(
            k in 1..=BUCKETS_MAX, v4 in 1u32..=32, v6 in 1u32..=128, seed: [u8; 16], address in any_address(), port: u16,
        ) {
            for distribution in keyed(k, v4, v6, seed) {
                let [with, without] = [Some(port), None].map(|port| distribution.bucket(Client { address, port }));
                prop_assert!(with == without || distribution.has_ports());
            }
        }

        /// What has no port, and what is a prefix of all bits, is as by the address.
        #[test]
        fn the_address_alone_is_what_key_source_takes(k in 1..=BUCKETS_MAX, seed: [u8; 16], address in any_address()) {
            let [source, hashed, whole, hashed_whole, by_port] = keyed(k, 32, 128, seed);
            prop_assert_eq!(source.bucket(address), whole.bucket(address));
            prop_assert_eq!(hashed.bucket(address), hashed_whole.bucket(address));
            prop_assert_eq!(hashed.bucket(address), by_port.bucket(address));
        }

        #[test]
        fn addresses_of_one_network_are_in_one_bucket(
            k in 1..=BUCKETS_MAX, seed: [u8; 16], network: u64, hosts: [u64; 2], v4: [u8; 2],
        ) {
            let [_, _, plain, hashed, _] = keyed(k, 24, 64, seed);
            for distribution in [plain, hashed] {
                let [one, other] = hosts.map(|host| {
                    distribution.bucket(IpAddr::from(((u128::from(network) << 64) | u128::from(host)).to_be_bytes()))
                });
                prop_assert_eq!(one, other);
                let [one, other] = v4.map(|last| distribution.bucket(IpAddr::from([198, 51, 100, last])));
                prop_assert_eq!(one, other);
            }
        }
    }

    #[test]
    fn even_ports_of_one_address_are_spread() {
        // Linux gives connections even ports first. A remainder would leave half of the buckets, or of two nodes one, idle.
        let hashed = Distribution::new(256, Hash::SipHash([7; 16])).unwrap();
        let by_port = hashed.by(ClientKey::SourcePort);
        let mut seen = [0u32; 256];
        for port in (32_768..=60_998u16).step_by(2) {
            let client = Client {
                address: IpAddr::from([198, 51, 100, 7]),
                port: Some(port),
            };
            seen[by_port.bucket(client) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| n > 20 && n < 110), "{seen:?}");
    }

    #[test]
    fn siphash_spreads_every_dot_one() {
        // 4,096 networks' ".1" fall into one bucket of 256 by plain modulo, into all by siphash.
        let hashed = Distribution::new(256, Hash::SipHash([7; 16])).unwrap();
        let mut seen = [0u32; 256];
        for net in 0..4096u32 {
            seen[hashed.bucket(IpAddr::V4(Ipv4Addr::from_bits((net << 8) | 1))) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| n > 0 && n < 48), "{seen:?}");
    }
}
