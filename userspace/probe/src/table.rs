// SPDX-License-Identifier: GPL-2.0-only

//! The formula, from the text of the claims: source address mod k, and who has that bit.

use crate::outcome::Outcome;
use crate::random::Random;
use crate::siphash::siphash24;
use clap::ValueEnum;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;

#[derive(Clone, Copy, ValueEnum)]
enum Shape {
    /// Bucket i is node i's.
    Modulo,
    /// Blocks of buckets, as many for each node as for any.
    Blocks,
    /// Runs of buckets of any length, given to nodes of unequal shares.
    Irregular,
}

#[derive(clap::Args)]
pub struct Args {
    /// Node names in order of rank, with commas.
    #[arg(long, value_delimiter = ',', required = true)]
    nodes: Vec<String>,
    #[arg(long, value_enum, default_value = "modulo")]
    shape: Shape,
    /// k; with modulo it is the number of nodes, and not given.
    #[arg(long)]
    buckets: Option<u32>,
    /// Start of the irregular shape: the same number makes the same table.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 32 hexadecimal digits: take the bucket of the source's SipHash-2-4 under this key.
    #[arg(long)]
    siphash: Option<String>,
    /// As `ssictl --key` takes it: prefix:24,64 takes the number of the source's network.
    #[arg(long)]
    key: Option<String>,
}

/// A table as it lies in a file.
#[derive(Serialize, Deserialize)]
struct Stored {
    buckets: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    siphash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// Node → LIST, as `ssictl --owned` takes it.
    owned: BTreeMap<String, String>,
}

pub struct Table {
    buckets: u32,
    key: Option<[u8; 16]>,
    prefix: [u32; 2],
    owned: BTreeMap<String, Vec<bool>>,
}

/// `0-3,8` as one flag a bucket.
pub fn parse_list(list: &str, buckets: u32) -> Outcome<Vec<bool>> {
    let mut bits = vec![false; buckets as usize];
    for part in list.split(',').filter(|p| !p.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |t: &str| {
            t.parse::<usize>()
                .map_err(|e| format!("bucket \"{t}\": {e}"))
        };
        let (first, last) = (number(first)?, number(last)?);
        let run = bits.get_mut(first..=last);
        run.ok_or(format!("buckets {part} of {buckets}"))?
            .fill(true);
    }
    Ok(bits)
}

pub fn format_list(bits: &[bool]) -> String {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < bits.len() {
        let len = bits[at..].iter().take_while(|&&b| b).count();
        match len {
            0 => at += 1,
            1 => parts.push(at.to_string()),
            _ => parts.push(format!("{at}-{}", at + len - 1)),
        }
        at += len;
    }
    parts.join(",")
}

/// 32 hexadecimal digits.
pub fn parse_key(text: &str) -> Outcome<[u8; 16]> {
    let digits = u128::from_str_radix(text, 16).map_err(|e| format!("key \"{text}\": {e}"))?;
    if text.len() != 32 {
        return Err(format!("key \"{text}\" has {} digits, not 32", text.len()));
    }
    Ok(digits.to_be_bytes())
}

/// Bits of an IPv4 network and of an IPv6 one. A source alone has no port.
fn parse_prefix(text: &str) -> Outcome<[u32; 2]> {
    let bits = || {
        let (v4, v6) = text.strip_prefix("prefix:")?.split_once(',')?;
        Some([v4.parse().ok()?, v6.parse().ok()?])
    };
    bits().ok_or_else(|| format!("the key {text} cannot be judged by sources"))
}

