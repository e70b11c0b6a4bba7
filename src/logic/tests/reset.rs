// SPDX-License-Identifier: GPL-2.0-only

//! Against a plain reading of the RFCs, and against what the packet path makes of resets.

use super::*;
use crate::{
    frame::ETH_HLEN,
    sample::{
        self,
        BASE,
        VIP,
        VIP6, //
    },
    segment::Packet,
    send::{
        decide,
        Rewrite, //
    },
};
use proptest::prelude::*;
use std::vec::Vec;

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
const CLIENT: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 6);
const CLIENT6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 6);

/// A segment with a header of `words` words and `more` bytes behind it, as it came in.
fn request(client: IpAddr, flags: u8, ack: u32, words: u8, more: u16) -> Option<Segment> {
    let length = 20 + more;
    let (protocol, mut bytes) = match client {
        IpAddr::V4(client) => {
            let mut bytes = vec_of(&[0x45, 0], &(20 + length).to_be_bytes());
            bytes.extend([0, 0, 0x40, 0, 61, 6, 0, 0]);
            bytes.extend(client.octets());
            bytes.extend(VIP.octets());
            (ETH_P_IP, bytes)
        }
        IpAddr::V6(client) => {
            let mut bytes = vec_of(&[0x60, 0, 0, 0], &length.to_be_bytes());
            bytes.extend([6, 61]);
            bytes.extend(client.octets());
            bytes.extend(VIP6.octets());
            (ETH_P_IPV6, bytes)
        }
    };
    bytes.extend([0x9c, 0x40, 0, 80, 0, 0, 0, 7]);
    bytes.extend(ack.to_be_bytes());
    bytes.extend([words << 4, flags, 1, 0, 0, 0, 0, 0]);
    bytes.resize(bytes.len() + usize::from(more), 0xaa);
    match Packet::new(protocol, &bytes) {
        Packet::Segment(segment) => Some(segment),
        _ => None,
    }
}

fn vec_of(a: &[u8], b: &[u8]) -> Vec<u8> {
    [a, b].concat()
}

fn reset_of(client: IpAddr, flags: u8) -> Option<Reset> {
    Reset::of(&request(client, flags, 0x0102_0304, 5, 0)?)
}

