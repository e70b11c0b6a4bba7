// SPDX-License-Identifier: GPL-2.0-only

//! Each reader of IPv6 looks at its own bytes and no other, and nothing too short is read.

use super::*;
use crate::sample;
use std::vec::Vec;

/// Where a change of a byte's last bit changes what `read` gives.
fn offsets<T: PartialEq>(bytes: &[u8], read: impl Fn(&[u8]) -> T) -> Vec<usize> {
    let is_read = |&at: &usize| {
        let mut other = bytes.to_vec();
        other[at] ^= 0x01;
        read(bytes) != read(&other)
    };
    (0..bytes.len()).filter(is_read).collect()
}

fn range(from: usize, to: usize) -> Vec<usize> {
    (from..to).collect()
}

/// Bytes that all differ, and IPv6's version.
fn counting() -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..120).collect();
    bytes[0] = 0x60;
    bytes
}

fn numbered(first: u8) -> Ipv6Addr {
    Ipv6Addr::from(core::array::from_fn::<u8, 16, _>(|i| first + i as u8))
}

#[test]
fn ip6() {
    let bytes = counting();
    let ip = Ip6::new(&bytes).unwrap();
    assert_eq!(ip.source(), numbered(8));
    assert_eq!(ip.destination(), numbered(24));
    // Next header 6 is TCP.
    assert_eq!(ip.client(), Some(numbered(8)));
    let source = |b: &[u8]| Ip6::new(b).map(|ip| ip.source());
    assert_eq!(offsets(&bytes, source), range(8, 24));
    let destination = |b: &[u8]| Ip6::new(b).map(|ip| ip.destination());
    assert_eq!(offsets(&bytes, destination), range(24, 40));
}

#[test]
fn ip6_of_every_length_and_first_byte() {
    let mut bytes = counting();
    for length in 0..=bytes.len() {
        assert_eq!(Ip6::new(&bytes[..length]).is_some(), length >= 40);
    }
    for first in 0..=u8::MAX {
        bytes[0] = first;
        assert_eq!(Ip6::new(&bytes).is_some(), first / 16 == 6, "{first:#x}");
    }
}

#[test]
fn what_may_be_icmp() {
    let mut bytes = counting();
    for next in 0..=u8::MAX {
        bytes[6] = next;
        // Hop-by-hop, routing, fragment, authentication, ICMPv6, destination options.
        let expected = [0, 43, 44, 51, 58, 60].contains(&next);
        assert_eq!(Ip6::new(&bytes).unwrap().may_be_icmp(), expected, "{next}");
    }
}

#[test]
fn client_of_an_icmpv6_error_is_read_where_it_is_quoted() {
    let mut bytes = counting();
    bytes[6] = 58;
    bytes[40] = 1;
    bytes[48] = 0x60;
    let client = |b: &[u8]| Ip6::new(b).and_then(|ip| ip.client());
    assert_eq!(client(&bytes), Some(numbered(72)));
    // Next header and the quoted destination; a last bit changes no version nor an error's type.
    let mut expected = range(6, 7);
    expected.extend(72..88);
    assert_eq!(offsets(&bytes, client), expected);
}

/// A message with an option of either kind.
fn message(kind: u8) -> Vec<u8> {
    let target = (kind != sample::RS).then_some(sample::VIP6_2);
    let options = [
        sample::link_layer(1, sample::PEER),
        sample::link_layer(2, sample::GROUP),
    ];
    sample::Ip6 {
        hop_limit: 255,
        ..sample::Ip6::request(
            sample::client6(4),
            sample::ICMPV6,
            &sample::nd(kind, target, &options.concat()),
        )
    }
    .bytes()
}

#[test]
fn messages_of_neighbour_discovery() {
    let target = Some(sample::VIP6_2);
    for (kind, message_is, target, mac, at) in [
        (133, NdMessage::RouterSolicitation, None, sample::PEER, 50),
        (135, NdMessage::Solicitation, target, sample::PEER, 66),
        (136, NdMessage::Advertisement, target, sample::GROUP, 74),
    ] {
        let bytes = message(kind);
        let nd = Nd::new(&bytes).unwrap();
        assert_eq!(nd.message(), message_is);
        assert_eq!(nd.target(), target);
        assert_eq!(nd.link_layer(), Some(LinkLayer { mac, at }));
        assert_eq!(bytes[at..at + 6], mac.0);
    }
    for kind in (0..=u8::MAX).filter(|kind| ![133, 135, 136].contains(kind)) {
        assert!(Nd::new(&message(kind)).is_none(), "{kind}");
    }
}

#[test]
fn nd_offsets() {
    for kind in [sample::NS, sample::NA] {
        let bytes = message(kind);
        // Next header, hop limit, type, code, target.
        let what_it_is = [range(6, 8), range(40, 42)].concat();
        let with_target = [what_it_is.as_slice(), &range(48, 64)].concat();
        let is_nd = |b: &[u8]| Nd::new(b).is_some();
        assert_eq!(offsets(&bytes, is_nd), what_it_is);
        let target = |b: &[u8]| Nd::new(b).map(|nd| nd.target());
        assert_eq!(offsets(&bytes, target), with_target);
    }
}
