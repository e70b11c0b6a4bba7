// SPDX-License-Identifier: GPL-2.0-only

//! The fast path leads where the long one does.

use super::*;
use crate::{
    counter::Counter,
    distribution::{
        Distribution,
        Hash, //
    },
    receive::{
        to_cluster,
        Verdict, //
    },
    rules::Forward,
    rules::ReplyMac,
    sample::{
        self,
        client,
        Ip,
        Ip6,
        BASE,
        GROUP,
        NIC,
        PEER,
        VIP,
        VIP2, //
    },
    send::{
        decide,
        Rewrite, //
    },
    vips::Vips,
};
use proptest::prelude::*;
use std::vec::Vec;

/// The bucket that the fast path leads to.
fn bucket(rules: &Rules, packet: &[u8]) -> Option<u32> {
    let is_vip = |address| vips(rules).any(|vip| vip == address);
    let fraction = RxFastPath::new(rules).fraction(packet.first_chunk().unwrap(), is_vip)?;
    Some(((u128::from(fraction) * u128::from(rules.distribution.buckets())) >> 64) as u32)
}

fn request() -> Ip {
    Ip::request(client(7), sample::TCP, &sample::syn())
}

#[test]
fn requests_take_the_fast_path() {
    for protocol in [sample::TCP, sample::UDP, 47, 132] {
        let packet = Ip {
            protocol,
            ..request()
        }
        .bytes();
        assert_eq!(bucket(&sample::rules(4), &packet), Some(3), "{protocol}");
    }
    let second = Ip {
        destination: VIP2,
        ..request()
    };
    assert_eq!(bucket(&sample::rules(4), &second.bytes()), Some(3));
    let later = Ip {
        fragment: 77,
        ..request()
    }
    .bytes();
    assert_eq!(bucket(&sample::rules(4), &later), Some(3));
}

#[test]
fn others_take_the_slow_path() {
    let rules = sample::rules(4);
    for (what, packet) in [
        (
            "options",
            Ip {
                options: [1; 4].to_vec(),
                ..request()
            },
        ),
        (
            "ICMP",
            Ip {
                protocol: sample::ICMP,
                ..request()
            },
        ),
        (
            "no cluster address",
            Ip {
                destination: sample::OWN,
                ..request()
            },
        ),
    ] {
        assert_eq!(bucket(&rules, &packet.bytes()), None, "{what}");
    }
    let mut no_version = request().bytes();
    no_version[0] = 0x65;
    assert_eq!(bucket(&rules, &no_version), None);
}

#[test]
fn some_clusters_have_no_fast_path() {
    let hashed = Distribution::new(4, Hash::SipHash([7; 16])).unwrap();
    let to_nobody = Ip {
        destination: [0; 4].into(),
        ..request()
    };
    for (what, rules) in [
        (
            "siphash",
            Rules {
                distribution: hashed,
                ..sample::rules(4)
            },
        ),
        (
            "forward",
            Rules {
                mode: Mode::Forward(Forward::All),
                ..sample::rules(4)
            },
        ),
        (
            "no IPv4 address",
            Rules {
                vips: Vips::EMPTY,
                ..sample::rules(4)
            },
        ),
    ] {
        for packet in [request(), to_nobody.clone()] {
            assert_eq!(bucket(&rules, &packet.bytes()), None, "{what}");
        }
    }
}

proptest! {
    #[test]
    fn claim_10_fast_path_leads_to_the_same_bucket(
        packet: Vec<u8>,
        to_vip: bool,
        is_second: bool,
        is_plain: bool,
        k in 1u32..=65_536,
    ) {
        let mut packet = packet;
        packet.resize(packet.len().max(20), 0);
        if to_vip {
            let vip = if is_second { VIP2 } else { VIP };
            packet[16..20].copy_from_slice(&vip.octets());
        }
        if is_plain {
            packet[0] = 0x45;
        }
        let rules = sample::rules(k);
        let nothing: &[u8] = &[];
        let long = to_cluster(&rules, nothing, sample::IP, &packet);
        match bucket(&rules, &packet) {
            Some(bucket) => prop_assert_eq!(long, Verdict::Other(bucket)),
            // Whatever is left to the slow path is no plain request.
            None => prop_assert!(!(to_vip && is_plain) || packet[9] == sample::ICMP, "{:?}", long),
        }
        prop_assert!(long != Verdict::Leave(Counter::RxNotVip) || bucket(&rules, &packet).is_none());
    }
}

/// A frame that leaves, from `source`.
fn sent(source: Ipv4Addr) -> Vec<u8> {
    let packet = Ip {
        source,
        destination: client(7),
        ..request()
    }
    .bytes();
    sample::ethernet(PEER, NIC, sample::IP, &packet)
}

