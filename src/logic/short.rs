// SPDX-License-Identifier: GPL-2.0-only

//! The short way to a bucket, which nearly all requests can go.
//!
//! It decides nothing that `receive` would decide otherwise: what it is not made for, it leaves to
//! that.

use super::{
    distribution::Hash,
    frame::{
        Ip4,
        IP4_LEN, //
    },
    rules::{
        Mode,
        Rules, //
    }, //
};

/// In the place of a cluster address, where there is none: no address is as large.
const NONE: u64 = u64::MAX;

/// What it takes to go the short way: an IPv4 header without options, no ICMP, to the first cluster
/// address.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Short {
    /// The first IPv4 address, as it lies in a frame.
    vip: u64,
    reciprocal: u64,
}

impl Short {
    /// That of a cluster. What hashes addresses, or gets requests to forward, has none.
    pub fn new(rules: &Rules) -> Self {
        let has_one = rules.mode == Mode::Multicast && rules.distribution.hash() == Hash::None;
        let vip = rules.vips.as_v4().first().filter(|_| has_one);
        Self {
            vip: vip.map_or(NONE, |vip| u32::from_ne_bytes(vip.octets()).into()),
            reciprocal: rules.distribution.reciprocal(),
        }
    }

    /// How far into the table of buckets its own is, in 2^-64 of it, of an IPv4 packet that begins
    /// with `header`. `None` where it has to go the long way.
    #[inline(always)]
    pub fn fraction(&self, header: &[u8; IP4_LEN]) -> Option<u64> {
        let ip = Ip4::plain(header)?;
        let destination = u32::from_ne_bytes(ip.destination().octets());
        if u64::from(destination) != self.vip || ip.is_icmp() {
            return None;
        }
        let client = ip.source().to_bits();
        Some(self.reciprocal.wrapping_mul(client.into()))
    }
}

#[cfg(test)]
#[path = "tests/short.rs"]
mod tests;
