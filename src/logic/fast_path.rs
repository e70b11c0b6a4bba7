// SPDX-License-Identifier: GPL-2.0-only

//! Fast path of nearly all requests to their bucket, and of nearly all answers to the network.
//!
//! It decides nothing that `receive` and `send` would decide otherwise: what it is not made for, it
//! leaves to them.

use core::net::Ipv4Addr;

use super::{
    frame::{
        self,
        Ethernet,
        Ip4,
        ETH_HLEN,
        ETH_P_IP,
        IP4_LEN, //
    },
    frame6::{
        Ip6,
        IP6_LEN, //
    },
    mac::Mac,
    rules::{
        Mode,
        Rules, //
    },
    send, //
};

/// In the place of a cluster address, where there is none: no address is as large.
pub const NONE: u64 = u64::MAX;

/// The receive fast path's conditions: an IPv4 header without options, no ICMP, to a cluster
/// address.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct RxFastPath {
    /// The first IPv4 address, as it lies in a frame.
    vip: u64,
    reciprocal: u64,
}

impl RxFastPath {
    /// That of a cluster.
    pub fn new(rules: &Rules) -> Self {
        Self {
            vip: vips(rules).next().unwrap_or(NONE),
            reciprocal: rules.distribution.reciprocal(),
        }
    }

    /// How far into the table of buckets its own is, in 2^-64 of it, of an IPv4 packet that begins
    /// with `header`. `None` where it has to take the slow path.
    ///
    /// `is_vip` is whether an address is one of `vips`; it is called for others than the first.
    #[inline(always)]
    pub fn fraction(
        &self,
        header: &[u8; IP4_LEN],
        is_vip: impl FnOnce(u64) -> bool,
    ) -> Option<u64> {
        let ip = Ip4::plain(header)?;
        let destination = as_it_lies(ip.destination());
        if (destination != self.vip && !is_vip(destination)) || ip.is_icmp() {
            return None;
        }
        let client = ip.source().to_bits();
        Some(self.reciprocal.wrapping_mul(client.into()))
    }
}

/// The same of an IPv6 packet, which takes the fast path if it has no extension header, is no ICMPv6,
/// and is to a cluster address.
#[inline(always)]
pub fn fraction_v6(rules: &Rules, header: &[u8; IP6_LEN]) -> Option<u64> {
    let ip = Ip6::new(header)?;
    let is_plain = is_open(rules) && !ip.may_be_icmp() && rules.vips.contains_v6(ip.destination());
    is_plain.then(|| rules.distribution.fraction_v6(ip.source()))
}

/// The IPv4 addresses, as they lie in a frame, that the fast path of a cluster may lead to.
pub fn vips(rules: &Rules) -> impl Iterator<Item = u64> + Clone + '_ {
    let vips = rules.vips.as_v4().iter();
    vips.filter(|_| is_open(rules)).map(|vip| as_it_lies(*vip))
}

/// Whether a cluster has a fast path: not if it hashes addresses, has another key than them, or gets requests to
/// forward.
#[inline(always)]
fn is_open(rules: &Rules) -> bool {
    rules.mode == Mode::Multicast && rules.distribution.is_plain()
}

/// An address as it lies in a frame.
#[inline(always)]
pub fn as_it_lies(address: Ipv4Addr) -> u64 {
    u32::from_ne_bytes(address.octets()).into()
}

/// Bytes that the transmit fast path reads of a frame: the headers, where they are shortest.
pub const SENT: usize = ETH_HLEN + IP4_LEN;

/// The transmit fast path's conditions: an IPv4 header without options, from the first cluster
/// address.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct TxFastPath {
    vip: u64,
    source: Option<Mac>,
    is_all: bool,
}

/// Where the transmit fast path leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TxDecision {
    /// It is not from a cluster address.
    NotOurs,
    /// It is, and leaves as it is.
    Untouched,
    /// It is, and its source MAC is to be this.
    Source(Mac),
    /// It is an IPv4 packet from this address, which may be another one of the interface's clusters.
    Other(u64),
    /// To the slow path.
    Unknown,
}

impl TxFastPath {
    /// That of the first cluster of an interface, on which others are, too, or not.
    pub fn new(rules: &Rules, has_others: bool) -> Self {
        let vips = rules.vips.as_v4();
        Self {
            vip: vips.first().map_or(NONE, |vip| as_it_lies(*vip)),
            source: send::source(rules),
            is_all: !has_others && vips.len() <= 1,
        }
    }

    /// Where a frame goes that begins with these bytes.
    #[inline(always)]
    pub fn decide(&self, start: &[u8; SENT]) -> TxDecision {
        let Some((ethernet, packet)) = Ethernet::new(start) else {
            return TxDecision::Unknown;
        };
        let Some(ip) = packet
            .first_chunk()
            .filter(|_| ethernet.ethertype() == ETH_P_IP)
        else {
            return TxDecision::Unknown;
        };
        let source = as_it_lies(frame::source4(ip));
        match source == self.vip {
            true => written(self.source, ip),
            false if self.is_all => TxDecision::NotOurs,
            false => TxDecision::Other(source),
        }
    }
}

/// What becomes of a frame that begins with these bytes and is from one of a cluster's IPv4
/// addresses.
#[inline(always)]
pub fn reply(rules: &Rules, start: &[u8; SENT]) -> TxDecision {
    match Ethernet::new(start).and_then(|(_, packet)| packet.first_chunk()) {
        Some(ip) => written(send::source(rules), ip),
        None => TxDecision::Unknown,
    }
}

#[inline(always)]
fn written(source: Option<Mac>, ip: &[u8; IP4_LEN]) -> TxDecision {
    match (Ip4::plain(ip), source) {
        (None, _) => TxDecision::Unknown,
        (_, None) => TxDecision::Untouched,
        (_, Some(mac)) => TxDecision::Source(mac),
    }
}

#[cfg(test)]
#[path = "tests/fast_path.rs"]
mod tests;
