// SPDX-License-Identifier: GPL-2.0-only

//! Neighbour discovery that is received, to the cluster's MAC and to multicast addresses.

use super::*;
use crate::sample::{
    client6,
    extension,
    link_layer,
    solicited_node,
    Ip6,
    BASE,
    DESTINATION_OPTIONS,
    GROUP,
    HOP_BY_HOP,
    ICMPV6,
    NA,
    NIC,
    NS,
    OWN6,
    PEER,
    RS,
    VIP6,
    VIP6_2, //
};
use core::net::Ipv6Addr;
use proptest::prelude::*;

const ZERO: Ipv6Addr = Ipv6Addr::UNSPECIFIED;
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

fn packet(source: Ipv6Addr, destination: Ipv6Addr, payload: &[u8]) -> Ip6 {
    Ip6 {
        destination,
        hop_limit: 255,
        ..Ip6::request(source, ICMPV6, payload)
    }
}

/// Resolution: to the multicast address of those that may have `target`.
fn asks(source: Ipv6Addr, target: Ipv6Addr, options: &[u8]) -> Ip6 {
    let payload = sample::nd(NS, Some(target), options);
    packet(source, solicited_node(target), &payload)
}

/// Unreachability detection: to `target` itself.
fn probes(source: Ipv6Addr, target: Ipv6Addr, options: &[u8]) -> Ip6 {
    packet(source, target, &sample::nd(NS, Some(target), options))
}

fn advertisement(source: Ipv6Addr, destination: Ipv6Addr, target: Ipv6Addr, options: &[u8]) -> Ip6 {
    packet(source, destination, &sample::nd(NA, Some(target), options))
}

fn seeks_routers(source: Ipv6Addr, options: &[u8]) -> Ip6 {
    packet(source, ALL_ROUTERS, &sample::nd(RS, None, options))
}

