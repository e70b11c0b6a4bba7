// SPDX-License-Identifier: GPL-2.0-only

//! Each reader looks at its own bytes and no other, and nothing too short is read.

use super::*;
use crate::sample;
use std::vec::Vec;

/// Bytes that all differ, so that a reader at a wrong offset shows.
fn counting<const N: usize>() -> [u8; N] {
    core::array::from_fn(|i| i as u8)
}

/// The offsets of `bytes` at which a change changes what `read` gives.
fn offsets<const N: usize, T: PartialEq>(bytes: [u8; N], read: fn(&[u8; N]) -> T) -> Vec<usize> {
    (0..N)
        .filter(|&at| {
            let mut other = bytes;
            other[at] ^= 0x01;
            read(&bytes) != read(&other)
        })
        .collect()
}

fn range(from: usize, to: usize) -> Vec<usize> {
    (from..to).collect()
}

#[test]
fn ethernet() {
    let frame = counting::<20>();
    let (header, rest) = Ethernet::new(&frame).unwrap();
    assert_eq!(header.ethertype(), 0x0c0d);
    assert_eq!(rest, &frame[14..]);
    let read = |frame: &[u8; 20]| Ethernet::new(frame).unwrap().0.ethertype();
    assert_eq!(offsets(frame, read), range(12, 14));
    for length in 0..ETH_HLEN {
        assert!(Ethernet::new(&frame[..length]).is_none(), "{length}");
    }
    assert!(Ethernet::new(&frame[..ETH_HLEN]).unwrap().1.is_empty());
}

fn arp_bytes() -> [u8; ARP_LEN] {
    let mut bytes = counting();
    bytes[..8].copy_from_slice(&[0, 1, 8, 0, 6, 4, 0, 1]);
    bytes
}

#[test]
fn arp() {
    let bytes = arp_bytes();
    let arp = Arp::new(&bytes).unwrap();
    assert_eq!(arp.operation(), ArpOperation::Request);
    assert_eq!(arp.sender_mac(), Mac([8, 9, 10, 11, 12, 13]));
    assert_eq!(arp.sender(), Ipv4Addr::new(14, 15, 16, 17));
    assert_eq!(arp.target_mac(), Mac([18, 19, 20, 21, 22, 23]));
    assert_eq!(arp.target(), Ipv4Addr::new(24, 25, 26, 27));
    assert_eq!(bytes[ARP_SENDER_MAC..][..6], arp.sender_mac().0);
    assert_eq!(bytes[ARP_TARGET_MAC..][..6], arp.target_mac().0);
}

#[test]
fn arp_offsets() {
    type Bytes = [u8; ARP_LEN];
    let all = arp_bytes();
    assert_eq!(offsets(all, |b: &Bytes| Arp::new(b).is_some()), range(0, 6));
    let mac = |b: &Bytes| Arp::new(b).map(|arp| arp.sender_mac());
    assert_eq!(offsets(all, mac), [range(0, 6), range(8, 14)].concat());
    let address = |b: &Bytes| Arp::new(b).map(|arp| arp.sender());
    assert_eq!(offsets(all, address), [range(0, 6), range(14, 18)].concat());
    let operation = |b: &Bytes| Arp::new(b).map(|arp| arp.operation());
    assert_eq!(offsets(all, operation), range(0, 8));
}

#[test]
fn arp_operations() {
    let none = (sample::NOBODY, sample::OWN);
    for (number, expected) in [
        (0, ArpOperation::Other),
        (1, ArpOperation::Request),
        (2, ArpOperation::Reply),
        (3, ArpOperation::Other),
        (0x0101, ArpOperation::Other),
        (0x0102, ArpOperation::Other),
    ] {
        let bytes = sample::arp(number, none, none);
        assert_eq!(Arp::new(&bytes).unwrap().operation(), expected, "{number}");
    }
}

#[test]
fn arp_of_every_length() {
    let bytes = [arp_bytes().as_slice(), &[0; 18]].concat();
    for length in 0..=bytes.len() {
        assert_eq!(Arp::new(&bytes[..length]).is_some(), length >= ARP_LEN);
    }
}

fn ip4_bytes() -> [u8; 24] {
    let mut bytes = counting();
    bytes[0] = 0x46;
    bytes
}

#[test]
fn ip4() {
    type Bytes = [u8; 24];
    let bytes = ip4_bytes();
    let ip = Ip4::new(&bytes).unwrap();
    assert_eq!(ip.source(), Ipv4Addr::new(12, 13, 14, 15));
    assert_eq!(ip.destination(), Ipv4Addr::new(16, 17, 18, 19));
    // Protocol 9 is not ICMP.
    assert_eq!(ip.client(), Some(ip.source()));
    let source = |b: &Bytes| Ip4::new(b).map(|ip| ip.source());
    assert_eq!(offsets(bytes, source), range(12, 16));
    let destination = |b: &Bytes| Ip4::new(b).map(|ip| ip.destination());
    assert_eq!(offsets(bytes, destination), range(16, 20));
}

#[test]
fn ip4_of_every_length_and_first_byte() {
    let mut bytes = ip4_bytes();
    for length in 0..=bytes.len() {
        assert_eq!(Ip4::new(&bytes[..length]).is_some(), length >= 20);
    }
    for first in 0..=u8::MAX {
        bytes[0] = first;
        let right = first >> 4 == 4 && first & 0x0f >= 5;
        assert_eq!(Ip4::new(&bytes).is_some(), right, "{first:#x}");
    }
}

#[test]
fn client_of_an_icmp_error_is_read_after_the_longest_header() {
    let mut bytes = counting::<NEEDED_AT_MOST>();
    bytes[0] = 0x4f;
    bytes[6..10].copy_from_slice(&[0, 0, 64, sample::ICMP]);
    bytes[60] = 3;
    bytes[68] = 0x45;
    let client = |b: &[u8; NEEDED_AT_MOST]| Ip4::new(b).and_then(|ip| ip.client());
    assert_eq!(client(&bytes), Some(Ipv4Addr::new(84, 85, 86, 87)));
    // Version and length, fragment offset, protocol, type, quoted version, quoted destination.
    let expected = [
        range(0, 1),
        range(6, 8),
        range(9, 10),
        range(60, 61),
        range(68, 69),
        range(84, 88),
    ];
    assert_eq!(offsets(bytes, client), expected.concat());
}
