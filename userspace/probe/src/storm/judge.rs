// SPDX-License-Identifier: GPL-2.0-only

//! Judge of what became of each SYN.

use crate::journal::Journal;
use crate::storm::marks::Mark;
use crate::storm::trial::Trial;
use crate::storm::trial::Try;
use serde::Serialize;
use std::collections::BTreeMap;

/// Faults that are described, at most.
const DESCRIBED: usize = 6;
/// Microseconds within which a SYN that has left is at all nodes, on a slow machine.
const TRAVEL: u64 = 50_000;
#[derive(Default, Serialize)]
pub struct Verdict {
    pub syns: usize,
    /// Answered by one node, the first time, the second, a later one.
    pub at_once: usize,
    pub again: usize,
    pub late: usize,
    /// Answered by nobody, by two nodes or more, by an RST, by a node that did not have the bucket.
    pub never: usize,
    pub twice: usize,
    pub reset: usize,
    pub stranger: usize,
    /// Sent while their bucket moved; and those that nobody answered at first, or again, though it did not.
    pub moving: usize,
    pub deaf: usize,
    pub nodes: BTreeMap<String, usize>,
    pub faults: Vec<String>,
    /// What came after each mark, if there are any.
    pub marks: Vec<Mark>,
}

impl Verdict {
    pub fn is_clean(&self) -> bool {
        self.never + self.twice + self.reset + self.stranger + self.deaf == 0
    }

    fn fault(&mut self, sentence: impl FnOnce() -> String) {
        if self.faults.len() < DESCRIBED {
            self.faults.push(sentence());
        }
    }

    /// Who answered; `name` is the SYN's.
    fn count(&mut self, trial: &Trial, by: &[&str], name: &str) {
        for node in by {
            *self.nodes.entry((*node).into()).or_default() += 1;
        }
        if trial.reset {
            self.reset += 1;
            self.fault(|| format!("{name} was reset"));
        }
        let count = match (by, trial.tries.len()) {
            ([], _) => {
                self.fault(|| format!("{name} was answered by nobody"));
                &mut self.never
            }
            ([_], 1) => &mut self.at_once,
            ([_], 2) => &mut self.again,
            ([_], _) => &mut self.late,
            _ => {
                self.fault(|| format!("{name} was answered by {}", by.join(" and ")));
                &mut self.twice
            }
        };
        *count += 1;
    }

    /// Whether the answer was to be expected of that node, and the silence before it of all.
    fn compare(&mut self, trial: &Trial, by: &[&str], bucket: u32, journal: &Journal, name: &str) {
        let Some((last, unheard)) = trial.tries.split_last() else {
            return;
        };
        let first = trial.tries.first().unwrap_or(last);
        if let [node] = by {
            if !journal.may_own(node, bucket, first.sent, trial.answered) {
                self.stranger += 1;
                self.fault(|| format!("{name} was answered by {node}, whose bucket it was not"));
            }
        }
        let at_rest = |t: &Try, patience| journal.at_rest(bucket, t.sent, t.left + patience);
        self.moving += usize::from(!at_rest(first, 0));
        if unheard.iter().any(|t| at_rest(t, TRAVEL)) {
            self.deaf += 1;
            self.fault(|| format!("{name} was not answered at first"));
        }
    }
}

/// `bucket` and `name` of a SYN; `nodes`: what the bits mean.
pub fn judge(
    trials: &[Trial],
    nodes: &[String],
    journal: Option<&Journal>,
    bucket: impl Fn(usize) -> u32,
    name: impl Fn(usize) -> String,
) -> Verdict {
    let mut verdict = Verdict {
        syns: trials.len(),
        ..Verdict::default()
    };
    for (number, trial) in trials.iter().enumerate() {
        let answered = |at: &usize| (trial.nodes >> at) & 1 == 1;
        let by = (0..nodes.len()).filter(answered);
        let by: Vec<&str> = by.map(|at| nodes[at].as_str()).collect();
        let name = name(number);
        verdict.count(trial, &by, &name);
        if let Some(journal) = journal {
            verdict.compare(trial, &by, bucket(number), journal, &name);
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(tries: usize, nodes: u32, reset: bool) -> Trial {
        Trial {
            tries: vec![Try { sent: 5, left: 5 }; tries],
            answered: 6,
            doubled: 0,
            nodes,
            reset,
        }
    }

    #[test]
    fn each_fault_is_seen() {
        let nodes = ["n0".to_owned(), "n1".to_owned()];
        let judge = |trials: &[Trial]| judge(trials, &nodes, None, |_| 0, |n| n.to_string());
        let good = judge(&[trial(1, 1, false), trial(2, 2, false), trial(3, 2, false)]);
        assert!(good.is_clean() && good.at_once == 1 && good.again == 1 && good.late == 1);
        assert_eq!(judge(&[trial(1, 3, false)]).twice, 1);
        assert_eq!(judge(&[trial(2, 0, false)]).never, 1);
        assert_eq!(judge(&[trial(1, 1, true)]).reset, 1);
    }

    #[test]
    fn an_answer_has_to_come_from_the_owner_and_at_once() {
        let nodes = ["n0".to_owned(), "n1".to_owned()];
        let journal = Journal::parse("1 begin n0 0\n2 end n0 0\n", 1).unwrap();
        let judge = |bits, tries| {
            let trials = [trial(tries, bits, false)];
            judge(&trials, &nodes, Some(&journal), |_| 0, |n| n.to_string())
        };
        assert!(judge(1, 1).is_clean());
        // Nobody answered it the first time, and no table changed then.
        assert_eq!(judge(1, 2).deaf, 1);
        assert_eq!(judge(2, 1).stranger, 1);
    }
}
