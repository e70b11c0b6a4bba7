// SPDX-License-Identifier: GPL-2.0-only

use super::*;
use crate::owned;
use proptest::prelude::*;
use std::vec::Vec;

const NOW: u64 = 1_000 * SECOND;

fn bits(k: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), k)
}

prop_compose! {
    fn tables()(bytes in 1usize..20)(
        before in bits(bytes),
        after in bits(bytes),
        cold in bits(bytes),
        moving in bits(bytes),
        drain_time in prop_oneof![Just(0), 1u32..10, Just(u32::MAX)],
    ) -> (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, u32) {
        (before, after, cold, moving, drain_time)
    }
}

/// The buckets of a bitmap as if they had begun to move a second ago.
fn since_a_second(moving: &[u8]) -> Vec<Moving> {
    let buckets = 0..moving.len() as u32 * 8;
    let those = buckets.filter(|m| owned::owns(moving, *m));
    let each = |bucket| Moving {
        bucket,
        is_cold: false,
        at_least: NOW + SECOND,
        until: NOW + 5 * SECOND,
    };
    those.map(each).collect()
}

proptest! {
    #[test]
    fn claim_14_what_changes_hands_is_in_transition(
        (before, after, cold, moving, drain_time) in tables(), was_cold: bool, lapsed in bits(20),
    ) {
        let mut old = since_a_second(&moving);
        for moving in &mut old {
            moving.is_cold = owns(&before, moving.bucket) && was_cold;
        }
        let change = Change {
            before: &before,
            after: &after,
            moving: &old,
            cold: &cold,
            lapsed: &lapsed,
            now: NOW,
            drain_time,
        };
        let new: Vec<_> = change.moving().collect();
        prop_assert!(new.is_sorted_by(|a, b| a.bucket < b.bucket));
        for bucket in 0..after.len() as u32 * 8 {
            let was = old.iter().find(|moving| moving.bucket == bucket);
            let is = new.iter().find(|moving| moving.bucket == bucket);
            let [had, has, is_cold] = [&before, &after, &cold].map(|bits| owns(bits, bucket));
            match (had, has) {
                // This node had it itself.
                (had, true) if is_cold && owns(&lapsed, bucket)
                    && (!had || was.is_some_and(|was| !was.is_cold)) => prop_assert_eq!(is, None),
                // The node that had it is gone, or keeps nothing: nobody is left to serve its connections.
                (had, true) if is_cold && (!had || was.is_some_and(|was| !was.is_cold))
                    || !had && drain_time == 0 => {
                    let is = is.unwrap();
                    prop_assert!(is.is_cold && is.until == NOW + COLD);
                    prop_assert!(!is_adopting(is, &after) && !is_draining(is, &after));
                }
                // What goes on, goes on as it was.
                _ if had == has => prop_assert_eq!(is, was),
                _ if drain_time == 0 => prop_assert_eq!(is, None),
                _ => {
                    let is = is.unwrap();
                    prop_assert!(!is.is_cold);
                    prop_assert_eq!((is_adopting(is, &after), is_draining(is, &after)), (has, !has));
                    prop_assert!(is.until >= NOW + u64::from(drain_time) * SECOND);
                    prop_assert!(is.at_least == NOW + 2 * SECOND && is.until >= is.at_least);
                }
            }
        }
    }

    /// Whoever adopts ends after the one who drains, though it began no later, and its clock runs
    /// faster by one part in 65.
    #[test]
    fn adopting_lasts_longer(drain_time in 1u32..=u32::MAX) {
        let ends = |before: &[u8], after: &[u8]| {
            let change = Change { before, after, moving: &[], cold: &[], lapsed: &[], now: 0, drain_time };
            let first = change.moving().next();
            first.unwrap().until
        };
        let (drained, adopted) = (ends(&[1], &[0]), ends(&[0], &[1]));
        prop_assert!(drained < adopted - adopted / 65, "{} {}", drained, adopted);
    }
}

