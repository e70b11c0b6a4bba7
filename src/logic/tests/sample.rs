// SPDX-License-Identifier: GPL-2.0-only

//! Frames for the tests, laid out as the RFCs draw them and without the code under test, and the
//! cluster that they meet. Checksums stay zero, as nothing here reads them, but where `summed` sets
//! ICMPv6's.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};
use std::vec::Vec;

use crate::{
    distribution::{
        Distribution,
        Hash, //
    },
    mac::Mac,
    rules::{
        Mode,
        ReplyMac,
        Rules, //
    },
    vips::Vips,
};

/// The cluster's base MAC.
pub const BASE: Mac = Mac([0x02, 0x5a, 192, 0, 2, 10]);
/// The cluster's group MAC, written out.
pub const GROUP: Mac = Mac([0x03, 0x5a, 192, 0, 2, 10]);
/// A node's own MAC.
pub const NIC: Mac = Mac([0x52, 0x54, 0, 0, 0, 1]);
/// Some other machine's MAC.
pub const PEER: Mac = Mac([0x52, 0x54, 0, 0, 0, 2]);
/// What a request for a MAC has in its place.
pub const NOBODY: Mac = Mac([0; 6]);
/// Everybody.
pub const BROADCAST: Mac = Mac([0xff; 6]);

/// The first cluster address.
pub const VIP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);
/// The second cluster address.
pub const VIP2: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 11);
/// A node's own address.
pub const OWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// The first IPv6 cluster address.
pub const VIP6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10);
/// The second IPv6 cluster address.
pub const VIP6_2: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x11);
/// A node's own IPv6 address.
pub const OWN6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);

pub const IP: u16 = 0x0800;
pub const ARP: u16 = 0x0806;
pub const IPV6: u16 = 0x86dd;

pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const ICMPV6: u8 = 58;

pub const HOP_BY_HOP: u8 = 0;
pub const ROUTING: u8 = 43;
pub const FRAGMENT: u8 = 44;
pub const AUTHENTICATION: u8 = 51;
pub const DESTINATION_OPTIONS: u8 = 60;

/// Router solicitation.
pub const RS: u8 = 133;
/// Neighbour solicitation.
pub const NS: u8 = 135;
/// Neighbour advertisement.
pub const NA: u8 = 136;

/// Fragment field of IPv4: more fragments follow.
pub const MORE: u16 = 0x2000;

pub const REQUEST: u16 = 1;
pub const REPLY: u16 = 2;

/// 198.51.100.`last`, which is in bucket `last` mod k for every k that is a power of 2 up to 256.
pub fn client(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, last)
}

/// 2001:db8:1::`last`, of which the same is true.
pub fn client6(last: u8) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, last.into())
}

/// A cluster of two addresses of each family and `k` buckets, with the defaults for the rest; this
/// is the master.
pub fn rules(k: u32) -> Rules {
    let mut vips = Vips::EMPTY;
    vips.push(IpAddr::V4(VIP)).unwrap();
    vips.push(IpAddr::V4(VIP2)).unwrap();
    vips.push(IpAddr::V6(VIP6)).unwrap();
    vips.push(IpAddr::V6(VIP6_2)).unwrap();
    Rules {
        base: BASE,
        group: GROUP,
        mode: Mode::Multicast,
        master: true,
        reply_mac: ReplyMac::Cluster,
        distribution: Distribution::new(k, Hash::None).unwrap(),
        vips,
    }
}

/// A frame.
pub fn ethernet(destination: Mac, source: Mac, ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let ethertype = &ethertype.to_be_bytes();
    [&destination.0, &source.0, ethertype.as_slice(), payload].concat()
}

/// ARP for Ethernet and IPv4 (RFC 826).
pub fn arp(operation: u16, sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr)) -> Vec<u8> {
    [
        [0, 1, 8, 0, 6, 4].as_slice(),
        &operation.to_be_bytes(),
        &sender.0 .0,
        &sender.1.octets(),
        &target.0 .0,
        &target.1.octets(),
    ]
    .concat()
}

/// An IPv4 packet (RFC 791).
#[derive(Clone)]
pub struct Ip {
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
    pub protocol: u8,
    /// Flags and offset.
    pub fragment: u16,
    pub options: Vec<u8>,
    pub payload: Vec<u8>,
}

