// SPDX-License-Identifier: GPL-2.0-only

use super::*;
use proptest::prelude::*;

/// Some 20 minutes after boot, and not at a whole millisecond.
const NOW: u64 = 1_234_567_890_123;
/// The milliseconds of `NOW`, rounded down.
const NOW_MS: u64 = NOW / MILLISECOND;

fn asked(lease: Option<u32>, until: Option<u64>) -> Result<Option<Asked>, Refusal> {
    Asked::new(lease, until, NOW)
}

#[test]
fn what_a_request_can_ask_for() {
    let hour = u64::from(MAX);
    let rows = [
        (None, None, Ok(None)),
        (Some(0), None, Ok(Some(Asked::Always))),
        (Some(5), None, Ok(Some(Asked::For(NOW + 5 * MILLISECOND)))),
        (
            Some(MAX),
            None,
            Ok(Some(Asked::For(NOW + hour * MILLISECOND))),
        ),
        (Some(MAX + 1), None, Err(Refusal::LeaseRange)),
        (Some(u32::MAX), None, Err(Refusal::LeaseRange)),
        (None, Some(0), Ok(Some(Asked::Until(0)))),
        (
            None,
            Some(NOW_MS),
            Ok(Some(Asked::Until(NOW_MS * MILLISECOND))),
        ),
        (
            None,
            Some(NOW_MS + hour),
            Ok(Some(Asked::Until((NOW_MS + hour) * MILLISECOND))),
        ),
        (None, Some(NOW_MS + hour + 1), Err(Refusal::LeaseFar)),
        // Seconds since 1970, and what does not even fit.
        (None, Some(1_795_000_000_000), Err(Refusal::LeaseFar)),
        (None, Some(u64::MAX), Err(Refusal::LeaseFar)),
        (Some(5), Some(NOW_MS + 5), Err(Refusal::LeaseTwice)),
        (Some(0), Some(0), Err(Refusal::LeaseTwice)),
    ];
    for (lease, until, wanted) in rows {
        assert_eq!(asked(lease, until), wanted, "{lease:?} {until:?}");
    }
}

#[test]
fn what_comes_of_it() {
    let (past, next) = (NOW, NOW + 1);
    // What is asked for, what becomes of it with buckets, without any, and as a renewal.
    let rows = [
        (
            Asked::Always,
            Ok(Term::Always),
            Term::Always,
            Err(Refusal::LeaseRange),
        ),
        (
            Asked::Until(next),
            Ok(Term::Until(next)),
            Term::Until(next),
            Ok(next),
        ),
        (
            Asked::Until(past),
            Err(Refusal::LeasePast),
            Term::Over,
            Err(Refusal::LeasePast),
        ),
        (
            Asked::For(next),
            Ok(Term::Until(next)),
            Term::Until(next),
            Ok(next),
        ),
        (
            Asked::For(past),
            Ok(Term::Until(past)),
            Term::Over,
            Ok(past),
        ),
    ];
    for (asked, with, without, renewal) in rows {
        assert_eq!(asked.term(false, NOW), with, "{asked:?}");
        assert_eq!(asked.term(true, NOW), Ok(without), "{asked:?}");
        assert_eq!(asked.renewal(NOW), renewal, "{asked:?}");
    }
}

proptest! {
    /// However long the caller was stopped after it had computed the end, and however long the
    /// kernel let it wait: no lease ends later than it was set to.
    #[test]
    fn claim_14_who_is_stopped_lengthens_no_lease(
        until in NOW_MS..NOW_MS + 10_000,
        stopped in 0u64..20_000 * MILLISECOND,
        waited in 0u64..20_000 * MILLISECOND,
        owns_nothing: bool,
    ) {
        let came = NOW + stopped;
        let applied = came + waited;
        let end = until * MILLISECOND;
        let asked = Asked::new(None, Some(until), came).unwrap().unwrap();
        match asked.term(owns_nothing, applied) {
            Ok(Term::Until(at)) => prop_assert!(at == end && end > applied),
            Ok(Term::Over) => prop_assert!(owns_nothing && end <= applied),
            Ok(Term::Always) => prop_assert!(false, "a lease for ever"),
            Err(refusal) => prop_assert!(
                refusal == Refusal::LeasePast && end <= applied && !owns_nothing
            ),
        }
        match asked.renewal(applied) {
            Ok(at) => prop_assert!(at == end && end > applied),
            Err(refusal) => prop_assert!(refusal == Refusal::LeasePast && end <= applied),
        }
    }

    /// At the time that is shown it is over, and what is left of it, it has.
    #[test]
    fn what_is_shown_of_a_lease(until in NOW..NOW + 3_000_000 * MILLISECOND) {
        let Lease::Runs { left, until: shown } = Lease::running(until, NOW) else {
            panic!("it does not run");
        };
        prop_assert!(shown * MILLISECOND >= until && shown * MILLISECOND < until + MILLISECOND);
        prop_assert!(NOW + left * MILLISECOND <= until);
    }

    /// What was asked for is what is shown.
    #[test]
    fn what_was_asked_for_is_shown(until in NOW_MS + 1..NOW_MS + 3_000_000) {
        let at = asked(None, Some(until)).unwrap().unwrap().renewal(NOW).unwrap();
        let Lease::Runs { until: shown, .. } = Lease::running(at, NOW) else {
            panic!("it does not run");
        };
        prop_assert_eq!(shown, until);
    }
}

/// A lease's end is the same moment by every clock, and what is shown is what may be given.
#[test]
fn times_of_another_clock() {
    let lease = Lease::Runs {
        left: 7,
        until: 5000,
    };
    for ahead in [0, 1, -1, 4999, -1_000_000, i64::from(u32::MAX)] {
        let Lease::Runs { until, left } = lease.by_clock(ahead) else {
            panic!("it runs no longer");
        };
        assert_eq!(left, 7);
        assert_eq!(until, 5000u64.saturating_add_signed(ahead));
        if until > 0 {
            assert_eq!(to_machines(until, ahead), 5000);
        }
    }
    assert_eq!(to_machines(10, 20), 0);
    assert_eq!(to_machines(u64::MAX, -20), u64::MAX);
    assert_eq!(to_machines(1, i64::MIN), i64::MAX as u64 + 1);
    assert_eq!(Lease::Expired.by_clock(5), Lease::Expired);
    assert_eq!(Lease::None.by_clock(5), Lease::None);
}
