// SPDX-License-Identifier: GPL-2.0-only

//! However messages come, a known owner is one that claimed it last and whom nobody contradicted.

use super::*;
use crate::{
    announcement::parts,
    owned::{
        fill_by_rank,
        len, //
    }, //
};
use proptest::prelude::*;
use std::{
    vec,
    vec::Vec, //
};

fn unknown(k: u32) -> Vec<Owner> {
    (0..k).map(|_| Owner::new()).collect()
}

fn announce(owners: &[Owner], rank: u32, bits: &[u8]) {
    for part in parts(bits, owners.len() as u32) {
        update(owners, rank, &part);
    }
}

#[test]
fn claim_3_all_who_speak_are_known() {
    for (k, nodes) in [(1, 1), (3, 3), (1024, 5), (65_536, 7)] {
        let owners = unknown(k);
        assert!(owners.iter().all(|owner| owner.rank().is_none()));
        let mut bits = vec![0; len(k)];
        for rank in 0..nodes {
            fill_by_rank(&mut bits, k, rank, nodes);
            announce(&owners, rank, &bits);
        }
        for (owner, m) in owners.iter().zip(0..) {
            assert_eq!(owner.rank(), Some(m % nodes), "bucket {m} of {k}");
        }
    }
}

#[test]
fn claim_14_a_bucket_that_moves_is_unknown_for_a_while() {
    let owners = unknown(1);
    announce(&owners, 0, &[1]);
    assert_eq!(owners[0].rank(), Some(0));
    announce(&owners, 1, &[1]);
    assert_eq!(owners[0].rank(), None, "two claim it");
    announce(&owners, 0, &[0]);
    assert_eq!(owners[0].rank(), None);
    announce(&owners, 1, &[1]);
    assert_eq!(owners[0].rank(), Some(1));
}

#[test]
fn other_clusters_messages_are_ignored() {
    let owners = unknown(8);
    update(
        &owners,
        RANKS,
        &Part {
            buckets: 8,
            first: 0,
            bits: &[0xff],
        },
    );
    update(
        &owners,
        70_000,
        &Part {
            buckets: 8,
            first: 0,
            bits: &[0xff],
        },
    );
    update(
        &owners,
        1,
        &Part {
            buckets: 9,
            first: 0,
            bits: &[0xff, 1],
        },
    );
    assert!(owners.iter().all(|owner| owner.rank().is_none()));
}

proptest! {
    /// A model in which each node's last message is kept: a known owner claimed it, last, and after
    /// everybody has announced the same twice, exactly the undisputed ones are known.
    #[test]
    fn claim_3_never_a_wrong_owner(
        messages in proptest::collection::vec((0u32..4, any::<u8>()), 0..60),
        lasting in any::<[u8; 4]>(),
    ) {
        let owners = unknown(8);
        let mut last = [0u8; 4];
        let all = (0..2).flat_map(|_| (0..4).zip(lasting)).collect::<Vec<_>>();
        for (rank, bits) in messages.into_iter().chain(all) {
            announce(&owners, rank, &[bits]);
            last[rank as usize] = bits;
            for (owner, m) in owners.iter().zip(0..8) {
                if let Some(rank) = owner.rank() {
                    prop_assert!(last[rank as usize] & (1 << m) != 0);
                }
            }
        }
        for (owner, m) in owners.iter().zip(0..8) {
            let claimants = (0..4).filter(|&rank| lasting[rank] & (1 << m) != 0).collect::<Vec<_>>();
            if let [one] = claimants.as_slice() {
                prop_assert_eq!(owner.rank(), Some(*one as u32));
            }
        }
    }
}
