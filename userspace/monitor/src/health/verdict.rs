// SPDX-License-Identifier: GPL-2.0-only

//! Verdict on a check from its single results, with rise and fall.

/// Good or bad, and what it takes to change that.
///
/// The first result decides at once: when ssid starts beside a service that is down, it must not get load for
/// that, and when ssid restarts beside a service that is well, nothing must move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    rise: u32,
    fall: u32,
    good: Option<bool>,
    /// Results in a row that are against it.
    against: u32,
}

impl Verdict {
    /// So many good results in a row make it good, so many bad ones bad. 0 counts as 1.
    pub const fn new(rise: u32, fall: u32) -> Self {
        Self {
            rise,
            fall,
            good: None,
            against: 0,
        }
    }

    /// Takes a result; returns whether it is good from now on.
    pub fn result(&mut self, good: bool) -> bool {
        let was = *self.good.get_or_insert(good);
        if good == was {
            self.against = 0;
            return was;
        }
        self.against = self.against.saturating_add(1);
        if self.against < if good { self.rise } else { self.fall } {
            return was;
        }
        self.against = 0;
        self.good = Some(good);
        good
    }

    /// Whether it is good; `None` before the first result.
    pub const fn is_good(&self) -> Option<bool> {
        self.good
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `+` is a good result, `-` a bad one; the same for what follows.
    fn judged(rise: u32, fall: u32, results: &str) -> String {
        let mut verdict = Verdict::new(rise, fall);
        assert_eq!(verdict.is_good(), None);
        let one = |result| {
            if verdict.result(result == '+') {
                '+'
            } else {
                '-'
            }
        };
        results.chars().map(one).collect()
    }

    #[test]
    fn rise_and_fall() {
        for (rise, fall, results, expected) in [
            (2, 3, "+++", "+++"),
            (2, 3, "---", "---"),
            (2, 3, "+---", "+++-"),
            (2, 3, "+--+--+---", "+++++++++-"),
            (2, 3, "-+-++", "----+"),
            (1, 1, "+-+-", "+-+-"),
            (0, 0, "+-+-", "+-+-"),
            (3, 1, "-++-+++-", "------+-"),
        ] {
            assert_eq!(judged(rise, fall, results), expected, "{results}");
        }
    }

    proptest! {
        #[test]
        fn changes_exactly_after_as_many_results_in_a_row(rise in 1u32..6, fall in 1u32..6, results in proptest::collection::vec(any::<bool>(), 1..60)) {
            let mut verdict = Verdict::new(rise, fall);
            let mut before = results[0];
            let mut since = 0;
            for (place, result) in results.iter().enumerate() {
                let is = verdict.result(*result);
                // A change wants a row of its own, so it looks back no further than the last change.
                let wanted = if before { fall } else { rise };
                let row = results[since..=place].iter().rev().take_while(|r| **r != before).count();
                prop_assert_eq!(is != before, row >= usize::try_from(wanted).unwrap());
                if is != before {
                    since = place + 1;
                }
                before = is;
                prop_assert_eq!(verdict.is_good(), Some(is));
            }
        }
    }
}
