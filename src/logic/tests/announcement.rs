// SPDX-License-Identifier: GPL-2.0-only

//! Messages are read as written; whatever else comes is refused, and nothing breaks.

use super::{
    fields::{
        OwnFields,
        CLIENT_KEY,
        GROUP_MAC,
        MODE,
        SEED, //
    },
    *, //
};
use crate::{
    client::ClientKey,
    config::Proposal,
    owned::len,
    sample::{
        BASE,
        NIC,
        VIP,
        VIP6, //
    },
    wire, //
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
        any::<[u64; 2]>(),
    )
        .prop_map(
            |(base, node, master, sequence, flooded, [session, counter])| Header {
                base: Mac(base),
                node,
                master,
                flooded,
                sequence,
                stamp: Stamp { session, counter },
            },
        )
}

/// A message's bytes, without a tag.
fn bytes(header: &Header, body: &Body<'_>) -> Vec<u8> {
    let none = None::<fn(&[&[u8]; 6]) -> Tag>;
    write(header, body, (BASE, NIC), none, |pieces| pieces.concat())
}

/// What is no tag at all, but differs where a byte does.
fn sum(pieces: &[&[u8]]) -> Tag {
    let bytes = pieces.iter().copied().flatten();
    let sum = bytes.fold(7u128, |sum, byte| {
        sum.wrapping_mul(0x1000_0000_01b3)
            .wrapping_add(u128::from(*byte))
            ^ (sum >> 64)
    });
    sum.to_be_bytes()
}

fn parts_of(message: &[u8]) -> Option<(Header, Body<'_>)> {
    read(message).map(|message| (message.header, message.body))
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
        fields: Fields(&FIELDS_SEEN),
    })
}

