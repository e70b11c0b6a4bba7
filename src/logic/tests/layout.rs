// SPDX-License-Identifier: GPL-2.0-only

use super::*;
use proptest::prelude::*;
use std::vec::Vec;

const NET: u64 = 0xffff_ffff_8260_0040;

/// Where the fields are: index, type, length of an address, flags, namespace.
type Offsets = [usize; 5];
const TRUE: Offsets = [224, 300, 332, 176, 264];
const FIELDS: [&[u8]; 5] = [
    &1u32.to_le_bytes(),
    &772u16.to_le_bytes(),
    &[6],
    &0x49u32.to_le_bytes(),
    &NET.to_le_bytes(),
];

/// The interface's memory: its fields where they are, and something else all around.
fn memory(filling: &[u8]) -> Vec<u8> {
    let mut memory = filling.to_vec();
    for (at, field) in TRUE.into_iter().zip(FIELDS) {
        memory[at..at + field.len()].copy_from_slice(field);
    }
    memory
}

fn read(memory: &[u8], at: Offsets) -> Loopback {
    let bytes = |at: usize, count: usize| {
        let bytes = memory[at..at + count].iter().rev();
        bytes.fold(0u64, |number, byte| (number << 8) | u64::from(*byte))
    };
    let [index, kind, length, flags, net] = at;
    Loopback {
        index: bytes(index, 4) as u32,
        kind: bytes(kind, 2) as u16,
        address_length: bytes(length, 1) as u8,
        flags: bytes(flags, 4) as u32,
        is_in_first_net: bytes(net, 8) == NET,
    }
}

#[test]
fn right_offsets_are_taken() {
    assert!(read(&memory(&[0; 512]), TRUE).is_it());
    assert!(read(&memory(&[0xff; 512]), TRUE).is_it());
}

proptest! {
    /// A field more or less before them moves some, or all: one of another value is enough.
    #[test]
    fn wrong_offsets_are_refused(
        filling in prop::collection::vec(any::<u8>(), 512),
        which in 1u8..32,
        by in (1usize..16).prop_map(|words| words * 4),
        is_less in any::<bool>(),
    ) {
        let memory = memory(&filling);
        let mut at = TRUE;
        for (field, at) in at.iter_mut().enumerate().filter(|(field, _)| (which >> field) & 1 != 0) {
            *at = match is_less {
                true => *at - by,
                false => *at + by,
            };
            let is_same_value = memory[*at..*at + FIELDS[field].len()] == *FIELDS[field];
            let is_a_bit_of_it = field == 3 && memory[*at] & 8 != 0;
            prop_assume!(!is_same_value && !is_a_bit_of_it);
        }
        prop_assert!(!read(&memory, at).is_it());
    }
}

#[test]
fn each_field_counts() {
    let it = read(&memory(&[0; 512]), TRUE);
    let wrong = [
        Loopback { index: 2, ..it },
        Loopback { kind: 1, ..it },
        Loopback {
            address_length: 0,
            ..it
        },
        Loopback {
            flags: it.flags & !8,
            ..it
        },
        Loopback {
            is_in_first_net: false,
            ..it
        },
    ];
    for other in wrong {
        assert!(!other.is_it(), "{other:?}");
    }
}
