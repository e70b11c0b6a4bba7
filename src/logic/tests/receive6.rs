// SPDX-License-Identifier: GPL-2.0-only

//! IPv6 requests, whole, cut and in fragments.

use super::*;
use crate::{
    frame::{
        needs_more,
        NEEDED,
        NEEDED_AT_MOST, //
    },
    owned::len,
    sample::{
        authentication,
        client6,
        extension,
        fragment6,
        icmp,
        quoted6,
        Extension,
        Ip6,
        AUTHENTICATION,
        DESTINATION_OPTIONS,
        FRAGMENT,
        HOP_BY_HOP,
        ICMPV6,
        ROUTING,
        TCP,
        UDP,
        VIP6,
        VIP6_2, //
    }, //
};
use core::net::Ipv6Addr;
use proptest::prelude::*;

pub(super) fn ip6(what: &'static str, packet: Ip6, expected: Verdict) -> Row {
    row(what, sample::IPV6, packet.bytes(), expected)
}

fn syn6(from: u8) -> Ip6 {
    Ip6::request(client6(from), TCP, &sample::syn())
}

pub(super) fn rows() -> Vec<Row> {
    let malformed = Verdict::Drop(Counter::RxMalformed);
    let not_vip = Verdict::Leave(Counter::RxNotVip);
    let to = |destination: &str| Ip6 {
        destination: destination.parse().unwrap(),
        ..syn6(4)
    };
    let with_first_byte = |byte| [&[byte], &syn6(4).bytes()[1..]].concat();
    let echo = |from| Ip6::request(client6(from), ICMPV6, &icmp(128, b"ping"));
    vec![
        ip6("SYN in an owned bucket", syn6(4), Verdict::Serve(4)),
        ip6("SYN in another's bucket", syn6(5), Verdict::Other(5)),
        ip6("bucket 0", syn6(0), Verdict::Serve(0)),
        ip6("last bucket", syn6(7), Verdict::Other(7)),
        ip6("modulo", syn6(8 + 4), Verdict::Serve(4)),
        ip6(
            "highest source",
            Ip6::request(Ipv6Addr::from_bits(u128::MAX), TCP, &[]),
            Verdict::Other(7),
        ),
        ip6(
            "second cluster address",
            Ip6 {
                destination: VIP6_2,
                ..syn6(4)
            },
            Verdict::Serve(4),
        ),
        ip6(
            "UDP",
            Ip6::request(client6(6), UDP, &[0; 8]),
            Verdict::Serve(6),
        ),
        ip6(
            "nothing follows",
            Ip6::request(client6(1), 59, &[]),
            Verdict::Other(1),
        ),
        ip6("ping in an owned bucket", echo(4), Verdict::Serve(4)),
        ip6("ping in another's bucket", echo(3), Verdict::Other(3)),
        ip6("the node's own address", to("2001:db8::1"), not_vip),
        ip6(
            "the address after the last one",
            to("2001:db8::12"),
            not_vip,
        ),
        ip6(
            "the last cluster address's lower half",
            to("2001:db9::11"),
            not_vip,
        ),
        ip6(
            "a cluster address's upper half",
            to("2001:db8::1:0:0:10"),
            not_vip,
        ),
        ip6(
            "an IPv4 cluster address, mapped",
            to("::ffff:192.0.2.10"),
            not_vip,
        ),
        ip6("zero", to("::"), not_vip),
        ip6("all nodes", to("ff02::1"), not_vip),
        row(
            "nothing but IPv6's EtherType",
            sample::IPV6,
            vec![],
            malformed,
        ),
        row("version 4", sample::IPV6, with_first_byte(0x45), malformed),
        row("version 7", sample::IPV6, with_first_byte(0x70), malformed),
        row(
            "a traffic class",
            sample::IPV6,
            with_first_byte(0x6f),
            Verdict::Serve(4),
        ),
        row(
            "under IPv4's EtherType",
            sample::IP,
            syn6(4).bytes(),
            malformed,
        ),
    ]
}

#[test]
fn claim_8_requests_by_workload_and_cluster_address() {
    check(&rows());
}

