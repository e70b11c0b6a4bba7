// SPDX-License-Identifier: GPL-2.0-only

//! Whatever the bytes are: no panic, and the verdict that a plain reading of the RFCs gives.

use super::*;
use crate::owned::len;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The address at `at`, a number.
fn address(packet: &[u8], at: usize) -> Option<u32> {
    let bytes = packet.get(at..at + 4)?;
    Some(
        bytes
            .iter()
            .fold(0, |sum, &byte| sum * 256 + u32::from(byte)),
    )
}

fn header_length(packet: &[u8]) -> Option<usize> {
    let first = usize::from(*packet.first()?);
    let length = first % 16 * 4;
    (packet.len() >= 20 && first / 16 == 4 && length >= 20).then_some(length)
}

/// `Err` has which drop or leave it is.
fn client_by_the_book(packet: &[u8]) -> Result<u32, Verdict> {
    let malformed = Verdict::Drop(Counter::RxMalformed);
    let length = header_length(packet).ok_or(malformed)?;
    let to = address(packet, 16).ok_or(malformed)?;
    if ![sample::VIP, VIP2].contains(&to.into()) {
        return Err(Verdict::Leave(Counter::RxNotVip));
    }
    let source = address(packet, 12).ok_or(malformed)?;
    if packet[9] != 1 {
        return Ok(source);
    }
    let icmp = packet.get(length..).ok_or(malformed)?;
    if packet[6] & 0x1f != 0 || packet[7] != 0 {
        return Ok(source);
    }
    if ![3, 4, 5, 11, 12].contains(icmp.first().ok_or(malformed)?) {
        return Ok(source);
    }
    let quoted = icmp.get(8..).ok_or(malformed)?;
    header_length(quoted)
        .and_then(|_| address(quoted, 16))
        .ok_or(malformed)
}

/// Bytes at random, some of them changed into what a header would have there.
fn packets() -> impl Strategy<Value = Vec<u8>> {
    let patch = prop_oneof![
        (0x44u8..=0x50).prop_map(|first| (0, vec![first])),
        Just((0, vec![0x45])),
        Just((0, vec![0x46])),
        Just((16, sample::VIP.octets().to_vec())),
        Just((16, VIP2.octets().to_vec())),
        Just((9, vec![1])),
        Just((6, vec![0, 0])),
        (0usize..=10, 0u8..16).prop_map(|(units, kind)| (20 + units * 4, vec![kind])),
        (0usize..=10, 0x44u8..=0x50).prop_map(|(units, first)| (28 + units * 4, vec![first])),
    ];
    let patches = proptest::collection::vec(patch, 0..12);
    let bytes = proptest::collection::vec(any::<u8>(), 0..120);
    (bytes, patches).prop_map(|(mut packet, patches)| {
        let patches: BTreeMap<usize, Vec<u8>> = patches.into_iter().collect();
        for (at, bytes) in patches {
            if let Some(place) = packet.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(&bytes);
            }
        }
        packet
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn claim_11_verdict_is_the_bit_at_source_mod_k(
        packet in packets(),
        k in 1u32..300,
        bits in proptest::collection::vec(any::<u8>(), 38),
    ) {
        let owned = &bits[..len(k)];
        let expected = match client_by_the_book(&packet) {
            Ok(client) => {
                let m = client % k;
                match bits[m as usize / 8] & (1 << (m % 8)) {
                    0 => Verdict::Other(m),
                    _ => Verdict::Serve(m),
                }
            }
            Err(verdict) => verdict,
        };
        prop_assert_eq!(to_cluster(&sample::rules(k), owned, sample::IP, &packet), expected);
    }

    #[test]
    fn any_bytes_under_any_ethertype(packet: Vec<u8>, protocol: u16, owned: Vec<u8>, master: bool) {
        let rules = Rules { master, ..sample::rules(64) };
        for protocol in [protocol, sample::IP, sample::ARP, sample::IPV6] {
            let verdict = to_cluster(&rules, &*owned, protocol, &packet);
            prop_assert_ne!(verdict, Verdict::NotOurs, "a frame to the cluster goes uncounted");
        }
        super::super::arp(&rules, &packet);
        super::super::to_anybody(&rules, protocol, sample::PEER, &packet);
    }

    #[test]
    fn any_arp(operation in 0u16..5, addresses: [u8; 20], vips: [bool; 2], master: bool) {
        let mut packet = [&[0, 1, 8, 0, 6, 4, 0, operation as u8], addresses.as_slice()].concat();
        for (vip, at) in vips.into_iter().zip([14, 24]) {
            if vip {
                packet[at..at + 4].copy_from_slice(&sample::VIP.octets());
            }
        }
        let rules = Rules { master, ..sample::rules(64) };
        let verdict = super::super::arp(&rules, &packet);
        let expected = match (vips, operation) {
            // No MAC at random is the cluster's, or there is a conflict.
            ([true, _], _) => Verdict::Drop(Counter::RxArpConflict),
            ([_, true], 1) if master => Verdict::Leave(Counter::RxArpAnswered),
            ([_, true], 1) => Verdict::Drop(Counter::RxArpIgnored),
            ([_, true], 2) => Verdict::Leave(Counter::RxArpReply),
            _ => Verdict::NotOurs,
        };
        prop_assert_eq!(verdict, expected);
    }
}
