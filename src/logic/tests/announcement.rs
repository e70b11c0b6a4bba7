// SPDX-License-Identifier: GPL-2.0-only

//! What is written is read; whatever else comes is refused, and nothing breaks.

use super::*;
use crate::{
    config::Proposal,
    owned::len,
    sample::{
        BASE,
        NIC,
        VIP,
        VIP6, //
    }, //
};
use proptest::prelude::*;
use std::vec::Vec;

fn header() -> impl Strategy<Value = Header> {
    (
        any::<[u8; 6]>(),
        any::<u32>(),
        any::<bool>(),
        any::<u32>(),
        any::<Option<bool>>(),
    )
        .prop_map(|(base, node, master, sequence, flooded)| Header {
            base: Mac(base),
            node,
            master,
            flooded,
            sequence,
        })
}

/// A message's bytes.
fn bytes(header: &Header, body: &Body<'_>) -> Vec<u8> {
    write(header, body, |pieces| pieces.concat())
}

fn hello(addresses: &[u8]) -> impl Strategy<Value = Hello<'_>> {
    let numbers = (any::<u32>(), any::<u32>(), any::<u64>(), any::<[u8; 6]>());
    let choices = (any::<bool>(), any::<bool>(), any::<bool>(), 0usize..3);
    (numbers, choices).prop_map(move |(numbers, choices)| Hello {
        nodes: numbers.0,
        buckets: numbers.1,
        generation: numbers.2,
        node_mac: Mac(numbers.3),
        function: [Function::Modulo, Function::Bitmap][usize::from(choices.0)],
        siphash: choices.1,
        forward: [Forward::All, Forward::Owner][usize::from(choices.2)],
        reply_mac: [ReplyMac::Cluster, ReplyMac::Group, ReplyMac::Node][choices.3],
        addresses: Addresses(addresses),
    })
}

const ADDRESSES: &[u8] = &[0x5a; 32 * 16];

proptest! {
    #[test]
    fn claim_2_hello_is_read_as_written(
        header in header(),
        hello in hello(ADDRESSES),
        count in 0usize..=32,
        padding: Vec<u8>,
    ) {
        let addresses = Addresses(&ADDRESSES[..count * 16]);
        let body = Body::Hello(Hello { addresses, ..hello });
        let message = bytes(&header, &body);
        prop_assert!(message.len() <= LONGEST);
        let received = [&message[..], &padding].concat();
        prop_assert_eq!(read(&received), Some((header, body)));
        for cut in 0..message.len() {
            prop_assert_eq!(read(&message[..cut]), None);
        }
    }

    #[test]
    fn claim_3_owned_is_read_as_written(header in header(), k in 1u32..=65_536, seed: u8) {
        let bits: Vec<u8> = (0..len(k)).map(|n| (n as u8).wrapping_mul(31) ^ seed).collect();
        let mut back = Vec::new();
        for part in parts(&bits, k) {
            let message = bytes(&header, &Body::Owned(part));
            prop_assert!(message.len() <= 576 - 14);
            match read(&message) {
                Some((_, Body::Owned(part))) => {
                    prop_assert_eq!((part.buckets, part.first as usize), (k, back.len() * 8));
                    back.extend_from_slice(part.bits);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(back, bits);
    }

    #[test]
    fn keepalive_is_read_as_written(header in header()) {
        let message = bytes(&header, &Body::Keepalive);
        prop_assert_eq!(read(&message), Some((header, Body::Keepalive)));
    }

    #[test]
    fn any_bytes(bytes: Vec<u8>, kind in 0u8..4, rest: Vec<u8>) {
        prop_assert_eq!(read(&bytes).is_some() && !bytes.starts_with(&MAGIC), false);
        let forged = [&MAGIC[..], &[kind, 0], &[0; 14], &rest].concat();
        if let Some((_, Body::Owned(part))) = read(&forged) {
            prop_assert!(part.first % 8 == 0 && part.bits.len() <= PART);
            prop_assert!(part.first as usize / 8 + part.bits.len() <= len(part.buckets));
        }
    }
}

#[test]
fn claim_2_laid_out_as_drawn() {
    let mut vips = Vips::EMPTY;
    vips.push(VIP.into()).unwrap();
    vips.push(VIP6.into()).unwrap();
    let proposal = Proposal {
        vips: Some(&vips),
        node: Some(1),
        nodes: Some(3),
        mode: Some(Mode::Forward(Forward::Owner)),
        ..Proposal::default()
    };
    let (config, _) = Config::create(&proposal).unwrap();
    let header = Header {
        base: BASE,
        node: 1,
        master: true,
        flooded: Some(false),
        sequence: 0x01020304,
    };
    let list: Vec<u8> = vips.iter().flat_map(address).collect();
    let hello = Hello::new(&config, Addresses(&list), 7, NIC);
    let message = bytes(&header, &Body::Hello(hello));
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 10];
    let expected = [
        &b"ssi\x01\x01\x05"[..],
        &BASE.0,
        &[1, 2, 3, 4, 0, 0, 0, 1],
        &[0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 1, 0],
        &NIC.0,
        &[2, 0, 0, 0, 0, 0, 0, 0, 0, 7],
        &mapped,
        &VIP6.octets(),
    ]
    .concat();
    assert_eq!(message, expected);
    assert!(hello.addresses.iter().eq(vips.iter()));
    assert!(hello.agrees(&config));
    assert!(!Hello { nodes: 4, ..hello }.agrees(&config));
    assert!(!Hello {
        siphash: true,
        ..hello
    }
    .agrees(&config));
    let fewer = Addresses(&list[..16]);
    let addresses = [&list[16..], &list[..16]].concat();
    let swapped = Addresses(&addresses);
    assert!(Hello {
        addresses: swapped,
        ..hello
    }
    .agrees(&config));
    assert!(!Hello {
        addresses: fewer,
        ..hello
    }
    .agrees(&config));
}