/// What `nd` decides on packets to anybody, and on which node.
fn to_anybody() -> Vec<Row> {
    let answered = Verdict::Leave(Counter::RxNdAnswered);
    let ignored = Verdict::Drop(Counter::RxNdIgnored);
    let reply = Verdict::Leave(Counter::RxNdReply);
    let own = Verdict::Drop(Counter::RxNdOwn);
    let conflict = Verdict::Drop(Counter::RxNdConflict);
    let [from_peer, from_group, from_base] = [PEER, GROUP, BASE].map(|mac| link_layer(1, mac));
    let [at_peer, at_group, at_base, at_nic] =
        [PEER, GROUP, BASE, NIC].map(|mac| link_layer(2, mac));
    // RFC 3971, 5.3.2: another option, which a probe has (RFC 7527).
    let nonce = [14, 1, 1, 2, 3, 4, 5, 6].as_slice();
    let client = client6(4);
    let row = super::receive6::ip6;
    vec![
        row(
            "who has the cluster address, on the master",
            asks(client, VIP6, &from_peer),
            answered,
        ),
        row("who has it", asks(client, VIP6, &from_peer), ignored).on_a_node_that_is_no_master(),
        row(
            "who has the second address, on the master",
            asks(client, VIP6_2, &from_peer),
            answered,
        ),
        row(
            "who has the second",
            asks(client, VIP6_2, &from_peer),
            ignored,
        )
        .on_a_node_that_is_no_master(),
        row(
            "who has it, without an option, on the master",
            asks(client, VIP6, &[]),
            answered,
        ),
        row(
            "who has it, without an option",
            asks(client, VIP6, &[]),
            ignored,
        )
        .on_a_node_that_is_no_master(),
        row(
            "a node asks as itself, on the master",
            asks(OWN6, VIP6, &link_layer(1, NIC)),
            answered,
        ),
        row(
            "a client makes sure of the cluster, on the master",
            probes(client, VIP6, &from_peer),
            answered,
        ),
        row("a client makes sure", probes(client, VIP6, &[]), ignored)
            .on_a_node_that_is_no_master(),
        row(
            "probe before use of the cluster address (RFC 4862), on the master",
            asks(ZERO, VIP6, &[]),
            answered,
        ),
        row(
            "probe with a nonce (RFC 7527), on the master",
            asks(ZERO, VIP6, nonce),
            answered,
        ),
        row("probe before use", asks(ZERO, VIP6, nonce), ignored).on_a_node_that_is_no_master(),
        row(
            "probe before use of another address",
            asks(ZERO, OWN6, nonce),
            Verdict::NotOurs,
        ),
        row(
            "who has the node's address",
            asks(client, OWN6, &from_peer),
            Verdict::NotOurs,
        ),
        row(
            "who has an address with the same multicast address",
            asks(client, "2001:db8:ffff::10".parse().unwrap(), &from_peer),
            Verdict::NotOurs,
        ),
        row(
            "who has zero",
            asks(client, ZERO, &from_peer),
            Verdict::NotOurs,
        ),
        row(
            "the cluster's MAC asks for the node's address",
            asks(client, OWN6, &from_group),
            Verdict::NotOurs,
        ),
        row(
            "answer to a node that asked as the cluster",
            advertisement(client, VIP6, client, &at_peer),
            reply,
        )
        .on_a_node_that_is_no_master(),
        row(
            "answer without an option, to the second address",
            advertisement(client, VIP6_2, client, &[]),
            reply,
        ),
        row(
            "answer to a node that asked as itself",
            advertisement(client, OWN6, client, &at_peer),
            Verdict::NotOurs,
        ),
        row(
            "a client announces itself",
            advertisement(client, ALL_NODES, client, &at_peer),
            Verdict::NotOurs,
        ),
        row(
            "a router, and there is one with an address of zero",
            advertisement(client, ALL_NODES, ZERO, &at_group),
            Verdict::NotOurs,
        ),
        row(
            "another node asks as the cluster",
            asks(VIP6, client, &from_group),
            own,
        ),
        row(
            "another node asks as the cluster, base form",
            asks(VIP6_2, client, &from_base),
            own,
        )
        .on_a_node_that_is_no_master(),
        row(
            "another node asks as the cluster, no option",
            asks(VIP6, client, &[]),
            own,
        ),
        row(
            "another node asks as the cluster for the cluster",
            asks(VIP6, VIP6_2, &from_group),
            own,
        ),
        row(
            "the cluster's MAC asks as a client",
            asks(client, VIP6, &from_group),
            own,
        ),
        row(
            "the cluster's MAC probes",
            asks(ZERO, VIP6, &from_group),
            own,
        ),
        row(
            "another node seeks routers as the cluster",
            seeks_routers(VIP6, &from_group),
            own,
        ),
        row(
            "another node seeks routers as the cluster, no option",
            seeks_routers(VIP6, &[]),
            own,
        ),
        row(
            "somebody seeks routers",
            seeks_routers(client, &from_peer),
            Verdict::NotOurs,
        ),
        row(
            "somebody without an address seeks routers",
            seeks_routers(ZERO, &[]),
            Verdict::NotOurs,
        ),
        row(
            "a cluster address where other messages name their target",
            seeks_routers(client, &VIP6.octets()),
            Verdict::NotOurs,
        ),
        row(
            "the master answers",
            advertisement(VIP6, client, VIP6, &at_group),
            own,
        ),
        row(
            "the master answers one that probes",
            advertisement(VIP6, ALL_NODES, VIP6, &at_group),
            own,
        )
        .on_a_node_that_is_no_master(),
        row(
            "the master announces the second address, base form",
            advertisement(VIP6_2, ALL_NODES, VIP6_2, &at_base),
            own,
        ),
        row(
            "the master answers one that makes sure, no option",
            advertisement(VIP6, client, VIP6, &[]),
            own,
        ),
        row(
            "the master answers a node that asked as the cluster",
            advertisement(VIP6, VIP6_2, VIP6, &at_group),
            own,
        ),
        row(
            "a foreign MAC asks as the cluster",
            asks(VIP6, client, &from_peer),
            conflict,
        ),
        row(
            "a foreign MAC asks as the cluster for the cluster",
            asks(VIP6_2, VIP6, &from_peer),
            conflict,
        ),
        row(
            "a foreign MAC seeks routers as the cluster",
            seeks_routers(VIP6, &from_peer),
            conflict,
        ),
        row(
            "a foreign MAC announces the cluster address",
            advertisement(VIP6, ALL_NODES, VIP6, &at_peer),
            conflict,
        ),
        row(
            "a foreign MAC answers as the cluster, from an address of its own",
            advertisement(OWN6, client, VIP6_2, &at_nic),
            conflict,
        )
        .on_a_node_that_is_no_master(),
        row(
            "a foreign MAC answers a node that asked as the cluster",
            advertisement(client, VIP6_2, VIP6, &at_peer),
            conflict,
        ),
        row(
            "the MAC behind another option",
            asks(VIP6, client, &[nonce, &from_peer].concat()),
            conflict,
        ),
        row(
            "the MAC behind a long option",
            advertisement(
                VIP6,
                client,
                VIP6,
                &[&[200, 2], [1; 14].as_slice(), &at_peer].concat(),
            ),
            conflict,
        ),
        row(
            "an advertisement's own option is the second kind",
            advertisement(VIP6, client, VIP6, &[from_group, at_peer].concat()),
            conflict,
        ),
        row(
            "a solicitation's own option is the first kind",
            asks(VIP6, client, &[at_group, from_peer].concat()),
            conflict,
        ),
        row(
            "a link-layer address that is no Ethernet's",
            advertisement(VIP6, client, VIP6, &[&[2, 2], [9; 14].as_slice()].concat()),
            own,
        ),
    ]
}

