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
    let new = || Deadline::new(2_000, at(1_000, 100));
    // The machine slept: the raw clock stood still.
    assert!(!new().is_over(at(1_999, 500)));
    assert!(new().is_over(at(2_000, 500)));
    // The boot clock is steered to go slower.
    assert!(!new().is_over(at(1_900, 1_099)));
    assert!(new().is_over(at(1_900, 1_100)));
}

#[test]
fn what_is_over_stays_over() {
    let deadline = Deadline::new(2_000, at(1_000, 100));
    assert!(deadline.is_over(at(2_000, 1_100)));
    assert!(deadline.is_over(at(0, 0)));
    assert!(!deadline.renew(9_000, at(1_500, 600)));
    assert_eq!(deadline.until(), None);
    assert_eq!(deadline.ends(at(1_500, 600)), None);
    let over = Deadline::over();
    assert!(over.is_over(at(0, 0)));
    assert!(!over.renew(9_000, at(0, 0)));
    let ended = Deadline::new(2_000, at(1_000, 100));
    ended.end_now();
    assert!(ended.is_over(at(1_000, 100)));
}

#[test]
fn a_renewal_that_comes_too_late_is_refused_though_nobody_has_looked() {
    let deadline = Deadline::new(2_000, at(1_000, 100));
    assert!(!deadline.renew(9_000, at(2_000, 700)));
    assert!(deadline.is_over(at(1_000, 100)));
}

#[test]
fn a_renewal_never_shortens() {
    let deadline = Deadline::new(2_000, at(1_000, 100));
    assert!(deadline.renew(1_500, at(1_100, 200)));
    assert!(!deadline.is_over(at(1_999, 1_099)));
    assert!(deadline.renew(3_000, at(1_100, 200)));
    assert!(!deadline.is_over(at(2_999, 2_099)));
    assert!(deadline.is_over(at(3_000, 2_100)));
}

#[test]
fn an_end_in_the_past_is_over_at_once() {
    assert!(Deadline::new(1_000, at(1_000, 100)).is_over(at(1_000, 100)));
    assert!(Deadline::new(900, at(1_000, 100)).is_over(at(1_000, 100)));
}

#[test]
fn the_timer_is_set_to_the_earlier_one() {
    let deadline = Deadline::new(2_000, at(1_000, 100));
    assert_eq!(deadline.ends(at(1_000, 100)), Some(2_000));
    assert_eq!(deadline.ends(at(1_500, 700)), Some(1_900));
    assert_eq!(deadline.ends(at(1_500, 300)), Some(2_000));
}

proptest! {
    #[test]
    fn no_time_past_either_end_is_served(
        until in 1u64..1 << 60, boot in 0u64..1 << 60, raw in 0u64..1 << 60,
        later_boot in 0u64..1 << 60, later_raw in 0u64..1 << 60,
    ) {
        let deadline = Deadline::new(until, at(boot, raw));
        let length = until.saturating_sub(boot);
        let now = at(boot + later_boot, raw + later_raw);
        prop_assert_eq!(deadline.is_over(now), later_boot >= length || later_raw >= length);
    }
}

/// Renewals and looks by several threads: once somebody was told that it is over, nobody is told
/// otherwise, and no renewal succeeds.
#[test]
fn nobody_brings_back_what_another_has_found_over() {
    for _ in 0..200 {
        let deadline = Deadline::new(1_000, at(0, 0));
        let clock = Clock::new(0);
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let (deadline, clock, over) = (&deadline, &clock, &over);
            let step = move || {
                let now = clock.fetch_add(7, SeqCst);
                at(now, now)
            };
            let looks: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(move || {
                        for _ in 0..200 {
                            let was_over = over.load(SeqCst);
                            let is_over = deadline.is_over(step());
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
                    assert!(!deadline.renew(now.boot + 90, now) || !was_over);
                }
            });
            for look in looks {
                look.join().unwrap();
            }
        });
    }
}