#[test]
fn every_next_header() {
    // What follows looks like an ICMPv6 error about another's client, and like an extension header
    // that ends in TCP.
    let looks = [icmp(1, &quoted6(client6(5)).bytes()), vec![TCP; 300]];
    for next in (0..=u8::MAX).filter(|&next| next != ICMPV6) {
        for payload in &looks {
            let packet = Ip6::request(client6(4), next, payload);
            check(&[ip6("by its source", packet, Verdict::Serve(4))]);
        }
    }
}

#[test]
fn request_cut_at_every_length() {
    let behind_headers = Ip6 {
        extensions: vec![extension(HOP_BY_HOP, 1), extension(DESTINATION_OPTIONS, 0)],
        ..syn6(4)
    };
    let echo = Ip6::request(client6(4), ICMPV6, &icmp(128, b"ping"));
    for packet in [syn6(4), behind_headers, echo] {
        let packet = packet.bytes();
        for length in 0..=packet.len() {
            let expected = match length {
                0..40 => Verdict::Drop(Counter::RxMalformed),
                40.. => Verdict::Serve(4),
            };
            let cut = packet[..length].to_vec();
            check(&[row("cut", sample::IPV6, cut, expected)]);
        }
    }
}

#[test]
fn a_request_needs_no_more_than_its_header() {
    for protocol in [TCP, UDP, 59, 253] {
        let packet = Ip6::request(client6(4), protocol, &[0xff; 200]).bytes();
        let start = packet[..NEEDED].to_vec();
        assert!(!needs_more(sample::IPV6, &start));
        check(&[row("start", sample::IPV6, start, Verdict::Serve(4))]);
    }
    for next in [
        HOP_BY_HOP,
        ROUTING,
        FRAGMENT,
        AUTHENTICATION,
        ICMPV6,
        DESTINATION_OPTIONS,
    ] {
        let start = Ip6::request(client6(4), next, &[]).bytes();
        assert_eq!(start.len(), NEEDED);
        assert!(needs_more(sample::IPV6, &start));
        assert!(!needs_more(sample::IPV6, &start[..39]));
        assert!(!needs_more(sample::ARP, &start));
    }
}

/// An extension header as it may be, and what may be taken for one.
fn extensions() -> impl Strategy<Value = Extension> {
    prop_oneof![
        (prop_oneof![Just(0u8), Just(43), Just(60)], 0u8..3)
            .prop_map(|(n, more)| extension(n, more)),
        (0u8..8).prop_map(authentication),
        (prop_oneof![3 => Just(0u16), 1 => 0u16..8192], any::<bool>())
            .prop_map(|(offset, more)| fragment6(offset, more)),
        (any::<u8>(), proptest::collection::vec(any::<u8>(), 7)),
    ]
}

fn packets() -> impl Strategy<Value = Vec<u8>> {
    let destination =
        prop_oneof![4 => Just(VIP6), 4 => Just(VIP6_2), 1 => any::<u128>().prop_map(Into::into)];
    let quote = (any::<u128>(), 0u8..0x80).prop_map(|(to, first)| {
        let mut quote = quoted6(to.into()).bytes();
        quote[0] = if first < 0x70 { 0x60 } else { first };
        quote
    });
    let payload = prop_oneof![
        (any::<u8>(), quote).prop_map(|(kind, quote)| icmp(kind, &quote)),
        proptest::collection::vec(any::<u8>(), 0..80),
    ];
    (
        any::<u128>(),
        destination,
        proptest::collection::vec(extensions(), 0..11),
        prop_oneof![4 => Just(ICMPV6), 1 => any::<u8>()],
        payload,
        prop_oneof![3 => Just(usize::MAX), 1 => 0usize..200],
    )
        .prop_map(
            |(source, destination, extensions, protocol, payload, cut)| {
                let packet = Ip6 {
                    destination,
                    extensions,
                    ..Ip6::request(source.into(), protocol, &payload)
                };
                let mut bytes = packet.bytes();
                bytes.truncate(cut);
                bytes
            },
        )
}

/// The ICMPv6 message that `bytes` begin with or have behind at most `left` extension headers, by
/// RFC 8200, 4: `next` is the number of what they begin with.
fn icmp_by_the_book(next: u8, bytes: &[u8], left: u32) -> Option<&[u8]> {
    if bytes.len() < 4 {
        return None;
    }
    let size = match next {
        58 => return Some(bytes),
        0 | 43 | 60 => 8 + 8 * usize::from(bytes[1]),
        44 if bytes[2] == 0 && bytes[3] < 8 => 8,
        51 => 8 + 4 * usize::from(bytes[1]),
        _ => return None,
    };
    match left {
        0 => None,
        _ => icmp_by_the_book(bytes[0], bytes.get(size..)?, left - 1),
    }
}