/// The same packets to the cluster's MAC: what was to be left is for this host, which the stack
/// sees by the packet type, and nothing goes uncounted.
pub(super) fn rows() -> Vec<Row> {
    to_anybody()
        .into_iter()
        .map(|row| Row {
            expected: match row.expected {
                Verdict::Leave(counter) => Verdict::Accept(counter),
                Verdict::NotOurs => Verdict::Leave(Counter::RxNotVip),
                verdict => verdict,
            },
            ..row
        })
        .collect()
}

fn rules(master: bool) -> Rules {
    Rules {
        master,
        ..sample::rules(K)
    }
}

fn verdict_to_anybody(row: &Row) -> Verdict {
    super::super::nd(&rules(row.master), Some(PEER), &row.packet)
}

#[test]
fn nd_to_anybody() {
    for row in to_anybody() {
        assert_eq!(verdict_to_anybody(&row), row.expected, "{}", row.what);
    }
}

/// Another node gives itself the address, and the frame has the cluster's MAC: that is no duplicate, and not
/// to be taken for one by a stack whose address is new as well. A stranger's is, and is answered.
#[test]
fn a_probe_of_another_node_is_no_duplicate() {
    let nonce = [14, 1, 1, 2, 3, 4, 5, 6];
    for options in [&[][..], &nonce] {
        let probe = asks(ZERO, VIP6, options).bytes();
        let other = asks(ZERO, OWN6, options).bytes();
        for master in [true, false] {
            let stranger = match master {
                true => Verdict::Leave(Counter::RxNdAnswered),
                false => Verdict::Drop(Counter::RxNdIgnored),
            };
            for (mac, expected) in [
                (BASE, Verdict::Drop(Counter::RxNdOwn)),
                (GROUP, Verdict::Drop(Counter::RxNdOwn)),
                (PEER, stranger),
                (NIC, stranger),
            ] {
                let of =
                    |packet| super::super::to_anybody(&rules(master), sample::IPV6, mac, packet);
                assert_eq!(of(&probe), expected, "{mac}");
                assert_eq!(of(&other), Verdict::NotOurs, "{mac}");
            }
        }
    }
    let asked = asks(client6(4), VIP6, &link_layer(1, PEER)).bytes();
    let verdict = super::super::to_anybody(&rules(true), sample::IPV6, BASE, &asked);
    assert_eq!(verdict, Verdict::Leave(Counter::RxNdAnswered), "no probe");
}

#[test]
fn nd_to_the_cluster() {
    check(&rows());
}

