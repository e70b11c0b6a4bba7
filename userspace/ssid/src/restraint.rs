// SPDX-License-Identifier: GPL-2.0-only

//! Restraint in what is logged: others may make much happen, and a log that grows without end fills a disk. It is a bucket of tokens,
//! since after a flood something new is to be logged within a second; `logic::rate`, which takes no lock, has windows.

use ssi_protocol::Time;

/// So many lines may come at once.
const BURST: u64 = 200;
/// And then one in so many ms.
const EVERY: u64 = 1000;

/// Who counts lines.
#[derive(Debug)]
pub struct Restraint {
    /// Ms that are saved up; a line takes [`EVERY`].
    saved: u64,
    at: Time,
    left_out: u64,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It is logged, after so many that were not.
    Logged(u64),
    /// It is not.
    LeftOut,
}

impl Restraint {
    /// Nothing was logged yet.
    pub const fn new(now: Time) -> Self {
        Self {
            saved: BURST * EVERY,
            at: now,
            left_out: 0,
        }
    }

    /// A line is to be logged now.
    pub fn line(&mut self, now: Time) -> Line {
        let saved = self.saved.saturating_add(self.at.until(now));
        self.saved = saved.min(BURST * EVERY);
        self.at = now;
        match self.saved.checked_sub(EVERY) {
            Some(rest) => {
                self.saved = rest;
                Line::Logged(std::mem::take(&mut self.left_out))
            }
            None => {
                self.left_out = self.left_out.saturating_add(1);
                Line::LeftOut
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_events_is_few_lines() {
        let at = Time(5000);
        let mut restraint = Restraint::new(at);
        let logged = |restraint: &mut Restraint, at: Time, lines: u32| {
            (0..lines)
                .filter(|_| restraint.line(at) != Line::LeftOut)
                .count()
        };
        assert_eq!(logged(&mut restraint, at, 100_000), 200);
        // A second later there is room for one, which has the number of the others.
        let later = at.plus(1000);
        assert_eq!(restraint.line(later), Line::Logged(99_800));
        assert_eq!(restraint.line(later), Line::LeftOut);
        // What is rare is always logged.
        for hour in 1..100 {
            let at = later.plus(hour * 3_600_000);
            assert_eq!(logged(&mut restraint, at, 200), 200);
        }
        // An hour of events each ms.
        let begun = later.plus(1_000_000_000);
        let hour = (0..3_600_000).map(|ms| begun.plus(ms));
        let lines = hour.filter(|at| restraint.line(*at) != Line::LeftOut);
        assert_eq!(lines.count(), 200 + 3599);
    }
}