fn address(packet: &[u8], at: usize) -> u128 {
    let bytes = packet[at..at + 16].iter();
    bytes.fold(0, |sum, &byte| (sum << 8) | u128::from(byte))
}

/// `Err` has which drop or leave it is.
fn client_by_the_book(packet: &[u8]) -> Result<u128, Verdict> {
    let malformed = Verdict::Drop(Counter::RxMalformed);
    // No more is looked at, however much of it a buffer has in one piece.
    let packet = &packet[..packet.len().min(192)];
    if packet.len() < 40 || packet[0] / 16 != 6 {
        return Err(malformed);
    }
    if ![VIP6, VIP6_2].contains(&address(packet, 24).into()) {
        return Err(Verdict::Leave(Counter::RxNotVip));
    }
    match icmp_by_the_book(packet[6], &packet[40..], 8) {
        Some(icmp) if icmp[0] < 128 => match icmp.get(8..) {
            Some(quote) if quote.len() >= 40 && quote[0] / 16 == 6 => Ok(address(quote, 24)),
            _ => Err(malformed),
        },
        _ => Ok(address(packet, 8)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn claim_11_verdict_is_the_bit_at_ipv6_source_mod_k(
        packet in packets(),
        k in 1u32..300,
        bits in proptest::collection::vec(any::<u8>(), 38),
    ) {
        let owned = &bits[..len(k)];
        let expected = match client_by_the_book(&packet) {
            Ok(client) => {
                let m = (client % u128::from(k)) as u32;
                match bits[m as usize / 8] & (1 << (m % 8)) {
                    0 => Verdict::Other(m),
                    _ => Verdict::Serve(m),
                }
            }
            Err(verdict) => verdict,
        };
        let rules = sample::rules(k);
        prop_assert_eq!(to_cluster(&rules, owned, sample::IPV6, &packet), expected);
    }
}

proptest! {
    /// RFC 8200, 4.5: every fragment has the headers up to routing, then the fragment header.
    #[test]
    fn fragments_of_one_datagram_stay_in_one_bucket(
        source: u128,
        routed: [bool; 2],
        behind in proptest::collection::vec(0u8..4, 0..3),
        kind in prop_oneof![Just(TCP), Just(UDP), Just(ICMPV6), any::<u8>()],
        echo in 128u8..=255,
        body in proptest::collection::vec(any::<u8>(), 0..400),
        size in 1usize..20,
        k in 1u32..3000,
    ) {
        // What is cut: destination options, then the request, of which any part may look like
        // anything.
        let whole = Ip6 {
            extensions: behind.iter().map(|&more| extension(DESTINATION_OPTIONS, more)).collect(),
            ..Ip6::request(source.into(), kind, &[&[echo], body.as_slice()].concat())
        }
        .bytes();
        let (first_header, cut) = (whole[6], &whole[40..]);
        let ahead = [extension(HOP_BY_HOP, 0), extension(ROUTING, 1)];
        let ahead: Vec<_> = ahead.into_iter().zip(routed).filter(|(_, is)| *is).collect();
        let m = (source % u128::from(k)) as u32;
        let rules = sample::rules(k);
        let owned = vec![0xff; len(k)];
        let pieces = cut.chunks(size * 8).count();
        for (i, piece) in cut.chunks(size * 8).enumerate() {
            let mut extensions: Vec<_> = ahead.iter().map(|(header, _)| header.clone()).collect();
            extensions.push(fragment6((i * size) as u16, i + 1 < pieces));
            let packet = Ip6 { extensions, ..Ip6::request(source.into(), first_header, piece) };
            let bytes = packet.bytes();
            for bytes in [&bytes[..], &bytes[..bytes.len().min(NEEDED_AT_MOST)]] {
                let verdict = to_cluster(&rules, &*owned, sample::IPV6, bytes);
                prop_assert_eq!(verdict, Verdict::Serve(m), "fragment {}", i);
            }
        }
    }
}