/// Changed in any of these ways it is not neighbour discovery that a host believes (RFC 4861, 6.1
/// and 7.1), and is a request like any other where it is to a cluster address.
#[test]
fn what_is_no_neighbour_discovery() {
    let peer = link_layer(1, PEER);
    for (whole, about) in [
        (probes(client6(4), VIP6, &peer), NS),
        (advertisement(client6(4), VIP6, client6(4), &[]), NA),
        (
            advertisement(client6(4), VIP6, VIP6, &link_layer(2, PEER)),
            NA,
        ),
    ] {
        let genuine = row("", sample::IPV6, whole.bytes(), Verdict::NotOurs);
        assert_ne!(verdict_to_anybody(&genuine), Verdict::NotOurs);
        let mut changed: Vec<(&str, Vec<u8>)> = Vec::new();
        for hop_limit in 0..255 {
            let packet = Ip6 {
                hop_limit,
                ..whole.clone()
            };
            changed.push(("hop limit", packet.bytes()));
        }
        for code in 1..=255 {
            let mut packet = whole.bytes();
            packet[41] = code;
            changed.push(("code", packet));
        }
        for kind in (128..=255).filter(|kind| ![RS, NS, NA].contains(kind)) {
            let mut packet = whole.bytes();
            packet[40] = kind;
            changed.push(("type", packet));
        }
        for number in [HOP_BY_HOP, DESTINATION_OPTIONS] {
            let packet = Ip6 {
                extensions: vec![extension(number, 0)],
                ..whole.clone()
            };
            changed.push(("extension header", packet.bytes()));
        }
        let packet = Ip6 {
            extensions: vec![sample::fragment6(0, false)],
            ..whole.clone()
        };
        changed.push(("fragment (RFC 6980)", packet.bytes()));
        for (what, packet) in changed {
            let row = row(what, sample::IPV6, packet, Verdict::Serve(4));
            assert_eq!(verdict_to_anybody(&row), Verdict::NotOurs, "{what} {about}");
            check(&[row]);
        }
        let mut ip4 = whole.bytes();
        ip4[0] = 0x45;
        let row = row("version", sample::IPV6, ip4, Verdict::NotOurs);
        assert_eq!(verdict_to_anybody(&row), Verdict::NotOurs);
    }
}

#[test]
fn nd_cut_at_every_length() {
    for whole in to_anybody() {
        let without_options = match whole.packet[40] {
            RS => 48,
            _ => 64,
        };
        for length in 0..whole.packet.len() {
            let packet = whole.packet[..length].to_vec();
            let cut = Row { packet, ..whole };
            let verdict = verdict_to_anybody(&cut);
            // As without the options that are cut.
            let bare = Row {
                packet: whole.packet[..without_options].to_vec(),
                ..whole
            };
            match length {
                _ if length < without_options => assert_eq!(verdict, Verdict::NotOurs),
                // The first option that has the MAC is one of eight bytes, and the last here.
                _ => assert_eq!(verdict, verdict_to_anybody(&bare), "{} {length}", cut.what),
            }
        }
    }
}

#[test]
fn what_is_behind_the_payload_is_no_option() {
    // Ethernet's padding, or whatever its sender had there.
    let padding = link_layer(1, GROUP);
    for (whole, expected) in [
        (
            asks(client6(4), VIP6, &[]),
            Verdict::Leave(Counter::RxNdAnswered),
        ),
        (asks(VIP6, client6(4), &[]), Verdict::Drop(Counter::RxNdOwn)),
        (
            asks(VIP6, client6(4), &link_layer(1, PEER)),
            Verdict::Drop(Counter::RxNdConflict),
        ),
    ] {
        let packet = [whole.bytes(), padding.clone()].concat();
        let row = row("padded", sample::IPV6, packet, expected);
        assert_eq!(verdict_to_anybody(&row), expected);
    }
    // And a payload too short for a message is none.
    let mut short = asks(client6(4), VIP6, &[]).bytes();
    for length in 0..24 {
        short[5] = length;
        let row = row("short", sample::IPV6, short.clone(), Verdict::NotOurs);
        assert_eq!(verdict_to_anybody(&row), Verdict::NotOurs, "{length}");
    }
}

