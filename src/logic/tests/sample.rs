// SPDX-License-Identifier: GPL-2.0-only

//! Frames for the tests, laid out as the RFCs draw them and without the code under test, and the
//! cluster that they meet. Checksums stay zero, as nothing here reads them.

use core::net::{
    IpAddr,
    Ipv4Addr, //
};
use std::vec::Vec;

use crate::{
    distribution::{
        Distribution,
        Hash, //
    },
    mac::Mac,
    rules::{
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

pub const IP: u16 = 0x0800;
pub const ARP: u16 = 0x0806;
pub const IPV6: u16 = 0x86dd;

pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;

/// Fragment field of IPv4: more fragments follow.
pub const MORE: u16 = 0x2000;

pub const REQUEST: u16 = 1;
pub const REPLY: u16 = 2;

/// 198.51.100.`last`, which is in bucket `last` mod k for every k that is a power of 2 up to 256.
pub fn client(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, last)
}

/// A cluster of two addresses and `k` buckets, with the defaults for the rest; this is the master.
pub fn rules(k: u32) -> Rules {
    let mut vips = Vips::EMPTY;
    vips.push(IpAddr::V4(VIP)).unwrap();
    vips.push(IpAddr::V4(VIP2)).unwrap();
    Rules {
        base: BASE,
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
