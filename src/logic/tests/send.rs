// SPDX-License-Identifier: GPL-2.0-only

//! Frames that leave, and what is written into them; `send6` has IPv6.

mod send6;

use super::*;
use crate::sample::{
    self,
    client,
    Ip,
    BASE,
    BROADCAST,
    GROUP,
    NIC,
    NOBODY,
    OWN,
    PEER,
    REPLY,
    REQUEST,
    VIP,
    VIP2, //
};
use core::net::Ipv4Addr;
use proptest::prelude::*;
use std::vec::Vec;

const ALL: [ReplyMac; 3] = [ReplyMac::Cluster, ReplyMac::Group, ReplyMac::Node];

fn rules(reply_mac: ReplyMac) -> Rules {
    Rules {
        reply_mac,
        ..sample::rules(8)
    }
}

fn ip(source: Ipv4Addr, protocol: u8) -> Vec<u8> {
    let packet = Ip {
        source,
        destination: client(4),
        ..Ip::request(source, protocol, &sample::syn())
    };
    sample::ethernet(PEER, NIC, sample::IP, &packet.bytes())
}

fn arp(operation: u16, sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr)) -> Vec<u8> {
    sample::ethernet(
        BROADCAST,
        NIC,
        sample::ARP,
        &sample::arp(operation, sender, target),
    )
}

#[test]
fn claim_1_cluster_mac_into_the_response() {
    for (reply_mac, expected) in [
        (ReplyMac::Cluster, Rewrite::Source(BASE)),
        (ReplyMac::Group, Rewrite::Source(GROUP)),
        (ReplyMac::Node, Rewrite::Untouched),
    ] {
        for vip in [VIP, VIP2] {
            for protocol in [sample::TCP, sample::UDP, sample::ICMP, 253] {
                assert_eq!(decide(&rules(reply_mac), &ip(vip, protocol)), expected);
            }
        }
    }
}

#[test]
fn no_cluster_address_is_the_source() {
    let zero = Ipv4Addr::UNSPECIFIED;
    let to_the_cluster = Ip::request(OWN, sample::TCP, &sample::syn()).bytes();
    for (what, frame) in [
        ("from the node's address", ip(OWN, sample::TCP)),
        ("from zero, as DHCP does", ip(zero, sample::UDP)),
        (
            "to the cluster, from the node's address",
            sample::ethernet(GROUP, NIC, sample::IP, &to_the_cluster),
        ),
        (
            "IPv6",
            sample::ethernet(PEER, NIC, sample::IPV6, &[0x60; 40]),
        ),
        (
            "a VLAN tag inside the frame",
            sample::ethernet(PEER, NIC, 0x8100, &ip(VIP, sample::TCP)[12..]),
        ),
        (
            "the node asks for a client",
            arp(REQUEST, (NIC, OWN), (NOBODY, client(4))),
        ),
        (
            "the node asks for the cluster",
            arp(REQUEST, (NIC, OWN), (NOBODY, VIP)),
        ),
        (
            "the node answers one that asked as the cluster",
            arp(REPLY, (NIC, OWN), (GROUP, VIP)),
        ),
        (
            "probe before use of the node's address (RFC 5227)",
            arp(REQUEST, (NIC, zero), (NOBODY, OWN)),
        ),
    ] {
        for reply_mac in ALL {
            assert_eq!(
                decide(&rules(reply_mac), &frame),
                Rewrite::NotOurs,
                "{what}"
            );
        }
    }
}

#[test]
fn arp_carries_the_group_mac() {
    let rows = [
        (
            "answer to a client",
            arp(REPLY, (NIC, VIP), (PEER, client(4))),
            false,
        ),
        (
            "answer to a client, second address",
            arp(REPLY, (NIC, VIP2), (PEER, client(4))),
            false,
        ),
        (
            "probe before use of the cluster address (RFC 5227)",
            arp(REQUEST, (NIC, Ipv4Addr::UNSPECIFIED), (NOBODY, VIP)),
            false,
        ),
        (
            "own request, which clients learn from too",
            arp(REQUEST, (NIC, VIP), (NOBODY, client(4))),
            false,
        ),
        (
            "arping -A: a reply, its own MAC twice",
            arp(REPLY, (NIC, VIP), (NIC, VIP)),
            true,
        ),
        (
            "arping -U: a request, the target's MAC is everybody",
            arp(REQUEST, (NIC, VIP), (BROADCAST, VIP)),
            false,
        ),
        (
            "arp_notify: a request, no target's MAC",
            arp(REQUEST, (NIC, VIP), (NOBODY, VIP)),
            false,
        ),
        (
            "a request with its own MAC twice",
            arp(REQUEST, (NIC, VIP), (NIC, VIP)),
            true,
        ),
        (
            "answer to a client that has this MAC, to its own address",
            arp(REPLY, (NIC, VIP), (NIC, OWN)),
            false,
        ),
        (
            "other operations name a MAC for the address as well",
            arp(9, (NIC, VIP), (PEER, client(4))),
            false,
        ),
        (
            "already rewritten",
            arp(REPLY, (GROUP, VIP), (GROUP, VIP)),
            true,
        ),
    ];
    let sources = [Some(BASE), Some(GROUP), None];
    for (what, frame, target_too) in rows {
        for (reply_mac, source) in ALL.into_iter().zip(sources) {
            let expected = Rewrite::Arp {
                source,
                sender: GROUP,
                target_too,
            };
            assert_eq!(decide(&rules(reply_mac), &frame), expected, "{what}");
        }
    }
}

