// SPDX-License-Identifier: GPL-2.0-only

//! IPv6 frames that leave, and what is written into them.

use super::*;
use crate::{
    frame::{
        ETH_HLEN,
        NEEDED, //
    },
    frame6::ND_NEEDED,
    sample::{
        client6,
        link_layer,
        solicited_node,
        sum6,
        summed,
        Ip6,
        ICMPV6,
        NA,
        NS,
        OWN6,
        RS,
        VIP6,
        VIP6_2, //
    }, //
};
use core::net::Ipv6Addr;
use std::vec;

const ZERO: Ipv6Addr = Ipv6Addr::UNSPECIFIED;
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
const SOURCES: [Option<Mac>; 3] = [Some(BASE), Some(GROUP), None];

fn frame(packet: &[u8]) -> Vec<u8> {
    sample::ethernet(PEER, NIC, sample::IPV6, packet)
}

fn plain(source: Ipv6Addr, protocol: u8) -> Vec<u8> {
    let packet = Ip6 {
        source,
        destination: client6(4),
        ..Ip6::request(source, protocol, &sample::icmp(129, b"ping"))
    };
    frame(&packet.bytes())
}

fn packet(source: Ipv6Addr, destination: Ipv6Addr, payload: &[u8]) -> Vec<u8> {
    let packet = Ip6 {
        destination,
        hop_limit: 255,
        ..Ip6::request(source, ICMPV6, payload)
    };
    summed(packet.bytes())
}

fn asks(source: Ipv6Addr, target: Ipv6Addr, options: &[u8]) -> Vec<u8> {
    let payload = sample::nd(NS, Some(target), options);
    frame(&packet(source, solicited_node(target), &payload))
}

fn advertisement(
    source: Ipv6Addr,
    destination: Ipv6Addr,
    target: Ipv6Addr,
    options: &[u8],
) -> Vec<u8> {
    let payload = sample::nd(NA, Some(target), options);
    frame(&packet(source, destination, &payload))
}

fn seeks_routers(source: Ipv6Addr, options: &[u8]) -> Vec<u8> {
    frame(&packet(source, ALL_ROUTERS, &sample::nd(RS, None, options)))
}

fn source() -> Vec<u8> {
    link_layer(1, NIC)
}

fn target() -> Vec<u8> {
    link_layer(2, NIC)
}

#[test]
fn claim_1_cluster_mac_into_the_ipv6_response() {
    for (reply_mac, expected) in [
        (ReplyMac::Cluster, Rewrite::Source(BASE)),
        (ReplyMac::Group, Rewrite::Source(GROUP)),
        (ReplyMac::Node, Rewrite::Untouched),
    ] {
        for vip in [VIP6, VIP6_2] {
            // Behind extension headers, too, whatever is there; and with no next header at all.
            for protocol in [sample::TCP, sample::UDP, ICMPV6, 0, 43, 44, 51, 59, 60, 253] {
                let decided = decide(&rules(reply_mac), &plain(vip, protocol));
                assert_eq!(decided, expected, "{protocol}");
            }
            // From the node's own MAC the other nodes could not distinguish it from a stranger's.
            let probed = match reply_mac {
                ReplyMac::Node => Rewrite::Withhold,
                _ => expected,
            };
            for options in [&[][..], &[14, 1, 1, 2, 3, 4, 5, 6]] {
                let probe = asks(ZERO, vip, options);
                let decided = decide(&rules(reply_mac), &probe);
                assert_eq!(decided, probed, "probe (RFC 4862)");
            }
            for (what, frame) in [
                ("makes sure of a client", asks(vip, client6(4), &[])),
                (
                    "answers without an option",
                    advertisement(vip, client6(4), vip, &[]),
                ),
                ("seeks routers without an option", seeks_routers(vip, &[])),
                (
                    "about the node's address",
                    advertisement(vip, ALL_NODES, OWN6, &target()),
                ),
                ("the other kind of option", asks(vip, client6(4), &target())),
                (
                    "the other kind of option",
                    advertisement(vip, client6(4), vip, &source()),
                ),
                (
                    "router advertisement",
                    frame(&packet(vip, ALL_NODES, &sample::nd(134, None, &[0; 8]))),
                ),
            ] {
                assert_eq!(decide(&rules(reply_mac), &frame), expected, "{what}");
            }
        }
    }
}

