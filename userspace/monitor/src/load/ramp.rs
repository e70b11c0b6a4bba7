// SPDX-License-Identifier: GPL-2.0-only

//! Ramp by which a node that was sick comes back slowly.

use std::time::Duration;

/// Percent of its weight that a node takes in each quarter of the time to come back, and after it.
const STEPS: [u32; 4] = [10, 25, 50, 75];
const FULL: u32 = 100;

/// A node on its way back.
///
/// A service that has just started has cold caches, and may fall ill again under what it was well with before. So
/// it begins with a tenth, and has all after the time to come back. In few steps, as each moves buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    began: Duration,
    comeback: Duration,
}

impl Ramp {
    /// It is well from `now` on; `comeback` of zero brings it back at once.
    pub const fn new(now: Duration, comeback: Duration) -> Self {
        Self {
            began: now,
            comeback,
        }
    }

    /// Percent of its weight at `now`.
    pub fn percent(&self, now: Duration) -> u32 {
        self.step(now)
            .and_then(|step| STEPS.get(step).copied())
            .unwrap_or(FULL)
    }

    /// Whether it has come back, so that the ramp can be forgotten.
    pub fn is_over(&self, now: Duration) -> bool {
        self.step(now).is_none()
    }

    fn step(&self, now: Duration) -> Option<usize> {
        let gone = now.saturating_sub(self.began).as_nanos();
        let step = gone
            .saturating_mul(u128::try_from(STEPS.len()).ok()?)
            .checked_div(self.comeback.as_nanos())?;
        usize::try_from(step)
            .ok()
            .filter(|step| *step < STEPS.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn five_steps() {
        let ramp = Ramp::new(at(1000), at(60));
        let percent = |seconds: u64| ramp.percent(at(1000 + seconds));
        assert_eq!(
            [0, 14, 15, 29, 30, 44, 45, 59, 60, 9999].map(percent),
            [10, 10, 25, 25, 50, 50, 75, 75, 100, 100]
        );
        assert!(!ramp.is_over(at(1059)) && ramp.is_over(at(1060)));
        // A clock that is behind does not bring it back.
        assert_eq!(ramp.percent(at(0)), 10);
    }

    #[test]
    fn no_time_to_come_back() {
        assert_eq!(Ramp::new(at(5), Duration::ZERO).percent(at(5)), 100);
    }

    proptest! {
        #[test]
        fn rises_and_ends(began in 0u64..1 << 40, comeback in 0u64..1 << 40, mut times in proptest::collection::vec(0u64..1 << 42, 2..20)) {
            let ramp = Ramp::new(Duration::from_millis(began), Duration::from_millis(comeback));
            times.sort();
            let shares: Vec<u32> = times.iter().map(|t| ramp.percent(Duration::from_millis(*t))).collect();
            prop_assert!(shares.is_sorted());
            prop_assert_eq!(ramp.percent(Duration::from_millis(began + comeback)), 100);
        }
    }
}