fn out(rules: &Rules, has_others: bool, frame: &[u8]) -> TxDecision {
    TxFastPath::new(rules, has_others).decide(frame.first_chunk().unwrap())
}

/// The same cluster with one IPv4 address.
fn of_one_address() -> Rules {
    let mut vips = Vips::EMPTY;
    vips.push(VIP.into()).unwrap();
    Rules {
        vips,
        ..sample::rules(4)
    }
}

#[test]
fn answers_take_the_fast_path() {
    for (reply_mac, expected) in [
        (ReplyMac::Cluster, TxDecision::Source(BASE)),
        (ReplyMac::Group, TxDecision::Source(GROUP)),
        (ReplyMac::Node, TxDecision::Untouched),
    ] {
        for rules in [sample::rules(4), of_one_address()] {
            let rules = Rules { reply_mac, ..rules };
            assert_eq!(out(&rules, false, &sent(VIP)), expected);
            assert_eq!(out(&rules, true, &sent(VIP)), expected);
        }
    }
}

#[test]
fn others_leave_at_once_where_no_other_address_is() {
    let other = sent(sample::OWN);
    let other_address = TxDecision::Other(as_it_lies(sample::OWN));
    assert_eq!(out(&of_one_address(), false, &other), TxDecision::NotOurs);
    assert_eq!(
        out(&of_one_address(), true, &other),
        other_address,
        "another cluster's"
    );
    assert_eq!(
        out(&sample::rules(4), false, &other),
        other_address,
        "the second address"
    );
    let only_ipv6 = Rules {
        vips: Vips::EMPTY,
        ..sample::rules(4)
    };
    assert_eq!(
        out(&only_ipv6, false, &sent([0; 4].into())),
        TxDecision::NotOurs
    );
}

#[test]
fn what_is_from_another_address_goes_as_the_first() {
    for (reply_mac, expected) in [
        (ReplyMac::Group, TxDecision::Source(GROUP)),
        (ReplyMac::Node, TxDecision::Untouched),
    ] {
        let rules = Rules {
            reply_mac,
            ..sample::rules(4)
        };
        let mut frame = sent(VIP2);
        assert_eq!(reply(&rules, frame.first_chunk().unwrap()), expected);
        frame[14] = 0x46;
        assert_eq!(
            reply(&rules, frame.first_chunk().unwrap()),
            TxDecision::Unknown
        );
    }
}

#[test]
fn what_has_to_take_the_slow_path_out() {
    let rules = of_one_address();
    let packet = Ip6::request(sample::VIP6, sample::TCP, &sample::syn()).bytes();
    let ipv6 = sample::ethernet(PEER, NIC, sample::IPV6, &packet);
    assert_eq!(out(&rules, false, &ipv6), TxDecision::Unknown);
    let arp = sample::arp(sample::REQUEST, (NIC, VIP), (sample::NOBODY, VIP2));
    let arp = sample::ethernet(PEER, NIC, sample::ARP, &[arp, [0; 18].to_vec()].concat());
    assert_eq!(out(&rules, false, &arp), TxDecision::Unknown);
    let mut options = sent(VIP);
    options[14] = 0x46;
    assert_eq!(out(&rules, false, &options), TxDecision::Unknown);
}

proptest! {
    #[test]
    fn claim_9_fast_path_leads_to_the_same_rewrite(
        frame: Vec<u8>,
        is_ip: bool,
        from_vip: bool,
        is_plain: bool,
        one_address: bool,
        has_others: bool,
    ) {
        let mut frame = frame;
        frame.resize(frame.len().max(SENT), 0);
        if is_ip {
            frame[12..14].copy_from_slice(&[8, 0]);
        }
        if is_plain {
            frame[14] = 0x45;
        }
        if from_vip {
            frame[26..30].copy_from_slice(&VIP.octets());
        }
        let rules = if one_address { of_one_address() } else { sample::rules(4) };
        match out(&rules, has_others, &frame) {
            TxDecision::NotOurs => prop_assert_eq!(decide(&rules, &frame), Rewrite::NotOurs),
            TxDecision::Source(mac) => prop_assert_eq!(decide(&rules, &frame), Rewrite::Source(mac)),
            TxDecision::Untouched => prop_assert!(false, "reply-mac is not node"),
            // Then the interface's other addresses are looked up, this cluster's among them.
            TxDecision::Other(source) => {
                prop_assert!(!from_vip);
                prop_assert_eq!(source.to_ne_bytes()[..4].to_vec(), frame[26..30].to_vec());
            }
            TxDecision::Unknown => prop_assert!(!(is_ip && is_plain && from_vip)),
        }
    }
}
