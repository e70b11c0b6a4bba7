// SPDX-License-Identifier: GPL-2.0-only

//! One change, right or wrong, as it is written into a file and as it is put into a request.

use crate::attribute::attribute;
use crate::random::Random;
use crate::table::format_list;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

#[derive(Clone, Debug)]
pub enum Change {
    /// A number of the specification, of which there are fewer.
    ReplyMac(u32),
    Function(u32),
    Hash(u32),
    Master(u32),
    Buckets(u32),
    Node(u32),
    Nodes(u32),
    Seed(Vec<u8>),
    ClientKey(u32),
    Prefix4(u32),
    Prefix6(u32),
    LeaseExpiry(u32),
    DrainTime(u32),
    AnnounceEvery(u32),
    Vips(Vec<IpAddr>),
    /// As many as the cluster has, or more.
    Owned {
        bits: Vec<bool>,
    },
}

/// Small ones mostly, so that they fit together, and those about the limits.
fn number(random: &mut Random) -> u32 {
    match random.below(12) {
        0 => 0,
        1 => 65_535 + random.below(3) as u32,
        2 => u32::MAX - random.below(2) as u32,
        3 => random.below(3000) as u32,
        _ => random.below(9) as u32,
    }
}

fn vip(random: &mut Random) -> IpAddr {
    let last = random.below(40) as u8;
    match random.below(24) {
        0 => Ipv4Addr::new(127, 0, 0, last).into(),
        1 => Ipv6Addr::from_bits(u128::from(last)).into(),
        2..=12 => Ipv6Addr::new(0x2001, 0xdb8, 9, 0, 0, 0, 0, last.into()).into(),
        _ => Ipv4Addr::new(10, 9, 5, last).into(),
    }
}

fn vips(random: &mut Random) -> Vec<IpAddr> {
    if random.below(12) > 0 {
        return (0..random.below(4)).map(|_| vip(random)).collect();
    }
    // As many as there may be, or one more.
    let several = 32 + random.below(2) as u8;
    (0..several)
        .map(|last| Ipv4Addr::new(10, 9, 6, last).into())
        .collect()
}

impl Change {
    pub fn any(random: &mut Random, buckets: u32) -> Self {
        match random.below(23) {
            0 => Self::ReplyMac(random.below(4) as u32),
            1 | 2 => Self::Function(random.below(8).div_ceil(3) as u32),
            3 => Self::Hash(random.below(3) as u32),
            4 => Self::Master(random.below(3) as u32),
            5 | 6 => Self::Buckets(number(random)),
            7 | 8 => Self::Node(number(random)),
            9 | 10 => Self::Nodes(number(random)),
            11 => Self::Seed(vec![random.below(256) as u8; 15 + random.below(3) as usize]),
            12 | 13 => Self::Vips(vips(random)),
            14 => Self::LeaseExpiry(random.below(3) as u32),
            15 => Self::DrainTime(0),
            16 => Self::ClientKey(random.below(4) as u32),
            17 => Self::Prefix4(random.below(34) as u32),
            18 => Self::Prefix6(random.below(130) as u32),
            19 => Self::AnnounceEvery(86_399 + random.below(3) as u32),
            _ => Self::owned(random, buckets),
        }
    }

    fn owned(random: &mut Random, buckets: u32) -> Self {
        let mut bits = vec![false; buckets as usize];
        // Few runs, since a file takes a list of less than a page.
        for _ in 0..random.below(7) {
            let at = random.below(u64::from(buckets)) as usize;
            let end = at + random.below(u64::from(buckets)) as usize / 3 + 1;
            let end = end.min(bits.len());
            bits[at..end].fill(random.below(3) > 0);
        }
        if random.below(6) == 0 {
            // One past the last, in a byte that the bitmap does not have.
            bits.resize(bits.len().next_multiple_of(8) + 8, false);
            bits.extend([true]);
        }
        Self::Owned { bits }
    }

    /// The file and what is written into it.
    pub fn text(&self) -> (&'static str, String) {
        let name =
            |names: &[&str], n: &u32| names.get(*n as usize).unwrap_or(&"no-such").to_string();
        match self {
            Self::ReplyMac(n) => ("reply_mac", name(&["cluster", "group", "node"], n)),
            Self::Function(n) => ("function", name(&["modulo", "bitmap"], n)),
            Self::Hash(n) => ("hash", name(&["none", "siphash"], n)),
            Self::Master(n) => ("master", n.to_string()),
            Self::Buckets(n) => ("buckets", n.to_string()),
            Self::Node(n) => ("node", n.to_string()),
            Self::Nodes(n) => ("nodes", n.to_string()),
            Self::Seed(seed) => ("hash_seed", hex(seed, "")),
            Self::ClientKey(n) => ("client_key", name(&["source", "source-port", "prefix"], n)),
            Self::Prefix4(n) => ("prefix4", n.to_string()),
            Self::Prefix6(n) => ("prefix6", n.to_string()),
            Self::LeaseExpiry(n) => ("lease_expiry", name(&["drain", "drop"], n)),
            Self::DrainTime(n) => ("drain_time", n.to_string()),
            Self::AnnounceEvery(n) => ("announce_every", n.to_string()),
            Self::Vips(vips) => {
                let vips: Vec<String> = vips.iter().map(ToString::to_string).collect();
                ("vips", vips.join(" "))
            }
            Self::Owned { bits } => match format_list(bits) {
                list if list.is_empty() => ("owned", "none".to_owned()),
                list => ("owned", list),
            },
        }
    }

    /// The attributes of `cluster-set`.
    pub fn attributes(&self) -> Vec<u8> {
        let number = |kind, n: &u32| attribute(kind, &n.to_ne_bytes());
        match self {
            Self::ReplyMac(n) => number(6, n),
            Self::Function(n) => number(7, n),
            Self::Buckets(n) => number(8, n),
            Self::Node(n) => number(9, n),
            Self::Nodes(n) => number(10, n),
            Self::Hash(n) => number(11, n),
            // A key is given together with the hash that it is for.
            Self::Seed(seed) => [number(11, &1), attribute(12, seed)].concat(),
            Self::ClientKey(n) => number(42, n),
            Self::Prefix4(n) => number(43, n),
            Self::Prefix6(n) => number(44, n),
            Self::DrainTime(n) => number(27, n),
            Self::AnnounceEvery(n) => number(45, n),
            Self::LeaseExpiry(n) => number(28, n),
            Self::Master(n) => attribute(13, &[*n as u8]),
            Self::Vips(vips) => vips.iter().flat_map(|vip| nested(*vip)).collect(),
            Self::Owned { bits } => attribute(15, &packed(bits)),
        }
    }
}

fn nested(vip: IpAddr) -> Vec<u8> {
    let address = match vip {
        IpAddr::V4(v4) => attribute(1, &v4.octets()),
        IpAddr::V6(v6) => attribute(1, &v6.octets()),
    };
    attribute(14 | 0x8000, &address)
}

/// The bitmap as the specification lays it out.
pub fn packed(bits: &[bool]) -> Vec<u8> {
    let byte = |eight: &[bool]| (0..).zip(eight).map(|(at, bit)| u8::from(*bit) << at).sum();
    bits.chunks(8).map(byte).collect()
}

/// Whether a file takes the list in one write.
pub fn fits(change: &Change) -> bool {
    change.text().1.len() < 4095
}

/// Two digits a byte.
pub fn hex(bytes: &[u8], between: &str) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(between)
}