#[test]
fn no_cluster_address_is_the_source() {
    let mut tagged = frame(&[]);
    tagged.truncate(12);
    tagged.extend([0x81, 0x00, 0, 7]);
    tagged.extend(&plain(VIP6, sample::TCP)[12..]);
    for (what, frame) in [
        ("from the node's address", plain(OWN6, sample::TCP)),
        ("ping from the node's address", plain(OWN6, ICMPV6)),
        ("from zero", plain(ZERO, sample::UDP)),
        (
            "to the cluster, from the node's address",
            frame(&Ip6::request(OWN6, sample::TCP, &[]).bytes()),
        ),
        ("a VLAN tag inside the frame", tagged),
        ("IPv4's version", frame(&[0x45; 60])),
        (
            "the node asks for a client",
            asks(OWN6, client6(4), &source()),
        ),
        ("the node asks for the cluster", asks(OWN6, VIP6, &source())),
        (
            "the node answers one that asked as the cluster",
            advertisement(OWN6, VIP6, OWN6, &target()),
        ),
        ("probe of the node's address", asks(ZERO, OWN6, &[])),
        ("the node seeks routers", seeks_routers(OWN6, &source())),
        ("seeks routers without an address", seeks_routers(ZERO, &[])),
        (
            "what follows a router solicitation is no target",
            seeks_routers(ZERO, &VIP6.octets()),
        ),
    ] {
        for reply_mac in ALL {
            let decided = decide(&rules(reply_mac), &frame);
            assert_eq!(decided, Rewrite::NotOurs, "{what}");
        }
    }
}

#[test]
fn claim_1_nd_carries_the_group_mac() {
    let nonce = [14, 1, 1, 2, 3, 4, 5, 6].as_slice();
    let client = client6(4);
    for (what, frame, at) in [
        ("answer", advertisement(VIP6, client, VIP6, &target()), 66),
        (
            "answer, second address",
            advertisement(VIP6_2, client, VIP6_2, &target()),
            66,
        ),
        (
            "announcement",
            advertisement(VIP6, ALL_NODES, VIP6, &target()),
            66,
        ),
        (
            "answer from the node's address",
            advertisement(OWN6, client, VIP6, &target()),
            66,
        ),
        (
            "own question, which clients learn from too",
            asks(VIP6, client, &source()),
            66,
        ),
        (
            "own question for the cluster",
            asks(VIP6, VIP6_2, &source()),
            66,
        ),
        (
            "a probe that carries a MAC, against RFC 4861",
            asks(ZERO, VIP6, &source()),
            66,
        ),
        (
            "behind a nonce",
            asks(VIP6, client, &[nonce, &source()].concat()),
            74,
        ),
        (
            "behind three options",
            advertisement(
                VIP6,
                client,
                VIP6,
                &[&nonce.repeat(3), target().as_slice()].concat(),
            ),
            90,
        ),
        (
            "behind the other kind",
            advertisement(VIP6, client, VIP6, &[source(), target()].concat()),
            74,
        ),
        (
            "before another",
            asks(VIP6, client, &[&source(), nonce].concat()),
            66,
        ),
        (
            "own question for routers",
            seeks_routers(VIP6, &source()),
            50,
        ),
        (
            "own question for routers, behind a nonce",
            seeks_routers(VIP6_2, &[nonce, &source()].concat()),
            58,
        ),
        (
            "already rewritten",
            advertisement(VIP6, client, VIP6, &link_layer(2, GROUP)),
            66,
        ),
    ] {
        for (reply_mac, source) in ALL.into_iter().zip(SOURCES) {
            let rewrite = decide(&rules(reply_mac), &frame);
            let Rewrite::Nd { checksum, .. } = rewrite else {
                panic!("{what}: {rewrite:?}");
            };
            let expected = Rewrite::Nd {
                source,
                at,
                link_layer: GROUP,
                checksum,
            };
            assert_eq!(rewrite, expected, "{what}");
            // The same frame with another MAC, summed anew.
            let mut wanted = frame.clone();
            wanted[14 + at..14 + at + 6].copy_from_slice(&GROUP.0);
            let summed = summed(wanted.split_off(14));
            wanted.extend(summed);
            if let Some(Mac(source)) = source {
                wanted[6..12].copy_from_slice(&source);
            }
            assert_eq!(rewritten(rewrite, &frame), wanted, "{what}");
        }
    }
}

