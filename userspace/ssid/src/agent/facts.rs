// SPDX-License-Identifier: GPL-2.0-only

//! Facts that nodes send each other of themselves, each second (claims 12, 13).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ssi_monitor::load::Sample;
use ssi_protocol::BucketLoads;
use ssid_api::{Check, make_printable};

/// Facts older than this, in ms, are no facts.
pub(super) const STALE: u64 = 5000;

/// How a node is. Releases have more or fewer fields: what is missing has its default.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Packets a second in buckets that it serves.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Established TCP connections to cluster addresses.
    pub connections: u32,
    /// Busy part of its processors, percent.
    pub cpu: u32,
    /// Part of the last ten seconds in which some task waited for a processor, percent.
    pub pressure: u32,
    /// The same of the last second.
    pub stall: u32,
    /// Its weight as its operator wants it.
    pub full_weight: u32,
    /// What it is about: a state of [`ssid_api::NodeStatus`].
    pub state: String,
    /// Its checks.
    pub checks: Vec<Check>,
    /// Version of its ssid.
    pub version: String,
    /// What is wrong there.
    pub trouble: Vec<String>,
    /// Nodes that it holds out, as they came and went, each for so many ms.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub held_out: BTreeMap<u32, u64>,
}

/// The longest texts of another node: of a name, and of a sentence.
const NAME: usize = 64;
const SENTENCE: usize = 1000;
/// The most checks, sentences and nodes of one.
const MOST: usize = 64;

impl Facts {
    /// As a node's own would be: there are not too many, and whoever shows its texts shows no more than texts.
    pub(super) fn tidy(&mut self) {
        self.checks.truncate(MOST);
        self.trouble.truncate(MOST);
        while self.held_out.len() > MOST {
            self.held_out.pop_last();
        }
        make_printable(&mut self.state, NAME);
        make_printable(&mut self.version, NAME);
        for check in &mut self.checks {
            make_printable(&mut check.name, NAME);
            make_printable(&mut check.text, SENTENCE);
        }
        for sentence in &mut self.trouble {
            make_printable(sentence, SENTENCE);
        }
    }
}

/// A sample's load of buckets, for the planner.
pub(super) fn load(sample: &Sample) -> BucketLoads {
    let buckets = sample.buckets.iter();
    BucketLoads(buckets.map(|load| (load.bucket, load.packets)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_not_too_many_of_anything() {
        let mut facts = Facts {
            checks: vec![Check::default(); 300],
            trouble: vec![String::new(); 300],
            held_out: (0..300).map(|node| (node, u64::MAX)).collect(),
            ..Facts::default()
        };
        facts.tidy();
        let lengths = (
            facts.checks.len(),
            facts.trouble.len(),
            facts.held_out.len(),
        );
        assert_eq!(lengths, (MOST, MOST, MOST));
    }
}
