// SPDX-License-Identifier: GPL-2.0-only

use super::*;
use proptest::prelude::*;
use std::{
    net::{
        Ipv4Addr,
        Ipv6Addr, //
    },
    vec,
    vec::Vec, //
};

const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const VIP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 100);
const CLIENT6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
const VIP6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 0x100);

/// A segment from port 40000 to port 80, with `data` bytes.
fn tcp(flags: u8, sequence: u32, ack: u32, data: usize) -> Vec<u8> {
    let mut bytes = vec![];
    bytes.extend(40000u16.to_be_bytes());
    bytes.extend(80u16.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(ack.to_be_bytes());
    bytes.extend([0x60, flags, 0, 0, 0, 0, 0, 0]);
    // One option of four bytes.
    bytes.extend([2, 4, 5, 0xb4]);
    bytes.extend(vec![7; data]);
    bytes
}

fn v4(protocol: u8, from: Ipv4Addr, to: Ipv4Addr, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x46, 0];
    bytes.extend((24 + payload.len() as u16).to_be_bytes());
    bytes.extend([0, 1]);
    bytes.extend(fragment.to_be_bytes());
    bytes.extend([64, protocol, 0, 0]);
    bytes.extend(from.octets());
    bytes.extend(to.octets());
    // One option of four bytes.
    bytes.extend([1, 1, 1, 0]);
    bytes.extend(payload);
    bytes
}

fn v6(next: u8, from: Ipv6Addr, to: Ipv6Addr, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend((payload.len() as u16).to_be_bytes());
    bytes.extend([next, 64]);
    bytes.extend(from.octets());
    bytes.extend(to.octets());
    bytes.extend(payload);
    bytes
}

fn flow4() -> Flow {
    Flow {
        client: CLIENT.into(),
        client_port: 40000,
        vip: VIP.into(),
        vip_port: 80,
    }
}

fn flow6() -> Flow {
    Flow {
        client: CLIENT6.into(),
        client_port: 40000,
        vip: VIP6.into(),
        vip_port: 80,
    }
}

