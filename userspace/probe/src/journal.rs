// SPDX-License-Identifier: GPL-2.0-only

//! Journal of tables: which node had which buckets when, as whoever changed them wrote it.
//!
//! Lines `MICROSECONDS begin|end NODE LIST`: the node was given these buckets, and had confirmed them.
//! In between it may have been either. LIST may be `none`.

use crate::outcome::Outcome;
use crate::table::parse_list;
use std::collections::BTreeMap;
use std::fs;

/// A node's table: given at one time, in force at the latest at the other.
struct Given {
    begin: u64,
    end: u64,
    owned: Vec<bool>,
}

#[derive(Default)]
pub struct Journal {
    nodes: BTreeMap<String, Vec<Given>>,
}

impl Journal {
    pub fn read(path: &str, buckets: u32) -> Outcome<Self> {
        let text = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        Self::parse(&text, buckets).map_err(|e| format!("{path}: {e}"))
    }

    pub fn parse(text: &str, buckets: u32) -> Outcome<Self> {
        let mut journal = Self::default();
        for line in text.lines() {
            let bad = || format!("\"{line}\" is no line of a journal");
            let fields: Vec<&str> = line.split(' ').collect();
            let [time, what, node, list] = fields[..] else {
                return Err(bad());
            };
            let time: u64 = time.parse().map_err(|_| bad())?;
            let given = journal.nodes.entry(node.into()).or_default();
            let list = if list == "none" { "" } else { list };
            let owned = parse_list(list, buckets)?;
            match (what, given.last_mut()) {
                ("begin", _) => given.push(Given {
                    begin: time,
                    end: u64::MAX,
                    owned,
                }),
                ("end", Some(last)) if last.owned == owned => last.end = time,
                _ => return Err(bad()),
            }
        }
        Ok(journal)
    }

    /// Whether the node may have had the bucket at some time from `from` to `to`.
    pub fn may_own(&self, node: &str, bucket: u32, from: u64, to: u64) -> bool {
        let given = self.nodes.get(node).map_or(&[][..], |t| &t[..]);
        given.iter().enumerate().any(|(at, this)| {
            // In force until the next is, for sure.
            let until = given.get(at + 1).map_or(u64::MAX, |next| next.end);
            let has = this.owned.get(bucket as usize) == Some(&true);
            has && this.begin <= to && until >= from
        })
    }

    /// Nodes that may have had the bucket then.
    pub fn owners(&self, bucket: u32, from: u64, to: u64) -> Vec<&str> {
        let names = self.nodes.keys().map(String::as_str);
        names
            .filter(|n| self.may_own(n, bucket, from, to))
            .collect()
    }

    /// Whether one node had the bucket all the time, and no other may have.
    pub fn at_rest(&self, bucket: u32, from: u64, to: u64) -> bool {
        let [owner] = self.owners(bucket, from, to)[..] else {
            return false;
        };
        let given = self.nodes.get(owner).map_or(&[][..], |t| &t[..]);
        let has = |this: &Given| this.owned.get(bucket as usize) == Some(&true);
        let mut then = given.iter().enumerate().filter(|(at, this)| {
            let until = given.get(at + 1).map_or(u64::MAX, |next| next.end);
            this.begin <= to && until >= from
        });
        given.iter().any(|t| t.end <= from) && then.all(|(_, this)| has(this))
    }

    /// Who had the bucket first of all.
    pub fn first_owner(&self, bucket: u32) -> Option<&str> {
        let has = |given: &Vec<Given>| {
            let first = given.first();
            first.is_some_and(|t| t.owned.get(bucket as usize) == Some(&true))
        };
        let mut nodes = self.nodes.iter();
        nodes
            .find(|(_, given)| has(given))
            .map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_may_have_either_table_while_it_is_given() {
        let text = "10 begin n0 0-3\n11 end n0 0-3\n10 begin n1 none\n11 end n1 none\n\
                    20 begin n0 0-1\n22 end n0 0-1\n25 begin n1 2-3\n27 end n1 2-3";
        let j = Journal::parse(text, 4).unwrap();
        assert!(j.may_own("n0", 2, 12, 13) && j.may_own("n0", 2, 21, 30));
        assert!(!j.may_own("n0", 2, 23, 30) && j.may_own("n0", 1, 23, 30));
        assert!(!j.may_own("n1", 2, 12, 24) && j.may_own("n1", 2, 12, 25));
        assert!(!j.may_own("n0", 0, 1, 9) && !j.may_own("n2", 0, 12, 13));
        assert_eq!(j.owners(2, 21, 26), ["n0", "n1"]);
        assert!(j.owners(2, 23, 24).is_empty());
        assert!(j.at_rest(2, 12, 19) && !j.at_rest(2, 19, 20) && !j.at_rest(2, 19, 30));
        // From the one's release to the other's adoption it is nobody's.
        assert!(!j.at_rest(2, 23, 28) && !j.at_rest(2, 12, 24) && j.at_rest(0, 12, 30));
        assert!(!j.at_rest(0, 10, 12) && !j.at_rest(2, 21, 21));
        assert_eq!(j.first_owner(2), Some("n0"));
        assert!(Journal::parse("10 end n0 0", 4).is_err());
        assert!(Journal::parse("10 begin n0", 4).is_err());
    }
}