#[test]
fn cut_at_every_length() {
    let announce = arp(REPLY, (NIC, VIP), (NIC, VIP));
    for (frame, needed) in [(ip(VIP, sample::TCP), 14 + 20), (announce, 14 + 28)] {
        let whole = decide(&rules(ReplyMac::Cluster), &frame);
        assert_ne!(whole, Rewrite::NotOurs);
        for length in 0..=frame.len() {
            let cut = decide(&rules(ReplyMac::Cluster), &frame[..length]);
            let expected = if length < needed {
                Rewrite::NotOurs
            } else {
                whole
            };
            assert_eq!(cut, expected, "{length}");
        }
    }
}

/// The frame after what the decision wants, as the module writes it.
fn rewritten(rewrite: Rewrite, frame: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    let mut write = |at: usize, mac: Mac| frame[at..at + 6].copy_from_slice(&mac.0);
    match rewrite {
        Rewrite::NotOurs | Rewrite::Untouched | Rewrite::Withhold => {}
        Rewrite::Source(mac) => write(6, mac),
        Rewrite::Arp {
            source,
            sender,
            target_too,
        } => {
            source.into_iter().for_each(|mac| write(6, mac));
            write(14 + 8, sender);
            target_too.then(|| write(14 + 18, sender));
        }
        Rewrite::Nd {
            source,
            at,
            link_layer,
            checksum,
        } => {
            source.into_iter().for_each(|mac| write(6, mac));
            write(14 + at, link_layer);
            frame[14 + 42..14 + 44].copy_from_slice(&checksum);
        }
    }
    frame
}

proptest! {
    #[test]
    fn any_bytes(
        mut frame in proptest::collection::vec(any::<u8>(), 0..120),
        kind in 0usize..3,
        which in 0usize..3,
        from_vip: bool,
    ) {
        let (ethertype, source) = [(sample::IP, 26), (sample::ARP, 28), (sample::IPV6, 26)][kind];
        if frame.len() >= 42 {
            frame[12..14].copy_from_slice(&ethertype.to_be_bytes());
            match ethertype {
                sample::ARP => frame[14..20].copy_from_slice(&[0, 1, 8, 0, 6, 4]),
                _ => frame[14] = 0x45,
            }
            if from_vip {
                frame[source..source + 4].copy_from_slice(&VIP.octets());
            }
        }
        let rules = rules(ALL[which]);
        let rewrite = decide(&rules, &frame);
        let concerned = frame.len() >= 42 && from_vip && ethertype != sample::IPV6;
        prop_assert_eq!(rewrite != Rewrite::NotOurs, concerned);
        // What a later look at the frame wants is already there.
        let once = rewritten(rewrite, &frame);
        prop_assert_eq!(rewritten(decide(&rules, &once), &once), once);
    }
}

#[test]
fn what_the_wire_sees_of_an_announcement() {
    let frame = arp(REPLY, (NIC, VIP), (NIC, VIP));
    let after = rewritten(decide(&rules(ReplyMac::Cluster), &frame), &frame);
    let payload = sample::arp(REPLY, (GROUP, VIP), (GROUP, VIP));
    assert_eq!(
        after,
        sample::ethernet(BROADCAST, BASE, sample::ARP, &payload)
    );
}

#[test]
fn claim_3_mode_forward_advertises_the_base_mac() {
    let rules = Rules {
        mode: crate::rules::Mode::Forward(crate::rules::Forward::All),
        ..rules(ReplyMac::Node)
    };
    assert_eq!(rules.advertised_mac(), sample::BASE);
    let frame = crate::gratuitous::arp(sample::VIP, sample::NIC, sample::NIC);
    let expected = Rewrite::Arp {
        source: None,
        sender: sample::BASE,
        target_too: false,
    };
    assert_eq!(decide(&rules, &frame), expected);
    let frame = crate::gratuitous::na(sample::VIP6, sample::NIC, sample::NIC);
    match decide(&rules, &frame) {
        Rewrite::Nd { link_layer, .. } => assert_eq!(link_layer, sample::BASE),
        other => panic!("{other:?}"),
    }
}
