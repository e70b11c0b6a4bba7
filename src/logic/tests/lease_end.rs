// SPDX-License-Identifier: GPL-2.0-only

use super::*;
use proptest::prelude::*;
use std::{
    sync::atomic::{
        AtomicBool,
        AtomicU64 as Clock, //
    },
    thread,
    vec::Vec, //
};

fn at(boot: u64, raw: u64) -> Now {
    Now { boot, raw }
}

#[test]
fn the_earlier_clock_counts() {
    let new = || LeaseEnd::new(2_000, at(1_000, 100));
    // The machine slept: the raw clock stood still.
    assert!(!new().is_over(at(1_999, 500)));
    assert!(new().is_over(at(2_000, 500)));
    // The boot clock is steered to go slower.
    assert!(!new().is_over(at(1_900, 1_099)));
    assert!(new().is_over(at(1_900, 1_100)));
}

#[test]
fn what_is_over_stays_over() {
    let end = LeaseEnd::new(2_000, at(1_000, 100));
    assert!(end.is_over(at(2_000, 1_100)));
    assert!(end.is_over(at(0, 0)));
    assert!(!end.renew(9_000, at(1_500, 600)));
    assert_eq!(end.until(), None);
    assert_eq!(end.ends(at(1_500, 600)), None);
    let over = LeaseEnd::over();
    assert!(over.is_over(at(0, 0)));
    assert!(!over.renew(9_000, at(0, 0)));
    let ended = LeaseEnd::new(2_000, at(1_000, 100));
    ended.end_now();
    assert!(ended.is_over(at(1_000, 100)));
}

#[test]
fn a_renewal_that_comes_too_late_is_refused_though_nobody_has_looked() {
    let end = LeaseEnd::new(2_000, at(1_000, 100));
    assert!(!end.renew(9_000, at(2_000, 700)));
    assert!(end.is_over(at(1_000, 100)));
}

#[test]
fn a_renewal_never_shortens() {
    let end = LeaseEnd::new(2_000, at(1_000, 100));
    assert!(end.renew(1_500, at(1_100, 200)));
    assert!(!end.is_over(at(1_999, 1_099)));
    assert!(end.renew(3_000, at(1_100, 200)));
    assert!(!end.is_over(at(2_999, 2_099)));
    assert!(end.is_over(at(3_000, 2_100)));
}

#[test]
fn an_end_in_the_past_is_over_at_once() {
    assert!(LeaseEnd::new(1_000, at(1_000, 100)).is_over(at(1_000, 100)));
    assert!(LeaseEnd::new(900, at(1_000, 100)).is_over(at(1_000, 100)));
}

#[test]
fn the_timer_is_set_to_the_earlier_one() {
    let end = LeaseEnd::new(2_000, at(1_000, 100));
    assert_eq!(end.ends(at(1_000, 100)), Some(2_000));
    assert_eq!(end.ends(at(1_500, 700)), Some(1_900));
    assert_eq!(end.ends(at(1_500, 300)), Some(2_000));
}

proptest! {
    #[test]
    fn no_time_past_either_end_is_served(
        until in 1u64..1 << 60, boot in 0u64..1 << 60, raw in 0u64..1 << 60,
        later_boot in 0u64..1 << 60, later_raw in 0u64..1 << 60,
    ) {
        let end = LeaseEnd::new(until, at(boot, raw));
        let length = until.saturating_sub(boot);
        let now = at(boot + later_boot, raw + later_raw);
        prop_assert_eq!(end.is_over(now), later_boot >= length || later_raw >= length);
    }
}

/// Renewals and looks by several threads: once somebody has found that it is over, nobody finds
/// otherwise, and no renewal succeeds.
#[test]
fn nobody_brings_back_what_another_has_found_over() {
    for _ in 0..200 {
        let end = LeaseEnd::new(1_000, at(0, 0));
        let clock = Clock::new(0);
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let (end, clock, over) = (&end, &clock, &over);
            let step = move || {
                let now = clock.fetch_add(7, SeqCst);
                at(now, now)
            };
            let looks: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(move || {
                        for _ in 0..200 {
                            let was_over = over.load(SeqCst);
                            let is_over = end.is_over(step());
                            assert!(is_over || !was_over);
                            over.fetch_or(is_over, SeqCst);
                        }
                    })
                })
                .collect();
            scope.spawn(move || {
                for _ in 0..40 {
                    let was_over = over.load(SeqCst);
                    let now = step();
                    assert!(!end.renew(now.boot + 90, now) || !was_over);
                }
            });
            for look in looks {
                look.join().unwrap();
            }
        });
    }
}
