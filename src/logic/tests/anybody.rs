// SPDX-License-Identifier: GPL-2.0-only

//! Frames to other groups than the cluster's, and tags of VLAN 0: each node gets them, and none may answer
//! that has no right to. And whatever a decision reads, the buffer's layout does not matter.

use super::*;
use crate::{
    frame::{
        needs_more,
        ETH_HLEN,
        NEEDED,
        NEEDED_AT_MOST, //
    },
    frame6::ND_NEEDED,
    sample::{
        authentication,
        client6,
        extension,
        quoted6,
        Ip6,
        BROADCAST,
        DESTINATION_OPTIONS,
        HOP_BY_HOP,
        NIC,
        NOBODY,
        OWN,
        OWN6,
        PEER,
        ROUTING,
        VIP, //
    },
    segment::Packet,
    send, //
};
use proptest::prelude::*;

/// Behind the EtherType of a tag.
fn tagged(vlan: u16, protocol: u16, packet: &[u8]) -> Vec<u8> {
    [
        &(0xe000 | vlan).to_be_bytes(),
        &protocol.to_be_bytes(),
        packet,
    ]
    .concat()
}

fn of(protocol: u16, packet: &[u8]) -> Verdict {
    to_anybody(&sample::rules(K), protocol, PEER, packet)
}

/// Requests that somebody broadcasts, whatever they carry.
fn requests() -> Vec<(u16, Vec<u8>)> {
    let mut all = Vec::new();
    for protocol in [sample::TCP, sample::UDP, sample::ICMP, 253] {
        all.push((
            sample::IP,
            Ip::request(client(4), protocol, &sample::syn()).bytes(),
        ));
    }
    for protocol in [sample::TCP, sample::UDP, sample::ICMPV6, HOP_BY_HOP, 253] {
        all.push((
            sample::IPV6,
            Ip6::request(client6(4), protocol, &sample::syn()).bytes(),
        ));
    }
    all
}

#[test]
fn what_is_broadcast_to_a_cluster_address_is_nobodys() {
    for (protocol, packet) in requests() {
        assert_eq!(
            of(protocol, &packet),
            Verdict::Drop(Counter::RxBroadcast),
            "{packet:?}"
        );
    }
    let ours = Ip {
        destination: OWN,
        ..syn(4)
    };
    assert_eq!(of(sample::IP, &ours.bytes()), Verdict::NotOurs);
    let all = Ip {
        destination: "255.255.255.255".parse().unwrap(),
        ..syn(4)
    };
    assert_eq!(of(sample::IP, &all.bytes()), Verdict::NotOurs);
    let ours = Ip6 {
        destination: OWN6,
        ..Ip6::request(client6(4), sample::TCP, &sample::syn())
    };
    assert_eq!(of(sample::IPV6, &ours.bytes()), Verdict::NotOurs);
    assert_eq!(of(sample::IP, &[0x45; 19]), Verdict::NotOurs);
    assert_eq!(of(0x88cc, &syn(4).bytes()), Verdict::NotOurs);
    let asks = sample::arp(sample::REQUEST, (PEER, client(4)), (NOBODY, VIP));
    assert_eq!(
        of(sample::ARP, &asks),
        Verdict::Leave(Counter::RxArpAnswered)
    );
}

#[test]
fn nobody_sends_two_tags_of_vlan_0() {
    let asks = sample::arp(sample::REQUEST, (PEER, client(4)), (NOBODY, VIP));
    let mut all = requests();
    all.push((sample::ARP, asks));
    for (protocol, packet) in all {
        for kind in [0x8100, 0x88a8] {
            let mut once = tagged(0, protocol, &packet);
            for depth in 0..8 {
                let malformed = Verdict::Drop(Counter::RxMalformed);
                assert_eq!(of(kind, &once), malformed, "{depth}");
                assert_eq!(to_cluster(&sample::rules(K), EVEN, kind, &once), malformed);
                once = tagged(0, kind, &once);
            }
            // It belongs to that VLAN.
            let other = tagged(0, kind, &tagged(20, protocol, &packet));
            for bytes in [&other, &tagged(20, protocol, &packet)] {
                assert_eq!(of(kind, bytes), Verdict::NotOurs);
                let verdict = to_cluster(&sample::rules(K), EVEN, kind, bytes);
                assert_eq!(verdict, Verdict::Leave(Counter::RxNotVip));
            }
        }
    }
    let ours = Ip {
        destination: OWN,
        ..syn(4)
    };
    assert_eq!(
        of(0x8100, &tagged(0, sample::IP, &ours.bytes())),
        Verdict::NotOurs
    );
    for length in 0..4 {
        assert_eq!(of(0x8100, &[0; 4][..length]), Verdict::NotOurs);
    }
}

