// SPDX-License-Identifier: GPL-2.0-only

//! Connections that may have been opened here: a set that forgets none, and may have some more (a Bloom filter).
//!
//! What serves a connection need not be a socket of this namespace: the packet may go on to a container, to
//! another host, to a program in BPF, of which nobody else knows anything. But its SYN came this way.

use core::{
    net::IpAddr,
    ops::Deref,
    sync::atomic::{
        AtomicU64,
        Ordering::Relaxed, //
    }, //
};

use super::{
    segment::Flow,
    siphash::siphash24, //
};

/// Words of a set: 32 KiB. Of those that it does not have it takes one in 500 for its own after 5,000, and one
/// in 150 after 10,000.
pub const WORDS: usize = 4096;

/// The set. Any context; takes no lock.
#[derive(Debug)]
pub struct Opened<W> {
    words: W,
    /// Nobody is to know which connections look alike.
    key: [u8; 16],
}

impl<W: Deref<Target = [AtomicU64]>> Opened<W> {
    /// An empty one, of words that are zero, with a random key.
    pub fn new(words: W, key: [u8; 16]) -> Self {
        Self { words, key }
    }

    /// It was opened.
    pub fn note(&self, flow: &Flow) {
        for (word, bit) in self.places(flow) {
            if let Some(word) = self.words.get(word) {
                word.fetch_or(bit, Relaxed);
            }
        }
    }

    /// Whether it may have been. Without room it may.
    pub fn may_have(&self, flow: &Flow) -> bool {
        self.places(flow).into_iter().all(|(word, bit)| {
            let word = self.words.get(word);
            word.is_none_or(|word| word.load(Relaxed) & bit != 0)
        })
    }

    /// The bits of a connection: which word, and which in it.
    fn places(&self, flow: &Flow) -> [(usize, u64); 2] {
        let bits = (self.words.len() as u64).saturating_mul(64);
        let hash = siphash24(self.key, &bytes(flow));
        [hash & 0xffff_ffff, hash >> 32].map(|half| {
            // Half of a hash is below 2^32: so this is a number below `bits`.
            let at = half.wrapping_mul(bits) >> 32;
            ((at / 64) as usize, 1 << (at % 64))
        })
    }
}

/// A connection as bytes: no two have the same.
fn bytes(flow: &Flow) -> [u8; 36] {
    let mut bytes = [0; 36];
    let ports = [flow.client_port, flow.vip_port].map(u16::to_be_bytes);
    let parts = [octets(flow.client), octets(flow.vip)]
        .into_iter()
        .flatten();
    let parts = parts.chain(ports.into_iter().flatten());
    for (to, from) in bytes.iter_mut().zip(parts) {
        *to = from;
    }
    bytes
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

#[cfg(test)]
#[path = "tests/opened.rs"]
mod tests;