impl Table {
    pub fn read(path: &str) -> Outcome<Self> {
        let text = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        let stored: Stored = serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))?;
        if stored.buckets == 0 {
            return Err(format!("{path}: no buckets"));
        }
        let mut owned = BTreeMap::new();
        for (node, list) in stored.owned {
            owned.insert(node, parse_list(&list, stored.buckets)?);
        }
        let key = stored.siphash.as_deref().map(parse_key).transpose()?;
        let prefix = stored.key.as_deref().map_or(Ok([32, 128]), parse_prefix)?;
        Ok(Self {
            buckets: stored.buckets,
            key,
            prefix,
            owned,
        })
    }

    pub fn buckets(&self) -> u32 {
        self.buckets
    }

    pub fn into_owned(self) -> BTreeMap<String, Vec<bool>> {
        self.owned
    }

    /// Of a hash the upper 32 bits count, by the specification.
    pub fn bucket(&self, source: impl Into<IpAddr>) -> u32 {
        let (number, octets) = match source.into() {
            IpAddr::V4(a) => {
                let network = u32::from(a) >> (32 - self.prefix[0]);
                (u128::from(network), network.to_be_bytes().to_vec())
            }
            IpAddr::V6(a) => {
                let network = u128::from(a) >> (128 - self.prefix[1]);
                (network, network.to_be_bytes().to_vec())
            }
        };
        let bucket = match &self.key {
            None => number % u128::from(self.buckets),
            Some(key) => u128::from(siphash24(key, &octets) >> 32) % u128::from(self.buckets),
        };
        bucket as u32
    }

    /// As many buckets as nodes, one each.
    #[cfg(test)]
    pub fn modulo(nodes: &[&str]) -> Self {
        let bits = |at| (0..nodes.len()).map(|bucket| bucket == at).collect();
        let owned = nodes
            .iter()
            .enumerate()
            .map(|(at, n)| (n.to_string(), bits(at)));
        Self {
            buckets: nodes.len() as u32,
            key: None,
            prefix: [32, 128],
            owned: owned.collect(),
        }
    }

    /// Whether a node that took this table's k and the other's bits would be distinguished from one that took
    /// either whole table, by this source whose owner is the same in both.
    pub fn mixture_shows(&self, other: &Self, source: impl Into<IpAddr>, owner: &str) -> bool {
        let bucket = self.bucket(source) as usize;
        let wrong = |(node, bits): (&String, &Vec<bool>)| {
            bits.get(bucket).copied().unwrap_or(false) != (node == owner)
        };
        other.owned.iter().any(wrong)
    }

    /// The one node that has to answer; a table with two or none is itself at fault.
    pub fn owner(&self, source: impl Into<IpAddr>) -> Outcome<&str> {
        let bucket = self.bucket(source) as usize;
        let mut owners = self.owned.iter().filter(|(_, bits)| bits[bucket]);
        match (owners.next(), owners.next()) {
            (Some((node, _)), None) => Ok(node),
            (None, _) => Err(format!("bucket {bucket} of the table has no owner")),
            (Some((a, _)), Some((b, _))) => {
                Err(format!("bucket {bucket} of the table is {a}'s and {b}'s"))
            }
        }
    }
}

fn irregular(nodes: usize, buckets: usize, seed: u64) -> Vec<Vec<bool>> {
    let mut random = Random(seed);
    let mut owned = vec![vec![false; buckets]; nodes];
    // Rank r has r + 1 shares, and runs are short enough that each node gets some.
    let shares: Vec<usize> = (0..nodes).flat_map(|r| vec![r; r + 1]).collect();
    let longest = (buckets / 64).clamp(1, 32) as u64;
    let mut at = 0;
    let mut forced = (0..nodes).rev();
    while at < buckets {
        let len = 1 + random.below(longest) as usize;
        let any = shares[random.below(shares.len() as u64) as usize];
        let node = forced.next().unwrap_or(any);
        let end = (at + len).min(buckets);
        owned[node][at..end].fill(true);
        at = end;
    }
    owned
}

fn enough(buckets: Option<u32>, nodes: usize) -> Outcome<u32> {
    match buckets {
        None => Err("this shape needs --buckets".into()),
        Some(k) if (k as usize) < nodes => {
            Err(format!("{k} buckets are too few for {nodes} nodes"))
        }
        Some(k) => Ok(k),
    }
}

