// SPDX-License-Identifier: GPL-2.0-only

//! What became of each SYN.

use crate::journal::Journal;
use serde::Serialize;
use std::collections::BTreeMap;

/// Faults that are told in words.
const TOLD: usize = 6;
/// Microseconds within which a SYN that has left is at all nodes, on a slow machine.
const TRAVEL: u64 = 50_000;

#[derive(Clone, Default)]
pub struct Fate {
    /// When it was sent and had left, was sent again, and its first answer was seen; in microseconds since 1970,
    /// 0: never.
    pub sent: u64,
    pub left: u64,
    pub again: u64,
    pub answered: u64,
    /// A bit for each node that answered by SYN-ACK, and whether one did by RST.
    pub nodes: u32,
    pub reset: bool,
}

#[derive(Default, Serialize)]
pub struct Verdict {
    pub syns: usize,
    /// Answered by one node, the first time or the second.
    pub at_once: usize,
    pub again: usize,
    /// Answered by nobody, by two nodes or more, by an RST, by a node that did not have the bucket.
    pub never: usize,
    pub twice: usize,
    pub reset: usize,
    pub stranger: usize,
    /// Sent while their bucket moved; and those that were answered the second time only, though it did not.
    pub moving: usize,
    pub deaf: usize,
    pub nodes: BTreeMap<String, usize>,
    pub faults: Vec<String>,
}

impl Verdict {
    pub fn is_clean(&self) -> bool {
        self.never + self.twice + self.reset + self.stranger + self.deaf == 0
    }

    fn fault(&mut self, sentence: impl FnOnce() -> String) {
        if self.faults.len() < TOLD {
            self.faults.push(sentence());
        }
    }
}

/// `bucket` and `name` of a SYN; `nodes`: what the bits mean.
pub fn judge<'a>(
    fates: &[Fate],
    nodes: &'a [String],
    journal: Option<&Journal>,
    bucket: impl Fn(usize) -> u32,
    name: impl Fn(usize) -> String,
) -> Verdict {
    let mut v = Verdict {
        syns: fates.len(),
        ..Verdict::default()
    };
    for (number, fate) in fates.iter().enumerate() {
        let by: Vec<&'a str> = (0..nodes.len())
            .filter(|at| (fate.nodes >> at) & 1 == 1)
            .map(|at| nodes[at].as_str())
            .collect();
        for node in &by {
            *v.nodes.entry((*node).into()).or_default() += 1;
        }
        if fate.reset {
            v.reset += 1;
            v.fault(|| format!("{} was reset", name(number)));
        }
        match by[..] {
            [] => {
                v.never += 1;
                v.fault(|| format!("{} was answered by nobody", name(number)));
            }
            [node] => {
                *(if fate.again == 0 {
                    &mut v.at_once
                } else {
                    &mut v.again
                }) += 1;
                let owned = |j: &Journal| j.may_own(node, bucket(number), fate.sent, fate.answered);
                if !journal.is_none_or(owned) {
                    v.stranger += 1;
                    v.fault(|| {
                        format!(
                            "{} was answered by {node}, whose bucket it was not",
                            name(number)
                        )
                    });
                }
            }
            _ => {
                v.twice += 1;
                v.fault(|| format!("{} was answered by {}", name(number), by.join(" and ")));
            }
        }
        if let Some(journal) = journal {
            let moving = !journal.at_rest(bucket(number), fate.sent, fate.left + TRAVEL);
            v.moving += usize::from(moving);
            if fate.again != 0 && !moving {
                v.deaf += 1;
                v.fault(|| format!("the first of {} was not heard", name(number)));
            }
        }
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(again: u64, nodes: u32, reset: bool) -> Fate {
        Fate {
            sent: 5,
            left: 5,
            again,
            answered: 6,
            nodes,
            reset,
        }
    }

    #[test]
    fn each_fault_is_seen() {
        let nodes = ["n0".to_owned(), "n1".to_owned()];
        let judge = |fates: &[Fate]| judge(fates, &nodes, None, |_| 0, |n| n.to_string());
        let good = judge(&[fate(0, 1, false), fate(6, 2, false)]);
        assert!(good.is_clean() && good.at_once == 1 && good.again == 1);
        assert_eq!(judge(&[fate(0, 3, false)]).twice, 1);
        assert_eq!(judge(&[fate(6, 0, false)]).never, 1);
        assert_eq!(judge(&[fate(0, 1, true)]).reset, 1);
    }

    #[test]
    fn an_answer_of_a_node_without_the_bucket_is_a_fault() {
        let nodes = ["n0".to_owned(), "n1".to_owned()];
        let journal = Journal::parse("1 begin n0 0\n2 end n0 0\n", 1).unwrap();
        let judge = |bits, again| {
            let fates = [fate(again, bits, false)];
            judge(&fates, &nodes, Some(&journal), |_| 0, |n| n.to_string())
        };
        assert!(judge(1, 0).is_clean());
        // Nobody heard it the first time, and no table changed then.
        assert_eq!(judge(1, 6).deaf, 1);
        assert_eq!(judge(2, 0).stranger, 1);
    }
}
