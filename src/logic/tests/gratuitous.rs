// SPDX-License-Identifier: GPL-2.0-only

//! The frames against a plain reading of the RFCs, and against what the packet path makes of them.

use super::*;
use crate::{
    counter::Counter,
    receive::{
        self,
        Verdict, //
    },
    sample::{
        self,
        BASE,
        GROUP,
        NIC,
        VIP,
        VIP6, //
    },
    send::{
        decide,
        Rewrite, //
    }, //
};

#[test]
fn claim_15_arp_announces() {
    let frame = arp(VIP, GROUP, NIC);
    let expected = [
        &[0xff; 6][..],
        &NIC.0,
        &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1],
        &GROUP.0,
        &VIP.octets(),
        &[0; 6],
        &VIP.octets(),
    ]
    .concat();
    assert_eq!(frame.as_slice(), expected);
    let rules = sample::rules(8);
    assert_eq!(
        receive::arp(&rules, &frame[14..]),
        Verdict::Drop(Counter::RxArpOwn)
    );
    assert!(matches!(
        decide(&rules, &frame),
        Rewrite::Arp { sender: GROUP, .. }
    ));
}

#[test]
fn claim_15_na_announces_with_a_right_checksum() {
    let frame = na(VIP6, BASE, BASE);
    assert_eq!(frame.len(), 86);
    assert_eq!(
        &frame[..14],
        &[0x33, 0x33, 0, 0, 0, 1, 2, 0x5a, 192, 0, 2, 10, 0x86, 0xdd]
    );
    // The sum with the checksum in it is all ones (RFC 1071).
    let pseudo = [&frame[22..54], &[0, 0, 0, 32, 0, 0, 0, 58], &frame[54..]].concat();
    let sum = pseudo.chunks(2).fold(0u32, |sum, half| {
        let sum = sum + u32::from(half[0]) * 256 + u32::from(half[1]);
        (sum & 0xffff) + (sum >> 16)
    });
    assert_eq!(sum, 0xffff);
    let rules = sample::rules(8);
    assert_eq!(
        receive::nd(&rules, None, &frame[14..]),
        Verdict::Drop(Counter::RxNdOwn)
    );
    match decide(&rules, &frame) {
        Rewrite::Nd { link_layer, at, .. } => assert_eq!((link_layer, at), (GROUP, 66)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn claim_15_news_are_repeated_and_come_to_an_end() {
    let due: std::vec::Vec<u32> = (0..1000).filter(|seconds| is_due(*seconds, 0)).collect();
    assert_eq!(due, [0, 1, 2, 4]);
    assert!(!is_due(u32::MAX, 0));
}

#[test]
fn claim_15_announced_for_ever_at_an_interval() {
    let due = |every| -> std::vec::Vec<u32> {
        (0..100_000)
            .filter(|seconds| is_due(*seconds, every))
            .collect()
    };
    assert_eq!(due(1).len(), 100_000);
    assert_eq!(due(3)[..7], [0, 1, 2, 3, 4, 6, 9]);
    assert_eq!(due(30_000), [0, 1, 2, 4, 30_000, 60_000, 90_000]);
    assert_eq!(due(86_400), [0, 1, 2, 4, 86_400]);
}