#[test]
fn options_end() {
    let own = Verdict::Drop(Counter::RxNdOwn);
    let conflict = Verdict::Drop(Counter::RxNdConflict);
    let peer = link_layer(2, PEER);
    // A length of zero, which would never end, nothing but the beginning of an option, and more
    // options than are looked at: as if it carried no MAC.
    for (options, expected) in [
        (vec![0; 1000], own),
        ([[2, 0].as_slice(), &[0; 1000]].concat(), own),
        (vec![2], own),
        (vec![2, 1], own),
        (peer[..7].to_vec(), own),
        (vec![2, 255], own),
        (
            [[14, 1, 0, 0, 0, 0, 0, 0].repeat(3), peer.clone()].concat(),
            conflict,
        ),
        (
            [[14, 1, 0, 0, 0, 0, 0, 0].repeat(4), peer.clone()].concat(),
            own,
        ),
    ] {
        let packet = advertisement(VIP6, ALL_NODES, VIP6, &options).bytes();
        let row = row("options", sample::IPV6, packet, expected);
        assert_eq!(verdict_to_anybody(&row), expected, "{options:?}");
    }
}

proptest! {
    #[test]
    fn any_options_end(kind in prop_oneof![Just(RS), Just(NS), Just(NA)], options: Vec<u8>) {
        let target = (kind != RS).then_some(VIP6);
        let packet = packet(VIP6, ALL_NODES, &sample::nd(kind, target, &options)).bytes();
        let verdict = super::super::nd(&rules(true), Some(PEER), &packet);
        let drops = [Verdict::Drop(Counter::RxNdOwn), Verdict::Drop(Counter::RxNdConflict)];
        prop_assert!(drops.contains(&verdict));
    }

    /// Nothing about other addresses is touched: the node needs it for itself.
    #[test]
    fn of_other_addresses_is_not_ours(
        kind: u8,
        source: u128,
        destination: u128,
        target: u128,
        mac: [u8; 6],
        option in 1u8..3,
        master: bool,
    ) {
        let option = link_layer(option, crate::mac::Mac(mac));
        let payload = sample::nd(kind, Some(target.into()), &option);
        let packet = packet(source.into(), destination.into(), &payload);
        let verdict = super::super::nd(&rules(master), Some(PEER), &packet.bytes());
        prop_assert_eq!(verdict, Verdict::NotOurs);
    }

    #[test]
    fn any_nd(
        kind in prop_oneof![Just(RS), Just(NS), Just(NA)],
        // Source, destination, target: whether each is a cluster address.
        vips: [bool; 3],
        mac in prop_oneof![Just(None), Just(Some(PEER)), Just(Some(GROUP)), Just(Some(BASE))],
        master: bool,
    ) {
        let [source, destination, target] = vips.map(|is| if is { VIP6 } else { client6(4) });
        let target = (kind != RS).then_some(target);
        let option = mac.map(|mac| link_layer(if kind == NA { 2 } else { 1 }, mac));
        let payload = sample::nd(kind, target, &option.unwrap_or_default());
        let packet = packet(source, destination, &payload);
        let about = kind != RS && vips[2];
        let claims = if kind == NA { vips[2] } else { vips[0] };
        let carried = mac.map(|mac| mac != PEER);
        let expected = match (kind, claims, about, carried) {
            (_, true, _, None | Some(true)) => Verdict::Drop(Counter::RxNdOwn),
            (_, true, _, Some(false)) => Verdict::Drop(Counter::RxNdConflict),
            (_, _, true, Some(true)) => Verdict::Drop(Counter::RxNdOwn),
            (NS, _, true, _) if master => Verdict::Leave(Counter::RxNdAnswered),
            (NS, _, true, _) => Verdict::Drop(Counter::RxNdIgnored),
            (NA, ..) if vips[1] => Verdict::Leave(Counter::RxNdReply),
            _ => Verdict::NotOurs,
        };
        let verdict = super::super::nd(&rules(master), Some(PEER), &packet.bytes());
        prop_assert_eq!(verdict, expected);
    }
}