fn segment_of(packet: Packet) -> Segment {
    match packet {
        Packet::Segment(segment) => segment,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_segment_of_each_family() {
    let bytes = v4(6, CLIENT, VIP, 0x4000, &tcp(ACK | FIN, 1000, 77, 5));
    let segment = segment_of(Packet::new(ETH_P_IP, &bytes));
    assert_eq!((segment.flow, segment.at), (flow4(), 24));
    assert_eq!((segment.end(), segment.ack()), (1006, Some(77)));
    assert!(!segment.is_syn() && !segment.is_reset() && segment.is_within());

    // Hop-by-hop options ahead, and Ethernet's padding behind, which is no data.
    let mut behind = vec![6, 0, 1, 4, 0, 0, 0, 0];
    behind.extend(tcp(SYN, 9, 0, 0));
    let mut bytes = v6(0, CLIENT6, VIP6, &behind);
    bytes.extend([0; 6]);
    let segment = segment_of(Packet::new(ETH_P_IPV6, &bytes));
    assert_eq!((segment.flow, segment.at), (flow6(), 48));
    assert_eq!((segment.end(), segment.ack()), (10, None));
    assert!(segment.is_syn() && !segment.is_within());
}

#[test]
fn flags() {
    let of = |flags| {
        let bytes = v4(6, CLIENT, VIP, 0, &tcp(flags, u32::MAX, 5, 0));
        segment_of(Packet::new(ETH_P_IP, &bytes))
    };
    assert!(of(SYN).is_syn() && of(SYN | 0xc0).is_syn());
    assert!(!of(SYN | ACK).is_syn() && !of(SYN | RST).is_syn() && !of(ACK).is_syn());
    assert!(of(RST).is_reset() && of(RST | ACK).is_reset() && !of(ACK).is_reset());
    assert!(of(ACK).is_within() && !of(ACK | RST).is_within());
    assert!(!of(SYN | ACK).is_within() && !of(0).is_within());
    // Around the end of the numbers.
    assert_eq!(
        [of(ACK).end(), of(SYN).end(), of(SYN | FIN).end()],
        [u32::MAX, 0, 1]
    );
}

/// An error quotes a packet that we sent: its source is the cluster, its destination the client.
#[test]
fn what_an_error_quotes() {
    let router = Ipv4Addr::new(198, 51, 100, 9);
    let mut ours = tcp(ACK, 1, 2, 0);
    ours.swap(0, 2);
    ours.swap(1, 3);
    let icmp = |kind: u8, quoted: &[u8]| [&[kind, 4, 0, 0, 0, 0, 5, 0][..], quoted].concat();
    let quoted = v4(6, VIP, CLIENT, 0x4000, &ours[..8]);
    let error = v4(1, router, VIP, 0, &icmp(3, &quoted));
    assert_eq!(
        Packet::new(ETH_P_IP, &error),
        Packet::Quoted {
            flow: flow4(),
            sequence: 1
        }
    );
    let udp = v4(
        1,
        router,
        VIP,
        0,
        &icmp(3, &v4(17, VIP, CLIENT, 0, &ours[..8])),
    );
    assert_eq!(Packet::new(ETH_P_IP, &udp), Packet::Datagram);
    // Of a later part nothing is known: what it begins with are no ports.
    let later = v4(6, VIP, CLIENT, 0x0005, &ours[..8]);
    let later = v4(1, router, VIP, 0, &icmp(11, &later));
    assert_eq!(Packet::new(ETH_P_IP, &later), Packet::Datagram);
    // A ping is of no connection, whatever its data look like.
    let ping = v4(1, CLIENT, VIP, 0, &icmp(8, &quoted));
    assert_eq!(Packet::new(ETH_P_IP, &ping), Packet::Datagram);

    let router = Ipv6Addr::new(0x2001, 0xdb8, 9, 9, 9, 9, 9, 9);
    let too_big = [&[2, 0, 0, 0, 0, 0, 5, 0][..], &v6(6, VIP6, CLIENT6, &ours)].concat();
    let error = v6(58, router, VIP6, &too_big);
    assert_eq!(
        Packet::new(ETH_P_IPV6, &error),
        Packet::Quoted {
            flow: flow6(),
            sequence: 1
        }
    );
}

#[test]
fn fragments_of_segments_have_no_connection() {
    let whole = tcp(ACK, 1, 2, 40);
    for fragment in [0x2000, 0x2005, 0x0005] {
        let bytes = v4(6, CLIENT, VIP, fragment, &whole);
        assert_eq!(
            Packet::new(ETH_P_IP, &bytes),
            Packet::Fragment,
            "{fragment:x}"
        );
        let bytes = v4(17, CLIENT, VIP, fragment, &whole);
        assert_eq!(
            Packet::new(ETH_P_IP, &bytes),
            Packet::Datagram,
            "{fragment:x}"
        );
    }
    for (offset, expected) in [(1u16, true), (0x28, true), (0x29, true), (0, false)] {
        let [high, low] = offset.to_be_bytes();
        let behind = [&[6, 0, high, low, 0, 0, 0, 1][..], &whole].concat();
        let bytes = v6(44, CLIENT6, VIP6, &behind);
        let packet = Packet::new(ETH_P_IPV6, &bytes);
        assert_eq!(packet == Packet::Fragment, expected, "{offset:x}");
        assert_eq!(
            matches!(packet, Packet::Segment(_)),
            !expected,
            "{offset:x}"
        );
    }
    // A first part stays one, though a header behind says that all is there.
    let inner = [&[6, 0, 0, 0, 0, 0, 0, 2][..], &whole].concat();
    let outer = [&[44, 0, 0, 1, 0, 0, 0, 1][..], &inner].concat();
    let bytes = v6(44, CLIENT6, VIP6, &outer);
    assert_eq!(Packet::new(ETH_P_IPV6, &bytes), Packet::Fragment);
}

#[test]
fn cut_short_it_is_of_no_connection() {
    let bytes = v4(6, CLIENT, VIP, 0, &tcp(ACK, 1, 2, 0));
    for length in 0..24 + TCP_LEN {
        assert_eq!(
            Packet::new(ETH_P_IP, &bytes[..length]),
            Packet::Datagram,
            "{length}"
        );
    }
    let bytes = v6(6, CLIENT6, VIP6, &tcp(ACK, 1, 2, 0));
    for length in 0..40 + TCP_LEN {
        assert_eq!(
            Packet::new(ETH_P_IPV6, &bytes[..length]),
            Packet::Datagram,
            "{length}"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes(bytes: Vec<u8>, v6: bool, kind in prop::sample::select(&[0u8, 1, 6, 44, 58][..])) {
        let mut bytes = bytes;
        let (protocol, version, at) = match v6 {
            true => (ETH_P_IPV6, 0x60, 6),
            false => (ETH_P_IP, 0x45, 9),
        };
        if let Some(first) = bytes.first_mut() {
            *first = version;
        }
        if let Some(byte) = bytes.get_mut(at) {
            *byte = kind;
        }
        if let Packet::Segment(segment) = Packet::new(protocol, &bytes) {
            prop_assert!(segment.at + TCP_LEN <= bytes.len());
        }
    }
}

proptest! {
    /// The quick look never takes for a connection's what may open something, and finds what is one.
    #[test]
    fn the_quick_look_agrees(flags: u8, fragment: u16, kind in prop::sample::select(&[1u8, 6, 17, 44][..]), data in 0usize..9) {
        let payload = tcp(flags, 1, 2, data);
        let mut plain = v4(kind, CLIENT, VIP, fragment, &[]);
        plain[0] = 0x45;
        plain.truncate(20);
        plain.extend(&payload);
        let length = plain.len() as u16;
        plain[2..4].copy_from_slice(&length.to_be_bytes());
        let start = plain.first_chunk().unwrap();
        // The bit against fragmenting, and one without a meaning, are no fragment's.
        let opens_nothing = Packet::new(ETH_P_IP, &plain).opens_nothing();
        prop_assert_eq!(opens_nothing_v4(start), opens_nothing);
        prop_assert_eq!(opens_nothing, kind == 6 && fragment & 0x3fff == 0 && flags & SYN == 0);

        let plain = v6(kind, CLIENT6, VIP6, &payload);
        let start = plain.first_chunk().unwrap();
        let opens_nothing = Packet::new(ETH_P_IPV6, &plain).opens_nothing();
        prop_assert_eq!(opens_nothing_v6(start), opens_nothing);
        prop_assert_eq!(opens_nothing, kind == 6 && flags & SYN == 0);
    }
}
