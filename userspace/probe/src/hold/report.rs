// SPDX-License-Identifier: GPL-2.0-only

//! Report of what the clients have seen, in numbers.

use crate::hold::link::End;
use serde::Serialize;
use std::collections::BTreeMap;

/// Faults that are described, at most.
const DESCRIBED: usize = 12;

#[derive(Clone, Default, Serialize)]
pub struct Report {
    pub held: Held,
    pub fresh: Fresh,
    /// The last faults.
    pub faults: Vec<String>,
}

/// Of the connections that are held.
#[derive(Clone, Default, Serialize)]
pub struct Held {
    /// Connected and in order, by node.
    pub alive: u64,
    pub nodes: BTreeMap<String, u64>,
    /// How many ended against our will, why, and at which node they were.
    pub broken: u64,
    pub ends: BTreeMap<End, u64>,
    pub broken_at: BTreeMap<String, u64>,
    /// Turns answered, the longest time an answer took in milliseconds, and how many took longer than 200: TCP
    /// sends again no sooner.
    pub answers: u64,
    pub slowest: u64,
    pub slow: u64,
    /// Ended by an order, in due form.
    pub closed: u64,
    /// Opened again after they broke or were closed, and the longest time from the break to the first answer; and
    /// those that could not be.
    pub reopened: u64,
    pub slowest_reopened: u64,
    pub lost: u64,
}

/// Of the connections that come and go.
#[derive(Clone, Default, Serialize)]
pub struct Fresh {
    pub opened: u64,
    /// Answered, and ended in order by both.
    pub good: u64,
    pub broken: u64,
    pub ends: BTreeMap<End, u64>,
    /// Connected by a second SYN or a later one.
    pub again: u64,
    /// The longest time that connecting took, in milliseconds.
    pub slowest: u64,
    /// Who answered.
    pub nodes: BTreeMap<String, u64>,
}

impl Report {
    pub fn fault(&mut self, sentence: String) {
        if self.faults.len() == DESCRIBED {
            self.faults.remove(0);
        }
        self.faults.push(sentence);
    }
}
