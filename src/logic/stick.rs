// SPDX-License-Identifier: GPL-2.0-only

//! Clients that stick to the node which has their sessions, while it drains their bucket: what they open more is that node's, too.
//!
//! Both nodes, the one that drains and the one that adopts, are given one list with their tables, and decide alike by it.
//! A client is there as a number of its bucket and its address, so that addresses of both families take the same room.
//! Two clients of a bucket that have the same number, one pair of four milliards, stick both, at both nodes alike.

use core::net::IpAddr;

use super::siphash::siphash24;

/// The most of a list.
pub const MOST: usize = 8000;
/// Bytes of a client in a message.
pub const BYTES: usize = 8;

/// All nodes have the same.
const KEY: [u8; 16] = *b"ssi: who stays\0\0";

/// The number of a client, which is in this bucket.
pub fn number(bucket: u32, client: IpAddr) -> u64 {
    let address = match client {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    };
    (u64::from(bucket) << 32) | (siphash24(KEY, &address) & 0xffff_ffff)
}

/// The bucket of a number.
pub fn bucket(number: u64) -> u32 {
    (number >> 32) as u32
}

/// Whether a list, which is in rising order, has a number.
pub fn has(list: &[u64], number: u64) -> bool {
    first_from(list, number) == Some(number)
}

/// Whether it has one of this bucket.
pub fn has_bucket(list: &[u64], m: u32) -> bool {
    first_from(list, u64::from(m) << 32).is_some_and(|number| bucket(number) == m)
}

/// The first that is not below `number`.
fn first_from(list: &[u64], number: u64) -> Option<u64> {
    let mut rest = list;
    let mut found = None;
    while !rest.is_empty() {
        let (below, from) = rest.split_at_checked(rest.len() / 2)?;
        let (middle, above) = from.split_first()?;
        rest = match *middle < number {
            true => above,
            false => {
                found = Some(*middle);
                below
            }
        };
    }
    found
}

/// The numbers of a message, as the machine has them.
pub fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> + Clone + '_ {
    bytes.chunks_exact(BYTES).map(|bytes| {
        bytes
            .first_chunk()
            .map_or(0, |bytes| u64::from_ne_bytes(*bytes))
    })
}

/// Whether a message is a list of clients of `k` buckets: in rising order, each once, and no more than there may be.
pub fn is_list(bytes: &[u8], k: u32) -> bool {
    let whole = bytes.len() % BYTES == 0 && bytes.len() / BYTES <= MOST;
    let mut last = None;
    whole
        && numbers(bytes).all(|number| {
            let rises = last.is_none_or(|last| last < number);
            last = Some(number);
            rises && bucket(number) < k
        })
}

#[cfg(test)]
#[path = "tests/stick.rs"]
mod tests;
