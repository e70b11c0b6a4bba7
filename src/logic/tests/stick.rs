// SPDX-License-Identifier: GPL-2.0-only

use super::*;
use proptest::prelude::*;
use std::{
    collections::BTreeSet,
    vec::Vec, //
};

fn bytes(list: &[u64]) -> Vec<u8> {
    list.iter().flat_map(|one| one.to_ne_bytes()).collect()
}

/// Nodes of other releases have to come to the same numbers.
#[test]
fn numbers_stay_as_they_are() {
    let number = |client: &str| number(5, client.parse().unwrap());
    assert_eq!(number("192.0.2.1"), 0x5_312e_1b7c);
    assert_eq!(number("2001:db8::1"), 0x5_7462_9c95);
    assert_eq!(number("::ffff:192.0.2.1"), 0x5_312e_1b7c);
}

#[test]
fn what_is_no_list() {
    let is = |list: &[u64], k| is_list(&bytes(list), k);
    assert!(is(&[], 1) && is(&[7], 1) && is(&[7, 8, 1 << 32], 2));
    assert!(!is(&[7, 7], 1) && !is(&[8, 7], 1));
    assert!(!is(&[1 << 32], 1));
    assert!(!is_list(&[0; 12], 1));
    let many: Vec<u64> = (0..=MOST as u64).collect();
    assert!(!is(&many, 1) && is(&many[1..], 1));
}

proptest! {
    #[test]
    fn is_a_set(list: BTreeSet<u64>, other: u64, m: u32) {
        let sorted: Vec<u64> = list.iter().copied().collect();
        prop_assert!(numbers(&bytes(&sorted)).eq(sorted.iter().copied()));
        prop_assert!(sorted.iter().all(|one| has(&sorted, *one) && has_bucket(&sorted, bucket(*one))));
        prop_assert_eq!(has(&sorted, other), list.contains(&other));
        prop_assert_eq!(has_bucket(&sorted, m), list.iter().any(|one| bucket(*one) == m));
    }

    #[test]
    fn few_buckets_are_found(list in prop::collection::btree_set((0u32..6, any::<u32>()), 0..20), m in 0u32..6) {
        let sorted: Vec<u64> = list.iter().map(|(m, low)| (u64::from(*m) << 32) | u64::from(*low)).collect();
        prop_assert_eq!(has_bucket(&sorted, m), list.iter().any(|(bucket, _)| *bucket == m));
    }

    #[test]
    fn a_number_has_its_bucket(m: u32, client: [u8; 16]) {
        prop_assert_eq!(bucket(number(m, IpAddr::from(client))), m);
    }
}
