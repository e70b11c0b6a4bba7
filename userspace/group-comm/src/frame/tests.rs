// SPDX-License-Identifier: GPL-2.0-only

//! Tests of cutting messages and putting them together.

use proptest::prelude::*;

use super::*;

fn cut(id: u32, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Parts::new(id, bytes.to_vec()).unwrap();
    let mut all = Vec::new();
    while let Some(part) = parts.part() {
        all.push(part);
        parts.sent();
    }
    all
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap())
        .collect()
}

#[test]
fn sizes_around_a_part_come_back() {
    for length in [
        0,
        1,
        PART - 1,
        PART,
        PART + 1,
        3 * PART,
        524_288 + 7,
        LARGEST,
    ] {
        let parts = cut(7, &pattern(length));
        assert_eq!(parts.len(), length.div_ceil(PART).max(1));
        let mut assembler = Assembler::new();
        let (last, first) = parts.split_last().unwrap();
        for part in first {
            assert_eq!(assembler.take(1, part), None);
        }
        assert_eq!(
            assembler.take(1, last),
            Some(pattern(length)),
            "length {length}"
        );
        assert!(assembler.begun.is_empty());
    }
}

#[test]
fn too_large_is_refused() {
    assert!(Parts::new(1, vec![0; LARGEST + 1]).is_none());
}

#[test]
fn a_message_that_was_broken_off_is_not_mixed_with_the_next() {
    let (old, new) = (cut(1, &pattern(2 * PART)), cut(2, &pattern(2 * PART + 9)));
    let mut assembler = Assembler::new();
    assert_eq!(assembler.take(1, &old[0]), None);
    assert_eq!(assembler.take(1, &new[0]), None);
    assert_eq!(
        assembler.take(1, &old[1]),
        None,
        "a part of the old one ends the new one"
    );
    assert_eq!(assembler.take(1, &new[1]), None);
    assert_eq!(assembler.take(1, &new[2]), None);
}

#[test]
fn nobody_receives_a_message_that_a_change_cut() {
    let parts = cut(1, &pattern(PART + 1));
    let (mut here, mut joined) = (Assembler::new(), Assembler::new());
    here.take(1, &parts[0]);
    here.clear();
    assert_eq!(here.take(1, &parts[1]), None);
    assert_eq!(joined.take(1, &parts[1]), None);
}

#[test]
fn foreign_bytes_are_dropped() {
    let mut part = cut(1, b"x").remove(0);
    let mut assembler = Assembler::new();
    assert_eq!(assembler.take(1, &[]), None);
    assert_eq!(assembler.take(1, &part[..15]), None);
    part[3] = 2;
    assert_eq!(assembler.take(1, &part), None);
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(parts in prop::collection::vec((0..3_u8, prop::collection::vec(any::<u8>(), 0..64)), 0..40)) {
        let mut assembler = Assembler::new();
        for (sender, tail) in parts {
            let mut part = MAGIC.to_vec();
            part.extend(tail);
            assembler.take(sender, &part);
        }
    }
}

proptest! {
    // Hundreds of thousands of bytes each.
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn interleaved_senders_come_back_each_in_order(
        sizes in prop::collection::vec((0..4_u32, 0..3 * PART), 1..6),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 64),
    ) {
        let mut queues: HashMap<u32, Vec<Vec<u8>>> = HashMap::new();
        let mut wanted: HashMap<u32, Vec<usize>> = HashMap::new();
        for (id, (sender, length)) in (0_u32..).zip(sizes) {
            queues.entry(sender).or_default().extend(cut(id, &pattern(length)));
            wanted.entry(sender).or_default().push(length);
        }
        let mut got: HashMap<u32, Vec<usize>> = HashMap::new();
        let mut assembler = Assembler::new();
        let mut picks = picks.into_iter().cycle();
        while !queues.is_empty() {
            let mut senders: Vec<u32> = queues.keys().copied().collect();
            senders.sort_unstable();
            let sender = *picks.next().unwrap().get(&senders);
            let queue = queues.get_mut(&sender).unwrap();
            if let Some(bytes) = assembler.take(sender, &queue.remove(0)) {
                prop_assert_eq!(&bytes, &pattern(bytes.len()));
                got.entry(sender).or_default().push(bytes.len());
            }
            if queue.is_empty() {
                queues.remove(&sender);
            }
        }
        prop_assert_eq!(got, wanted);
    }
}