/// What a VLAN interface that keeps its tags sends (`reorder_hdr off`).
#[test]
fn behind_a_tag() {
    let rules = rules(ReplyMac::Cluster);
    for (frame, is_ours) in [
        (plain(VIP6, sample::TCP), true),
        (plain(OWN6, sample::TCP), false),
        (advertisement(OWN6, client6(4), VIP6, &target()), true),
        (asks(OWN6, client6(4), &source()), false),
        (ip(VIP, sample::TCP), true),
        (ip(OWN, sample::TCP), false),
        (arp(REPLY, (NIC, VIP), (PEER, OWN)), true),
        (arp(REPLY, (NIC, OWN), (PEER, OWN)), false),
    ] {
        let tagged = [&frame[..12], &[0x81, 0, 0, 20], &frame[12..]].concat();
        assert_eq!(is_ours_behind_a_tag(&rules, &tagged), is_ours);
        assert_eq!(decide(&rules, &tagged), Rewrite::NotOurs);
    }
    assert!(!is_ours_behind_a_tag(&rules, &[0; 17]));
}

#[test]
fn cut_at_every_length() {
    let rules = rules(ReplyMac::Cluster);
    for (frame, without_options) in [
        (plain(VIP6, sample::TCP), 40),
        (plain(VIP6, ICMPV6), 40),
        (advertisement(VIP6, client6(4), VIP6, &target()), 40),
        (asks(VIP6, client6(4), &source()), 40),
        (seeks_routers(VIP6, &source()), 40),
        (advertisement(OWN6, client6(4), VIP6, &target()), 64),
        (asks(ZERO, VIP6, &[]), 64),
    ] {
        for length in 0..frame.len() {
            let expected = match length {
                _ if length < 14 + without_options => Rewrite::NotOurs,
                _ => Rewrite::Source(BASE),
            };
            assert_eq!(decide(&rules, &frame[..length]), expected, "{length}");
        }
        assert_ne!(decide(&rules, &frame), Rewrite::NotOurs);
    }
}

#[test]
fn the_first_bytes_needed_are_enough() {
    let rules = rules(ReplyMac::Cluster);
    let nonce = [14, 1, 1, 2, 3, 4, 5, 6].repeat(3);
    let long = [nonce.as_slice(), &target(), &nonce].concat();
    for (frame, more) in [
        (plain(VIP6, sample::TCP), false),
        (plain(VIP6, 59), false),
        (plain(VIP6, ICMPV6), true),
        (plain(VIP6, 60), true),
        (advertisement(VIP6, client6(4), VIP6, &long), true),
        (ip(VIP, sample::ICMP), false),
        (ip(VIP, sample::TCP), false),
    ] {
        let start = &frame[..ETH_HLEN + NEEDED.min(frame.len() - ETH_HLEN)];
        assert_eq!(needs_more(start), more);
        let read = if more { ND_NEEDED } else { NEEDED };
        let read = &frame[..frame.len().min(ETH_HLEN + read)];
        assert_eq!(decide(&rules, read), decide(&rules, &frame));
    }
    assert!(!needs_more(&[]));
    assert!(!needs_more(&arp(REPLY, (NIC, VIP), (NIC, VIP))));
}

#[test]
fn what_is_behind_the_payload_is_left() {
    let rules = rules(ReplyMac::Cluster);
    let padded = [advertisement(VIP6, client6(4), VIP6, &[]), target()].concat();
    assert_eq!(decide(&rules, &padded), Rewrite::Source(BASE));
}

/// A frame of neighbour discovery with an option of `mac`, whose checksum field is `checksum` and
/// right: some number in it is made so.
fn with_checksum(
    kind: u8,
    addresses: [Ipv6Addr; 3],
    options: [&[u8]; 2],
    mac: Mac,
    checksum: u16,
) -> Vec<u8> {
    let [from, to, about] = addresses;
    let option = link_layer(if kind == NA { 2 } else { 1 }, mac);
    let options = [options[0], &option, options[1]].concat();
    let payload = sample::nd(kind, (kind != RS).then_some(about), &options);
    let mut packet = packet(from, to, &payload);
    packet[42..44].copy_from_slice(&checksum.to_be_bytes());
    // The reserved bytes.
    packet[46..48].fill(0);
    let rest = !sum6(&packet);
    packet[46..48].copy_from_slice(&rest.to_be_bytes());
    assert_eq!(sum6(&packet), 0xffff);
    frame(&packet)
}

/// Options that are no link-layer address: kinds from 3 on, each of eight bytes or of 16.
fn options() -> impl Strategy<Value = Vec<u8>> {
    let option = (3u8..=255, 1usize..3).prop_flat_map(|(kind, length)| {
        proptest::collection::vec(any::<u8>(), length * 8 - 2)
            .prop_map(move |bytes| [&[kind, length as u8], bytes.as_slice()].concat())
    });
    proptest::collection::vec(option, 0..4).prop_map(|options| options.concat())
}

