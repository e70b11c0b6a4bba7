// SPDX-License-Identifier: GPL-2.0-only

//! Marks: after each of several moments, how long SYNs went unanswered, and of how many buckets.
//!
//! Whoever does something to the cluster writes a line `MICROSECONDS NAME` (since 1970) when it does so. What
//! was sent from there to the next line belongs to it.

use crate::outcome::Outcome;
use crate::storm::trial::Trial;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs;

/// One moment, and what was sent until the next.
#[derive(Debug, PartialEq, Serialize)]
pub struct Mark {
    pub name: String,
    /// Microseconds since 1970.
    pub at: u64,
    /// SYNs, each try counted.
    pub sent: usize,
    /// Those that no node answered.
    pub unheard: usize,
    /// Buckets that they were of: how many, and which.
    pub buckets: usize,
    pub which: BTreeSet<u32>,
    /// When the first and the last of them was sent, in milliseconds after the moment. What was sent after the
    /// last was answered: everything is served again.
    pub first: Option<u64>,
    pub last: Option<u64>,
    /// SYNs, whenever they were sent, that a second node answered in this time, and when the last of its answers came, in milliseconds
    /// after the moment.
    pub doubled: usize,
    pub doubled_last: Option<u64>,
    /// SYNs sent first in this time that two nodes answered, or one by RST, or nobody whatever the try.
    pub twice: usize,
    pub reset: usize,
    pub never: usize,
}

impl Mark {
    fn new(name: &str, at: u64) -> Self {
        Self {
            name: name.into(),
            at,
            sent: 0,
            unheard: 0,
            buckets: 0,
            which: BTreeSet::new(),
            first: None,
            last: None,
            doubled: 0,
            doubled_last: None,
            twice: 0,
            reset: 0,
            never: 0,
        }
    }

    fn count(&mut self, sent: u64, answered: bool, bucket: u32) {
        self.sent += 1;
        if answered {
            return;
        }
        let after = sent.saturating_sub(self.at) / 1000;
        self.unheard += 1;
        self.first = Some(self.first.map_or(after, |f| f.min(after)));
        self.last = Some(self.last.map_or(after, |l| l.max(after)));
        self.which.insert(bucket);
        self.buckets = self.which.len();
    }
}

pub fn read(path: &str) -> Outcome<Vec<Mark>> {
    let text = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    parse(&text).map_err(|e| format!("{path}: {e}"))
}

fn parse(text: &str) -> Outcome<Vec<Mark>> {
    let mut marks: Vec<Mark> = Vec::new();
    for line in text.lines() {
        let bad = || format!("\"{line}\" is no mark, or comes too late");
        let (at, name) = line.split_once(' ').ok_or_else(bad)?;
        let at: u64 = at.parse().map_err(|_| bad())?;
        if marks.last().is_some_and(|last| last.at > at) {
            return Err(bad());
        }
        marks.push(Mark::new(name, at));
    }
    Ok(marks)
}

/// The mark that this moment belongs to: none before the first.
fn of(marks: &mut [Mark], at: u64) -> Option<&mut Mark> {
    let after = marks.partition_point(|m| m.at <= at);
    marks.get_mut(after.checked_sub(1)?)
}

/// `bucket` is the SYN's.
pub fn judge(marks: &mut [Mark], trials: &[Trial], bucket: impl Fn(usize) -> u32) {
    for (number, trial) in trials.iter().enumerate() {
        let (bucket, last) = (bucket(number), trial.tries.len().saturating_sub(1));
        for (at, one) in trial.tries.iter().enumerate() {
            if let Some(mark) = of(marks, one.sent) {
                mark.count(one.sent, at == last && trial.is_answered(), bucket);
            }
        }
        // Never is before all marks.
        if let Some(mark) = of(marks, trial.doubled) {
            let after = trial.doubled.saturating_sub(mark.at) / 1000;
            mark.doubled += 1;
            mark.doubled_last = Some(mark.doubled_last.map_or(after, |last| last.max(after)));
        }
        let first = trial.tries.first().map_or(0, |t| t.sent);
        if let Some(mark) = of(marks, first) {
            mark.twice += usize::from(trial.nodes.count_ones() > 1);
            mark.reset += usize::from(trial.reset);
            mark.never += usize::from(!trial.is_answered());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storm::trial::Try;

    fn trial(tries: &[u64], nodes: u32) -> Trial {
        let tries = tries.iter().map(|&sent| Try { sent, left: sent });
        Trial {
            tries: tries.collect(),
            answered: u64::from(nodes != 0),
            doubled: 0,
            nodes,
            reset: false,
        }
    }

    #[test]
    fn each_try_belongs_to_the_mark_before_it() {
        let mut marks = parse("1000000 one fault\n5000000 two\n").unwrap();
        let trials = [
            // Before all marks; at once; after a second and three; across the second mark.
            trial(&[900_000, 1_900_000], 1),
            trial(&[1_200_000], 1),
            trial(&[1_300_000, 2_300_000, 4_300_000], 1),
            trial(&[4_500_000, 5_500_000], 2),
            trial(&[6_000_000], 3),
            trial(&[6_000_000], 0),
        ];
        judge(&mut marks, &trials, |n| n as u32 / 3);
        let [one, two] = &marks[..] else { panic!() };
        assert_eq!(
            (one.name.as_str(), one.sent, one.unheard),
            ("one fault", 6, 3)
        );
        assert_eq!(
            (one.first, one.last, one.buckets),
            (Some(300), Some(3500), 2)
        );
        assert_eq!(one.which, BTreeSet::from([0, 1]));
        assert_eq!((one.twice, one.never), (0, 0));
        assert_eq!((two.sent, two.unheard, two.twice, two.never), (3, 1, 1, 1));
        assert_eq!(
            (two.first, two.last, two.buckets),
            (Some(1000), Some(1000), 1)
        );
    }

    #[test]
    fn second_answers_belong_to_the_mark_before_them() {
        let mut marks = parse("1000000 stands still\n5000000 goes on\n").unwrap();
        let mut trials = vec![trial(&[1_200_000], 0); 4];
        trials[0].accepted(0, 1_300_000);
        trials[0].accepted(0, 5_100_000);
        trials[1].accepted(0, 1_300_000);
        trials[1].accepted(2, 5_150_000);
        trials[2].accepted(2, 5_020_000);
        trials[2].accepted(0, 5_120_000);
        judge(&mut marks, &trials, |_| 0);
        let [stands, goes_on] = &marks[..] else {
            panic!()
        };
        assert_eq!((stands.doubled, stands.doubled_last), (0, None));
        assert_eq!((goes_on.doubled, goes_on.doubled_last), (2, Some(150)));
        // By when they were sent they are of the other.
        assert_eq!((stands.twice, goes_on.twice), (2, 0));
    }

    #[test]
    fn marks_are_in_order_of_time() {
        assert!(parse("5 a\n4 b\n").is_err());
        assert!(parse("a\n").is_err());
        assert!(parse("").unwrap().is_empty());
    }
}