#[test]
fn it_ends_when_it_is_empty_or_late() {
    let moving = Moving {
        bucket: 3,
        is_cold: false,
        at_least: 2 * SECOND,
        until: 5 * SECOND,
    };
    let rows = [
        (0, Some(0), false),
        (2 * SECOND - 1, Some(2 * SECOND - 1), false),
        (2 * SECOND, Some(2 * SECOND), true),
        // It ends now, but began when something could still come.
        (4 * SECOND, Some(2 * SECOND - 1), false),
        (4 * SECOND, Some(0), false),
        (4 * SECOND, Some(2 * SECOND), true),
        (2 * SECOND, None, false),
        (5 * SECOND - 1, None, false),
        (5 * SECOND, None, true),
        (5 * SECOND, Some(0), true),
        (u64::MAX, None, true),
    ];
    for (now, found_empty, over) in rows {
        let is = is_over(&moving, now, found_empty);
        assert_eq!(is, over, "{now} {found_empty:?}");
    }
}

/// Where a client could open connections until now, a walk counts that begins two seconds later.
#[test]
fn a_bucket_whose_clients_were_let_go_drains_a_little_longer() {
    let mut moving = since_a_second(&[0b111]);
    let list = |buckets: &[u32]| -> Vec<u64> {
        buckets
            .iter()
            .map(|bucket| (u64::from(*bucket) << 32) | 5)
            .collect()
    };
    let_go(
        &mut moving,
        &list(&[0, 1, 9]),
        &list(&[1]),
        NOW + 3 * SECOND,
    );
    let least: Vec<u64> = moving.iter().map(|moving| moving.at_least).collect();
    assert_eq!(least, [NOW + 5 * SECOND, NOW + SECOND, NOW + SECOND]);
    assert!(moving.iter().all(|moving| moving.until == NOW + 5 * SECOND));
}

/// Others that were in transition before end when they did.
#[test]
fn what_is_made_ready_begins_when_it_is_in_force() {
    let old = since_a_second(&[0x0f]);
    let change = |now| Change {
        before: &[0],
        after: &[0xf0],
        moving: &old,
        cold: &[],
        lapsed: &[],
        now,
        drain_time: 3,
    };
    let later = NOW + 7 * SECOND;
    let mut moving: Vec<_> = change(NOW).moving().collect();
    begin_later(&mut moving, NOW, later);
    let expected: Vec<_> = change(later).moving().collect();
    assert_eq!((moving.len(), &moving), (8, &expected));
    begin_later(&mut moving, NOW, u64::MAX);
    assert_eq!(moving, expected);
}

/// Taken cold once, and said to be so again, it is not new again; nor is what this node has had for long.
#[test]
fn cold_begins_once() {
    let take = |before: &[u8], moving: &[Moving], now| -> Vec<Moving> {
        let (after, cold) = (&[0b11], &[0b11]);
        let change = Change {
            before,
            after,
            moving,
            cold,
            lapsed: &[],
            now,
            drain_time: 60,
        };
        change.moving().collect()
    };
    let first = take(&[0b01], &[], NOW);
    assert_eq!(
        first.iter().map(|moving| moving.bucket).collect::<Vec<_>>(),
        [1]
    );
    assert!(first[0].is_cold && first[0].until == NOW + COLD);
    assert_eq!(take(&[0b11], &first, NOW + SECOND), first);
    // It was adopted, and its node has died since.
    let adopted = [Moving {
        is_cold: false,
        ..first[0]
    }];
    let since = take(&[0b11], &adopted, NOW + SECOND);
    assert!(since.len() == 1 && since[0].is_cold && since[0].until == NOW + SECOND + COLD);
}

#[test]
fn the_end_of_time_is_no_overflow() {
    let change = Change {
        before: &[0],
        after: &[0xff],
        moving: &[],
        cold: &[],
        lapsed: &[],
        now: u64::MAX - 1,
        drain_time: u32::MAX,
    };
    assert_eq!(change.moving().count(), 8);
}