pub fn run(args: &Args) -> Outcome {
    let nodes = args.nodes.len();
    let (buckets, owned) = match args.shape {
        Shape::Modulo => {
            let bit = |node| (0..nodes).map(|bucket| bucket == node).collect();
            (nodes as u32, (0..nodes).map(bit).collect())
        }
        Shape::Blocks => {
            let buckets = enough(args.buckets, nodes)?;
            let all = buckets as usize;
            let bit = |node| {
                (0..all)
                    .map(|bucket| bucket * nodes / all == node)
                    .collect()
            };
            (buckets, (0..nodes).map(bit).collect())
        }
        Shape::Irregular => {
            let buckets = enough(args.buckets, nodes)?;
            (buckets, irregular(nodes, buckets as usize, args.seed))
        }
    };
    if let Some(key) = &args.siphash {
        parse_key(key)?;
    }
    let lists = owned.iter().map(|bits: &Vec<bool>| format_list(bits));
    let owned = args.nodes.iter().cloned().zip(lists).collect();
    let stored = Stored {
        buckets,
        siphash: args.siphash.clone(),
        key: args.key.clone(),
        owned,
    };
    println!(
        "{}",
        serde_json::to_string(&stored).map_err(|e| e.to_string())?
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::net::Ipv6Addr;

    #[test]
    fn a_list_comes_back_as_it_went() {
        for list in ["", "0", "0-3,8", "1,3,5-7", "0-9"] {
            assert_eq!(format_list(&parse_list(list, 10).unwrap()), list);
        }
        assert!(parse_list("8-10", 10).is_err());
        assert!(parse_list("3-1", 10).is_err());
        assert!(parse_list("x", 10).is_err());
    }

    #[test]
    fn an_irregular_table_gives_each_bucket_one_owner() {
        for (nodes, buckets) in [(3, 16), (4, 1024), (8, 65536), (16, 16)] {
            let owned = irregular(nodes, buckets, 7);
            for bucket in 0..buckets {
                assert_eq!(owned.iter().filter(|bits| bits[bucket]).count(), 1);
            }
            assert!(owned.iter().all(|bits| bits.contains(&true)));
        }
    }

    #[test]
    fn the_bucket_is_the_big_endian_address_mod_k() {
        let table = Table {
            buckets: 10,
            key: None,
            prefix: [32, 128],
            owned: BTreeMap::new(),
        };
        // 1.2.3.4 is 16909060.
        assert_eq!(table.bucket(Ipv4Addr::new(1, 2, 3, 4)), 0);
        assert_eq!(table.bucket(Ipv4Addr::new(1, 2, 3, 7)), 3);
        // 2^112 is 5192296858534827628530496329220096.
        assert_eq!(table.bucket(Ipv6Addr::new(1, 0, 0, 0, 0, 0, 0, 0)), 6);
        assert_eq!(table.bucket(Ipv6Addr::new(1, 0, 0, 0, 0, 0, 0, 3)), 9);
    }

    #[test]
    fn a_network_is_its_number() {
        let table = Table {
            buckets: 10,
            key: None,
            prefix: [24, 64],
            owned: BTreeMap::new(),
        };
        // 1.2.3 is 66051.
        assert_eq!(table.bucket(Ipv4Addr::new(1, 2, 3, 250)), 1);
        assert_eq!(table.bucket(Ipv6Addr::new(0, 0, 0, 7, 1, 2, 3, 4)), 7);
    }

    #[test]
    fn a_table_with_two_owners_is_refused() {
        let owned = [
            ("a".into(), vec![true, true]),
            ("b".into(), vec![false, true]),
        ]
        .into();
        let table = Table {
            buckets: 2,
            key: None,
            prefix: [32, 128],
            owned,
        };
        assert_eq!(table.owner(Ipv4Addr::new(0, 0, 0, 2)), Ok("a"));
        assert!(table.owner(Ipv4Addr::new(0, 0, 0, 1)).is_err());
    }
}