impl Ip {
    /// To the first cluster address.
    pub fn request(source: Ipv4Addr, protocol: u8, payload: &[u8]) -> Self {
        Self {
            source,
            destination: VIP,
            protocol,
            fragment: 0,
            options: Vec::new(),
            payload: payload.to_vec(),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        assert!(self.options.len() <= 40);
        assert_eq!(self.options.len() % 4, 0);
        let header = 20 + self.options.len() as u8;
        let total = u16::from(header) + self.payload.len() as u16;
        let [fragment_high, fragment_low] = self.fragment.to_be_bytes();
        [
            [0x40 + header / 4, 0].as_slice(),
            &total.to_be_bytes(),
            &[0x12, 0x34, fragment_high, fragment_low],
            &[64, self.protocol, 0, 0],
            &self.source.octets(),
            &self.destination.octets(),
            &self.options,
            &self.payload,
        ]
        .concat()
    }
}

/// A TCP SYN (RFC 9293) from port 40,000 to port 2,049.
pub fn syn() -> Vec<u8> {
    let mut segment = std::vec![0x9c, 0x40, 0x08, 0x01];
    segment.extend([0; 8]);
    segment.extend([0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0]);
    segment
}

/// ICMP of this type (RFC 792): four bytes, four that depend on the type, then `body`.
pub fn icmp(kind: u8, body: &[u8]) -> Vec<u8> {
    [[kind, 0, 0, 0, 0, 0, 0, 0].as_slice(), body].concat()
}

/// What `node` sent to `client` as the cluster, as an ICMP error quotes it: with 8 bytes of TCP.
pub fn quoted(client: Ipv4Addr) -> Ip {
    Ip {
        source: VIP,
        destination: client,
        ..Ip::request(client, TCP, &syn()[..8])
    }
}

/// An extension header: its number, and its bytes but for the first, the next one's number.
pub type Extension = (u8, Vec<u8>);

/// An IPv6 packet (RFC 8200).
#[derive(Clone, Debug)]
pub struct Ip6 {
    pub source: Ipv6Addr,
    pub destination: Ipv6Addr,
    pub hop_limit: u8,
    pub extensions: Vec<Extension>,
    /// What follows the extension headers.
    pub protocol: u8,
    pub payload: Vec<u8>,
}

impl Ip6 {
    /// To the first IPv6 cluster address.
    pub fn request(source: Ipv6Addr, protocol: u8, payload: &[u8]) -> Self {
        Self {
            source,
            destination: VIP6,
            hop_limit: 64,
            extensions: Vec::new(),
            protocol,
            payload: payload.to_vec(),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut next: Vec<u8> = self.extensions.iter().map(|(number, _)| *number).collect();
        next.push(self.protocol);
        let mut follows = Vec::new();
        for ((_, bytes), next) in self.extensions.iter().zip(&next[1..]) {
            follows.push(*next);
            follows.extend(bytes);
        }
        follows.extend(&self.payload);
        [
            [0x60, 0x00, 0x12, 0x34].as_slice(),
            &(follows.len() as u16).to_be_bytes(),
            &[next[0], self.hop_limit],
            &self.source.octets(),
            &self.destination.octets(),
            &follows,
        ]
        .concat()
    }
}

/// Hop-by-hop, routing or destination options header of `8 * (1 + more)` bytes, which looks like
/// the beginning of an ICMPv6 error inside.
pub fn extension(number: u8, more: u8) -> Extension {
    let mut bytes = std::vec![1; 7 + usize::from(more) * 8];
    bytes[0] = more;
    (number, bytes)
}

/// Authentication header of `4 * (2 + units)` bytes (RFC 4302).
pub fn authentication(units: u8) -> Extension {
    let mut bytes = std::vec![1; 7 + usize::from(units) * 4];
    bytes[0] = units;
    (AUTHENTICATION, bytes)
}

/// Fragment header: offset in units of eight bytes, and whether more follow.
pub fn fragment6(offset: u16, more: bool) -> Extension {
    let [high, low] = ((offset << 3) | u16::from(more)).to_be_bytes();
    (FRAGMENT, std::vec![0, high, low, 1, 2, 3, 4])
}

/// What a node sent to `client` as the cluster, as an ICMPv6 error quotes it.
pub fn quoted6(client: Ipv6Addr) -> Ip6 {
    Ip6 {
        source: VIP6,
        destination: client,
        ..Ip6::request(client, TCP, &syn())
    }
}

/// Neighbour discovery (RFC 4861, 4.1, 4.3, 4.4): eight bytes, the target if there is one, options.
pub fn nd(kind: u8, target: Option<Ipv6Addr>, options: &[u8]) -> Vec<u8> {
    let target = target.map(|target| target.octets());
    let target = target.as_ref().map_or(&[][..], |target| target);
    [&[kind, 0, 0, 0, 0, 0, 0, 0], target, options].concat()
}

/// Link-layer address option of Ethernet: 1 is the source's, 2 the target's.
pub fn link_layer(kind: u8, mac: Mac) -> Vec<u8> {
    [&[kind, 1], mac.0.as_slice()].concat()
}

/// Multicast address of those that may have `address` (RFC 4291, 2.7.1).
pub fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits((0xff02 << 112) | 0x1_ff00_0000 | (address.to_bits() & 0xff_ffff))
}

/// The sum over an ICMPv6 packet without extension headers and its pseudo header (RFC 8200, 8.1;
/// RFC 4443, 2.3), folded: 0xffff where the checksum is right. Padding is no part of it.
pub fn sum6(packet: &[u8]) -> u16 {
    let length = usize::from(packet[4]) * 256 + usize::from(packet[5]);
    let halves = packet[8..40 + length].chunks(2).map(|pair| match *pair {
        [high, low] => u64::from(high) * 256 + u64::from(low),
        [high] => u64::from(high) * 256,
        _ => unreachable!(),
    });
    // Sums of ones' complement are those modulo 65,535, where 0 is written 65,535.
    let sum = halves.sum::<u64>() + length as u64 + u64::from(ICMPV6);
    (1 + (sum - 1) % 0xffff) as u16
}

/// Sets the checksum of such a packet.
pub fn summed(mut packet: Vec<u8>) -> Vec<u8> {
    packet[42..44].fill(0);
    let checksum = !sum6(&packet);
    packet[42..44].copy_from_slice(&checksum.to_be_bytes());
    packet
}