const ADDRESSES: &[u8] = &[0x5a; 32 * 16];
/// One that is not known, then the mode.
const FIELDS_SEEN: [u8; 8] = [77, 3, 1, 2, 3, MODE, 1, 1];

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
        prop_assert_eq!(parts_of(&received), Some((header, body)));
        prop_assert_eq!(read(&received).unwrap().tag, None);
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
            match parts_of(&message) {
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
    fn flood_probe_is_read_as_written(header in header()) {
        let message = bytes(&header, &Body::FloodProbe);
        prop_assert_eq!(message.len(), FLOOD_PROBE);
        prop_assert_eq!(parts_of(&message), Some((header, Body::FloodProbe)));
    }

    #[test]
    fn challenge_and_response_are_read_as_written(
        header in header(),
        nonce: u64,
        ranks in proptest::collection::vec(any::<u32>(), 0..=CHALLENGED),
        nonces in proptest::collection::vec(any::<(u32, u64)>(), 0..=ANSWERS),
    ) {
        let listed: Vec<_> = ranks.iter().map(|one| rank(*one)).collect();
        let message = bytes(&header, &Body::Challenge(Challenge::new(nonce, &listed)));
        prop_assert!(message.len() <= LONGEST);
        let Some((_, Body::Challenge(challenge))) = parts_of(&message) else {
            panic!("no challenge");
        };
        prop_assert_eq!(challenge.nonce, nonce);
        prop_assert!(ranks.iter().all(|rank| challenge.is_for(*rank)));
        prop_assert_eq!(challenge.is_for(nonce as u32), ranks.contains(&(nonce as u32)));

        let listed: Vec<_> = nonces.iter().map(|(to, nonce)| answer(*to, *nonce)).collect();
        let message = bytes(&header, &Body::Response(Response::new(&listed)));
        prop_assert!(message.len() <= LONGEST);
        let Some((_, Body::Response(response))) = parts_of(&message) else {
            panic!("no response");
        };
        for (to, _) in &nonces {
            let theirs = nonces.iter().filter(|(other, _)| to == other);
            prop_assert!(response.nonces(*to).eq(theirs.map(|(_, nonce)| *nonce)));
        }
    }

    #[test]
    fn a_tag_covers_every_bit_and_both_addresses(header in header(), hello in hello(ADDRESSES), bit: usize) {
        let addresses = Addresses(&ADDRESSES[..32]);
        let body = Body::Hello(Hello { addresses, ..hello });
        let seal = Some(|pieces: &[&[u8]; 6]| sum(pieces));
        let message = write(&header, &body, (BASE, NIC), seal, |pieces| pieces.concat());
        let is_right = |message: &[u8], to, from| {
            let message = read(message).unwrap();
            message.is_tagged(to, from, |covered, tag| sum(covered) == *tag)
        };
        prop_assert!(is_right(&message, BASE, NIC));
        prop_assert!(!is_right(&message, NIC, BASE));
        prop_assert!(!is_right(&message, BASE, BASE));
        let bit = bit % (message.len() * 8);
        let mut forged = message.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        if let Some(forged) = read(&forged) {
            let is_tagged = forged.is_tagged(BASE, NIC, |covered, tag| sum(covered) == *tag);
            prop_assert!(!is_tagged, "bit {} of {}", bit, message.len());
        }
        // Whoever sends no tag is not asked for one that fits.
        prop_assert!(!read(&bytes(&header, &body)).unwrap().is_tagged(BASE, NIC, |_, _| true));
    }

    #[test]
    fn any_bytes(bytes: Vec<u8>, kind in 0u8..6, rest: Vec<u8>) {
        prop_assert_eq!(read(&bytes).is_some() && !bytes.starts_with(&MAGIC), false);
        let length = (rest.len() as u16).to_be_bytes();
        let forged = [&MAGIC[..], &[kind, 0], &[0; 30], &length, &[0; 18], &rest].concat();
        match parts_of(&forged) {
            Some((_, Body::Owned(part))) => {
                prop_assert!(part.first % 8 == 0 && part.bits.len() <= PART);
                prop_assert!(part.first as usize / 8 + part.bits.len() <= len(part.buckets));
            }
            Some((_, Body::Challenge(challenge))) => {
                prop_assert!(challenge.ranks.len() <= CHALLENGED * RANK);
            }
            Some((_, Body::Response(response))) => {
                prop_assert!(response.nonces(0).count() <= ANSWERS);
            }
            _ => {}
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
        stamp: Stamp {
            session: 0x0506_0708_090a_0b0c,
            counter: 0xff,
        },
    };
    let list: Vec<u8> = vips.iter().flat_map(address).collect();
    let fields = OwnFields::new(&config);
    let hello = Hello::new(&config, Addresses(&list), fields.get(), 7, NIC);
    let message = bytes(&header, &Body::Hello(hello));
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 10];
    let expected = [
        &b"ssi\x02\x01\x05"[..],
        &BASE.0,
        &[1, 2, 3, 4, 0, 0, 0, 1],
        &[5, 6, 7, 8, 9, 10, 11, 12, 0, 0, 0, 0, 0, 0, 0, 255],
        &[0, 71, 0, 0],
        &[0; 16],
        &[0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 1, 0],
        &NIC.0,
        &[2, 0, 0, 0, 0, 0, 0, 0, 0, 7],
        &mapped,
        &VIP6.octets(),
        &[MODE, 1, 1, GROUP_MAC, 6],
        &BASE.group().0,
    ]
    .concat();
    assert_eq!(message, expected);
    assert!(hello.addresses.iter().eq(vips.iter()));
}

/// What a release with more fields sends, and one with none.
#[test]
fn fields_that_are_not_known_are_passed_over() {
    let of = |bytes| Fields(bytes);
    assert_eq!(of(&FIELDS_SEEN).mode(), Some(wire::Mode::Forward));
    assert_eq!(of(&[]).mode(), None);
    assert_eq!((of(&[]).seed(), of(&[]).group_mac()), (None, None));
    // Longer than it is known to be: what is known is its beginning.
    assert_eq!(of(&[SEED, 5, 1, 2, 3, 4, 5]).seed(), Some(0x01020304));
    // Too short, cut off, or of a mode that is not known.
    assert_eq!(of(&[SEED, 3, 1, 2, 3]).seed(), None);
    assert_eq!(of(&[77, 9, 1, MODE, 1, 0]).mode(), None);
    assert_eq!(of(&[MODE, 1]).mode(), None);
    assert_eq!(of(&[MODE, 1, 9]).mode(), None);
    let key = |bytes| of(bytes).client_key();
    assert_eq!(key(&[]), Some(ClientKey::Source));
    assert_eq!(key(&[CLIENT_KEY, 3, 1, 0, 0]), Some(ClientKey::SourcePort));
    let prefix = ClientKey::Prefix { v4: 24, v6: 64 };
    assert_eq!(key(&[CLIENT_KEY, 3, 2, 24, 64]), Some(prefix));
    assert_eq!(key(&[CLIENT_KEY, 3, 9, 0, 0]), None);
}
