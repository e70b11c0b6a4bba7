// SPDX-License-Identifier: GPL-2.0-only

//! The short way leads where the long one does.

use super::*;
use crate::{
    distribution::Distribution,
    exit::Exit,
    receive::{
        to_cluster,
        Verdict, //
    },
    rules::Forward,
    sample::{
        self,
        client,
        Ip,
        VIP2, //
    },
    vips::Vips,
};
use proptest::prelude::*;
use std::vec::Vec;

/// The bucket that the short way leads to.
fn bucket(rules: &Rules, packet: &[u8]) -> Option<u32> {
    let fraction = Short::new(rules).fraction(packet.first_chunk().unwrap())?;
    Some(((u128::from(fraction) * u128::from(rules.distribution.buckets())) >> 64) as u32)
}

fn request() -> Ip {
    Ip::request(client(7), sample::TCP, &sample::syn())
}

#[test]
fn requests_go_the_short_way() {
    for protocol in [sample::TCP, sample::UDP, 47, 132] {
        let packet = Ip {
            protocol,
            ..request()
        }
        .bytes();
        assert_eq!(bucket(&sample::rules(4), &packet), Some(3), "{protocol}");
    }
    let later = Ip {
        fragment: 77,
        ..request()
    }
    .bytes();
    assert_eq!(bucket(&sample::rules(4), &later), Some(3));
}

#[test]
fn others_go_the_long_way() {
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
            "the second address",
            Ip {
                destination: VIP2,
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
fn some_clusters_have_no_short_way() {
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
    fn claim_10_short_way_leads_to_the_same_bucket(
        packet: Vec<u8>,
        to_vip: bool,
        is_plain: bool,
        k in 1u32..=65_536,
    ) {
        let mut packet = packet;
        packet.resize(packet.len().max(20), 0);
        if to_vip {
            packet[16..20].copy_from_slice(&sample::VIP.octets());
        }
        if is_plain {
            packet[0] = 0x45;
        }
        let rules = sample::rules(k);
        let nothing: &[u8] = &[];
        let long = to_cluster(&rules, nothing, sample::IP, &packet);
        match bucket(&rules, &packet) {
            Some(bucket) => prop_assert_eq!(long, Verdict::Other(bucket)),
            // Whatever is left to the long way is no plain request.
            None => prop_assert!(!(to_vip && is_plain) || packet[9] == sample::ICMP, "{:?}", long),
        }
        prop_assert!(long != Verdict::Leave(Exit::RxNotVip) || bucket(&rules, &packet).is_none());
    }
}