/// RFC 1071 in its simplest form: with the checksum in it the sum is all ones.
fn sums_up(parts: &[&[u8]]) -> bool {
    let bytes = parts.concat();
    let mut sum = 0u64;
    for half in bytes.chunks(2) {
        sum += u64::from(half[0]) * 256 + u64::from(*half.get(1).unwrap_or(&0));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum == 0xffff
}

#[test]
fn claim_14_a_reset_ipv4() {
    let reset = reset_of(CLIENT.into(), ACK).unwrap();
    let packet = reset.packet();
    assert_eq!((reset.protocol, packet.len()), (ETH_P_IP, 40));
    assert_eq!(&packet[..10], &[0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6]);
    assert_eq!(&packet[12..20], [VIP.octets(), CLIENT.octets()].concat());
    assert!(sums_up(&[&packet[..20]]));
    // Ports; the number that was acknowledged; nothing is acknowledged; RST alone; no window.
    assert_eq!(
        &packet[20..32],
        &[0, 80, 0x9c, 0x40, 1, 2, 3, 4, 0, 0, 0, 0]
    );
    assert_eq!(&packet[32..36], &[0x50, 0x04, 0, 0]);
    assert!(sums_up(&[&packet[12..20], &[0, 6, 0, 20], &packet[20..]]));
}

#[test]
fn claim_14_a_reset_ipv6() {
    let reset = reset_of(CLIENT6.into(), ACK).unwrap();
    let packet = reset.packet();
    assert_eq!((reset.protocol, packet.len()), (ETH_P_IPV6, 60));
    assert_eq!(&packet[..8], &[0x60, 0, 0, 0, 0, 20, 6, 64]);
    assert_eq!(&packet[8..40], [VIP6.octets(), CLIENT6.octets()].concat());
    assert_eq!(
        &packet[40..52],
        &[0, 80, 0x9c, 0x40, 1, 2, 3, 4, 0, 0, 0, 0]
    );
    assert_eq!(&packet[52..56], &[0x50, 0x04, 0, 0]);
    let pseudo = [0, 0, 0, 20, 0, 0, 0, 6];
    assert!(sums_up(&[&packet[8..40], &pseudo, &packet[40..]]));
}

/// It leaves as other replies of the cluster do, with the cluster's MAC as its source.
#[test]
fn a_reset_is_a_reply() {
    let rules = sample::rules(8);
    for client in [CLIENT.into(), IpAddr::from(CLIENT6)] {
        let reset = reset_of(client, ACK).unwrap();
        let mut frame = Vec::from([0; ETH_HLEN]);
        frame[12..].copy_from_slice(&reset.protocol.to_be_bytes());
        frame.extend(reset.packet());
        assert_eq!(decide(&rules, &frame), Rewrite::Source(BASE));
    }
}

#[test]
fn claim_14_not_everything_is_answered() {
    for flags in 0..=0xffu8 {
        let is_within = flags & (SYN | RST | ACK) == ACK;
        assert_eq!(
            reset_of(CLIENT.into(), flags).is_some(),
            is_within,
            "{flags:#x}"
        );
    }
    let nobodys = [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "ff02::1",
        "ff0e::2",
    ];
    for client in nobodys.map(|client| client.parse::<IpAddr>().unwrap()) {
        assert_eq!(reset_of(client, ACK), None, "{client}");
    }
    // Nor the cluster's own address.
    for client in [VIP.into(), IpAddr::from(VIP6)] {
        assert_eq!(reset_of(client, ACK), None, "{client}");
    }
    for client in [
        "1.0.0.1",
        "223.255.255.254",
        "10.0.0.1",
        "fe80::1",
        "2001:db8::",
    ] {
        assert!(reset_of(client.parse().unwrap(), ACK).is_some(), "{client}");
    }
}

#[test]
fn a_header_of_no_length_is_not_answered() {
    for (words, more, is_answered) in [
        (0, 0, false),
        (4, 100, false),
        (5, 0, true),
        (6, 0, false),
        (6, 3, false),
        (6, 4, true),
        (15, 39, false),
        (15, 40, true),
    ] {
        let segment = request(CLIENT.into(), ACK, 1, words, more).unwrap();
        let is = Reset::of(&segment).is_some();
        assert_eq!(is, is_answered, "{words} words and {more} bytes");
    }
}

proptest! {
    /// A client takes a reset only if it is the very next number that it expects (RFC 9293, 3.10.7.4).
    #[test]
    fn any_number(ack: u32, v6: bool, more in 0u16..1400) {
        let client = if v6 { CLIENT6.into() } else { IpAddr::from(CLIENT) };
        let segment = request(client, ACK, ack, 5, more).unwrap();
        let reset = Reset::of(&segment).unwrap();
        let tcp = &reset.packet()[reset.packet().len() - 20..];
        prop_assert_eq!(&tcp[4..8], &ack.to_be_bytes());
        let addresses = &reset.packet()[if v6 { 8..40 } else { 12..20 }];
        prop_assert!(sums_up(&[addresses, &[0, 20, 0, 6], tcp]));
    }

    /// What the module says is no answer to itself.
    #[test]
    fn no_reset_of_a_reset(v6: bool) {
        let client = if v6 { CLIENT6.into() } else { IpAddr::from(CLIENT) };
        let reset = reset_of(client, ACK).unwrap();
        match Packet::new(reset.protocol, reset.packet()) {
            Packet::Segment(back) => prop_assert_eq!(Reset::of(&back), None),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn pseudo_headers_sum(a: [u8; 16], b: [u8; 16], length in 0usize..0x2_0000) {
        let sum = pseudo_header(Ipv6Addr::from(a).into(), Ipv6Addr::from(b).into(), length);
        let plain = [&a[..], &b, &(length as u32).to_be_bytes(), &[0, 0, 0, 6], &fold(sum)];
        prop_assert!(sums_up(&plain));
    }
}