fn checksums() -> impl Strategy<Value = u16> {
    prop_oneof![
        Just(0),
        Just(1),
        Just(0x7fff),
        Just(0x8000),
        Just(0xfffe),
        Just(0xffff),
        any::<u16>(),
    ]
}

fn halves() -> impl Strategy<Value = [u8; 6]> {
    let half = prop_oneof![Just(0u16), Just(0xffff), any::<u16>()];
    proptest::array::uniform3(half).prop_map(|halves| {
        let [a, b, c] = halves.map(u16::to_be_bytes);
        [a[0], a[1], b[0], b[1], c[0], c[1]]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn checksum_is_right_with_the_new_mac(
        kind in prop_oneof![Just(RS), Just(NS), Just(NA)],
        to: u128,
        before in options(),
        behind in proptest::collection::vec(any::<u8>(), 0..40),
        old in halves(),
        base in halves(),
        checksum in checksums(),
        // Whether the checksum is that of the frame as it leaves, not as it comes.
        after: bool,
    ) {
        let base = Mac(base).base();
        let rules = Rules { base, group: base.group(), ..rules(ReplyMac::Cluster) };
        let addresses = [VIP6, to.into(), VIP6];
        let make = |mac| with_checksum(kind, addresses, [&before, &behind], mac, checksum);
        let mut frame = make(if after { base.group() } else { Mac(old) });
        let at = if kind == RS { 48 } else { 64 } + before.len() + 2;
        if after {
            frame[14 + at..14 + at + 6].copy_from_slice(&old);
            let summed = summed(frame.split_off(14));
            frame.extend(summed);
        }
        let rewrite = decide(&rules, &frame);
        let once = rewritten(rewrite, &frame);
        prop_assert_eq!(sum6(&once[14..]), 0xffff, "{:?}", rewrite);
        // And written as a sender would: never the other zero.
        prop_assert_eq!(&summed(once[14..].to_vec()), &once[14..]);
        prop_assert_eq!(&once[14 + at..14 + at + 6], &base.group().0);
        // Nothing but the MACs and the checksum changed.
        let mut back = once.clone();
        for range in [6..12, 14 + 42..14 + 44, 14 + at..14 + at + 6] {
            back[range.clone()].copy_from_slice(&frame[range]);
        }
        prop_assert_eq!(&back, &frame);
        // What a later look at the frame wants is already there.
        prop_assert_eq!(rewritten(decide(&rules, &once), &once), once);
    }

    #[test]
    fn any_ipv6(
        mut packet in proptest::collection::vec(any::<u8>(), 0..160),
        next in prop_oneof![Just(ICMPV6), any::<u8>()],
        kind in prop_oneof![Just(RS), Just(NS), Just(NA), any::<u8>()],
        vips: [bool; 2],
        which in 0usize..3,
    ) {
        if packet.len() >= 64 {
            let payload = packet.len() as u8 - 40;
            packet[0] = 0x60;
            packet[4..8].copy_from_slice(&[0, payload, next, 255]);
            packet[40..42].copy_from_slice(&[kind, 0]);
            for (is, at) in vips.into_iter().zip([8, 48]) {
                if is {
                    packet[at..at + 16].copy_from_slice(&VIP6.octets());
                }
            }
        }
        let whole = frame(&packet);
        let rules = rules(ALL[which]);
        let rewrite = decide(&rules, &whole);
        let is_na = next == ICMPV6 && kind == NA && vips[1];
        let concerned = packet.len() >= 64 && (vips[0] || is_na);
        prop_assert_eq!(rewrite != Rewrite::NotOurs, concerned);
        // Nothing is written outside of the frame.
        rewritten(rewrite, &whole);
        // The first bytes are enough where no more are asked for.
        let start = &whole[..whole.len().min(ETH_HLEN + NEEDED)];
        if !needs_more(start) {
            prop_assert_eq!(decide(&rules, start), rewrite);
        }
    }
}

#[test]
fn what_the_wire_sees_of_an_answer() {
    let frame = advertisement(VIP6, client6(4), VIP6, &target());
    let after = rewritten(decide(&rules(ReplyMac::Cluster), &frame), &frame);
    let payload = sample::nd(NA, Some(VIP6), &link_layer(2, GROUP));
    let packet = packet(VIP6, client6(4), &payload);
    assert_eq!(after, sample::ethernet(PEER, BASE, sample::IPV6, &packet));
    assert_eq!(vec![sum6(&after[14..])], [0xffff]);
}