/// What reads of a packet: a linear buffer shows all of it, a paged one what was asked for.
fn layouts(bytes: &[u8], needed: usize) -> [&[u8]; 2] {
    [bytes, &bytes[..bytes.len().min(needed)]]
}

/// IPv6 with any extension headers ahead of anything, an ICMPv6 error often: long ones, and many.
fn behind_headers() -> impl Strategy<Value = Vec<u8>> {
    let header = prop_oneof![
        (0u8..40).prop_map(|more| extension(DESTINATION_OPTIONS, more)),
        (0u8..4).prop_map(|more| extension(HOP_BY_HOP, more)),
        (0u8..8).prop_map(|more| extension(ROUTING, more)),
        (0u8..60).prop_map(authentication),
    ];
    let payload = prop_oneof![
        (any::<u8>(), 1u8..255).prop_map(|(kind, last)| (
            sample::ICMPV6,
            sample::icmp(kind, &quoted6(client6(last)).bytes())
        )),
        Just((sample::TCP, sample::syn())),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| (sample::UDP, bytes)),
    ];
    (
        proptest::collection::vec(header, 0..10),
        payload,
        any::<u8>(),
    )
        .prop_map(|(extensions, (protocol, payload), from)| {
            Ip6 {
                extensions,
                ..Ip6::request(client6(from), protocol, &payload)
            }
            .bytes()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Two nodes whose network cards lay a packet out in different ways decide the same.
    #[test]
    fn the_buffers_layout_decides_nothing(
        packet in prop_oneof![behind_headers(), proptest::collection::vec(any::<u8>(), 0..300)],
        protocol in prop::sample::select(&[sample::IPV6, sample::IP, sample::ARP, 0x8100][..]),
        k in 1u32..300,
    ) {
        let rules = sample::rules(k);
        let owned = vec![0b1010_0101; 38];
        let read = |more, less| if needs_more(protocol, &packet[..packet.len().min(less)]) { more } else { less };
        let [a, b] = layouts(&packet, read(NEEDED_AT_MOST, NEEDED))
            .map(|bytes| to_cluster(&rules, &*owned, protocol, bytes));
        prop_assert_eq!(a, b, "received");
        let [a, b] = layouts(&packet, NEEDED_AT_MOST)
            .map(|bytes| (to_anybody(&rules, protocol, NIC, bytes), Packet::new(protocol, bytes)));
        prop_assert_eq!(a, b, "to anybody, and its connection");

        let frame = sample::ethernet(BROADCAST, NIC, protocol, &packet);
        let start = &frame[..frame.len().min(ETH_HLEN + NEEDED)];
        let needed = if send::needs_more(start) { ND_NEEDED } else { NEEDED };
        let [a, b] = layouts(&frame, ETH_HLEN + needed).map(|bytes| send::decide(&rules, bytes));
        prop_assert_eq!(a, b, "sent");
    }
}

/// By hand, what the property is about: an error behind more headers than are read is of its own source.
#[test]
fn behind_more_headers_than_are_read() {
    let error = |more| {
        let payload = sample::icmp(1, &quoted6(client6(4)).bytes());
        let extensions = vec![extension(DESTINATION_OPTIONS, more)];
        Ip6 {
            extensions,
            ..Ip6::request(client6(3), sample::ICMPV6, &payload)
        }
        .bytes()
    };
    for (more, expected) in [
        (0, Verdict::Serve(4)),
        (8, Verdict::Serve(4)),
        (12, Verdict::Serve(4)),
        (13, Verdict::Drop(Counter::RxMalformed)),
        (17, Verdict::Drop(Counter::RxMalformed)),
        (18, Verdict::Other(3)),
        (20, Verdict::Other(3)),
        (60, Verdict::Other(3)),
    ] {
        let whole = error(more);
        for bytes in layouts(&whole, NEEDED_AT_MOST) {
            let verdict = to_cluster(&sample::rules(K), EVEN, sample::IPV6, bytes);
            assert_eq!(verdict, expected, "{more}");
        }
    }
}
