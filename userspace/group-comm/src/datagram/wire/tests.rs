// SPDX-License-Identifier: GPL-2.0-only

//! Tests of sections and their bytes.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::datagram::seal::ROOM;

fn member(place: u8) -> Member {
    Member {
        place,
        session: Session([place; 16]),
    }
}

fn samples() -> Vec<Section> {
    let nonce = Nonce {
        to: 2,
        session: Session([1; 16]),
        number: 3,
    };
    vec![
        Section::Challenge(nonce),
        Section::Response(nonce),
        Section::Alive(Alive {
            electorate: 5,
            next: 14,
            before: 15,
            ring: 6,
            highest: 7,
            wanted: Places::from_bits(0b101),
            hears: Places::from_bits(0b110),
            reaches: vec![member(0), member(2)],
        }),
        Section::Proposal(Proposal {
            ring: 8,
            members: vec![member(1), member(31)],
        }),
        Section::Part(Part {
            ring: 9,
            number: 10,
            is_last: true,
            bytes: b"message".to_vec(),
        }),
        Section::Acks(Acks {
            ring: 11,
            all: vec![(0, 12), (3, 13)],
        }),
        Section::Leave,
        Section::HeldOut([(3, 400), (9, 60_000)].into()),
    ]
}

fn bytes(sections: &[Section]) -> Vec<u8> {
    sections.iter().flat_map(Section::encode).collect()
}

#[test]
fn all_that_is_written_is_read() {
    assert_eq!(Section::decode_all(&bytes(&samples())), samples());
}

#[test]
fn an_unknown_section_is_passed_over_and_a_broken_one_ends_it() {
    let mut all = vec![99, 0, 2, 1, 2];
    all.extend(bytes(&samples()));
    assert_eq!(Section::decode_all(&all), samples());
    let mut broken = bytes(&samples()[..1]);
    broken.extend([4, 0, 3, 0, 0, 0]);
    broken.extend(bytes(&samples()[1..2]));
    assert_eq!(Section::decode_all(&broken), samples()[..1]);
}

/// What a release without a kind makes of it: a program that has this one is in a group with one that does not.
#[test]
fn who_is_held_out_is_of_a_kind_that_may_be_unknown() {
    let mut all = bytes(&samples());
    let at = all.len() - 19;
    assert_eq!(all[at], 8);
    all[at] = 99;
    assert_eq!(Section::decode_all(&all), samples()[..7]);
    // Half a pair.
    assert_eq!(Section::decode_all(&[8, 0, 6, 0, 0, 0, 3, 0, 0]), []);
    let all = (0..60).map(|node| (node, 1)).collect();
    let Some(Section::HeldOut(read)) = Section::decode_all(&Section::HeldOut(all).encode()).pop()
    else {
        panic!();
    };
    assert_eq!(read.len(), MOST);
}

#[test]
fn members_are_in_order_and_none_is_twice() {
    for members in [
        vec![member(2), member(1)],
        vec![member(1), member(1)],
        vec![member(32)],
    ] {
        let section = Section::Proposal(Proposal { ring: 1, members });
        assert_eq!(Section::decode_all(&section.encode()), []);
    }
}

#[test]
fn the_largest_electorate_fits() {
    let reaches: Vec<Member> = (0..32).map(member).collect();
    let alive = Section::Alive(Alive {
        reaches: reaches.clone(),
        ..Alive::default()
    });
    let acks = Section::Acks(Acks {
        ring: 1,
        all: (0..32).map(|place| (place, 1)).collect(),
    });
    assert!(bytes(&[alive, acks]).len() <= ROOM);
    let held_out = Section::HeldOut((0..32).map(|node| (node, 60_000)).collect());
    assert!(bytes(&[held_out]).len() <= ROOM);
}

#[test]
fn bytes_stay_as_they_are() {
    let mut hex = String::new();
    for byte in bytes(&samples()) {
        write!(hex, "{byte:02x}").unwrap();
    }
    assert_eq!(
        hex,
        "01001c00000002010101010101010101010101010101010000000000000003\
         02001c00000002010101010101010101010101010101010000000000000003\
         0300520000000000000005000000000000000e000000000000000f0000000000000006000000000000000700000005000000060000000000000000000000000000000000\
         0202020202020202020202020202020202\
         04002a00000000000000080101010101010101010101010101010101\
         1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f\
         0500180000000000000009000000000000000a016d657373616765\
         06001a000000000000000b00000000000000000c03000000000000000d\
         070000\
         0800100000000300000190000000090000ea60"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let all = Section::decode_all(&bytes);
        prop_assert!(all.len() <= bytes.len());
    }
}
