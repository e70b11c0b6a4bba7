// SPDX-License-Identifier: GPL-2.0-only

//! Presence of programs in the group: each announces a random number of its own, what it has of the cluster file, and
//! what it knows of the others.
//!
//! All of it comes in the engine's order, so all programs come to the same set in the same place, and to the same part of
//! it. Whoever proposes something for a set has received all of its numbers, and has sent them before to who has just
//! joined.

use std::collections::BTreeMap;

use logic::siphash::siphash24;
use serde::{Deserialize, Serialize};

use crate::agent::field::{Field, digest};
use crate::agent::part::{self, Part};
use crate::agent::terms::{Terms, VERSION, Versions};

/// Leads from one random number to another one.
const STEP: u64 = 6_364_136_223_846_793_005;
/// Makes a number of all that distinguishes a program.
const KEY: [u8; 16] = *b"ssid: a program.";
/// More nodes than any group has: what is passed on for others finds no room.
const MOST: usize = 1024;

/// What a program announces of itself. Who adds a field to `fixed` leaves it out where it has the value that programs
/// without that field go by.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Presence {
    /// A random number of its own distinguishes it from the node's programs before it.
    pub number: u64,
    /// The versions of packets that it reads and writes.
    pub versions: Versions,
    /// What has to be the same on all nodes.
    pub fixed: Vec<Field>,
    /// What should be.
    pub compared: Vec<Field>,
    /// The group's programs that it knows.
    pub others: Vec<Other>,
}

/// What is passed on of another node's program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Other {
    /// The node.
    pub node: u32,
    /// The program.
    pub program: Program,
}

/// What distinguishes a program from others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Program {
    /// Its number.
    pub number: u64,
    /// What it can be agreed with by; none of a program that sends nothing.
    pub terms: Option<Terms>,
}

/// A node's program, as far as known.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Known {
    program: Program,
    /// Its own fields, if it has sent them itself: else another passed it on, or that there is none.
    own: Option<(Vec<Field>, Vec<Field>)>,
}

/// The group's programs.
#[derive(Debug)]
pub struct Presences {
    mine: u64,
    known: BTreeMap<u32, Known>,
}

impl Presences {
    /// Of a program with this number, which has received nothing yet.
    pub fn new(mine: u64) -> Self {
        Self {
            mine,
            known: BTreeMap::new(),
        }
    }

    /// What this program announces, with these fields.
    pub fn announcement(&self, fixed: &[Field], compared: &[Field]) -> Presence {
        let known = self.known.iter();
        Presence {
            number: self.mine,
            versions: Versions::default(),
            fixed: fixed.to_vec(),
            compared: compared.to_vec(),
            others: known
                .map(|(node, known)| Other {
                    node: *node,
                    program: known.program,
                })
                .collect(),
        }
    }

    /// This program was out of the group. What it comes back to is another set of programs, even if nobody else has seen
    /// it go: no view is entered twice.
    pub fn renew(&mut self) {
        self.mine = self.mine.wrapping_mul(STEP).wrapping_add(1);
    }

    /// The group is these nodes'. Who is none of them is forgotten: a program that comes to its node later is
    /// another. Who is stays known, as it may have announced its presence before this group arrived here.
    pub fn stay(&mut self, members: &[u32]) {
        self.known.retain(|node, _| members.contains(node));
    }

    /// A node's program announced itself, and the others that it knows. What their own programs send counts for more.
    pub fn receive(&mut self, node: u32, presence: Presence) {
        let terms = Terms {
            fixed: digest(&presence.fixed),
            versions: presence.versions,
        };
        let known = Known {
            program: Program {
                number: presence.number,
                terms: Some(terms),
            },
            own: Some((presence.fixed, presence.compared)),
        };
        self.known.insert(node, known);
        for other in presence.others {
            self.note(other.node, other.program);
        }
    }

    /// Somebody else reports this of a node. Who knows its program knows more than who has passed it over: whoever enters a view
    /// with it does so once this is sent, and must not be alone there.
    fn note(&mut self, node: u32, program: Program) {
        let is_better = match self.known.get(&node) {
            None => self.known.len() < MOST,
            Some(known) => known.own.is_none() && known.program == Program::default(),
        };
        if is_better {
            self.known.insert(node, Known { program, own: None });
        }
    }

    /// A node's program sends nothing: until it does it is the one without a number.
    pub fn pass_over(&mut self, node: u32) {
        self.note(node, Program::default());
    }

    /// A node's program sends packets of a version that cannot be read. Whether that is new.
    pub fn misunderstand(&mut self, node: u32, version: u8) -> bool {
        let terms = Terms {
            fixed: 0,
            versions: Versions::only(version),
        };
        let program = Program {
            number: 0,
            terms: Some(terms),
        };
        let known = self.known.get(&node);
        let is_new = known.is_none_or(|known| {
            // Who can be read has only been early.
            let terms = known.program.terms;
            let is_read = known.own.is_some() || terms.is_some_and(|t| t.versions.has(VERSION));
            !is_read && known.program != program
        });
        if is_new {
            self.known.insert(node, Known { program, own: None });
        }
        is_new
    }

    /// Those that are not known.
    pub fn missing<'a>(&'a self, members: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        let members = members.iter().copied();
        members.filter(|node| !self.known.contains_key(node))
    }

    /// Distinguishes this set of programs from any other, on each of their nodes the same; `None` before all are known.
    pub fn programs(&self, members: &[u32]) -> Option<u64> {
        let mut all = members
            .iter()
            .map(|node| Some((*node, self.known.get(node)?.program)));
        all.try_fold(0u64, |sum, one| {
            let (node, program) = one?;
            Some(sum.wrapping_add(hash(node, program)))
        })
    }

    /// The part of the group that counts, on each of its nodes the same; `None` before all are known.
    pub fn part(&self, members: &[u32], votes: &BTreeMap<u32, usize>) -> Option<Part> {
        let all = members
            .iter()
            .map(|node| Some((*node, self.known.get(node)?.program.terms)));
        Some(part::of(&all.collect::<Option<Vec<_>>>()?, votes))
    }

    /// The fields of a node, as its program announced them: those that are fixed, and those that should be the same.
    pub fn fields(&self, node: u32) -> Option<&(Vec<Field>, Vec<Field>)> {
        self.known.get(&node)?.own.as_ref()
    }

    /// The versions that a node's program speaks.
    pub fn versions(&self, node: u32) -> Option<Versions> {
        let terms = self.known.get(&node)?.program.terms;
        terms.map(|terms| terms.versions)
    }
}

fn hash(node: u32, program: Program) -> u64 {
    let mut bytes = Vec::new();
    bytes.extend(node.to_le_bytes());
    bytes.extend(program.number.to_le_bytes());
    if let Some(terms) = program.terms {
        bytes.extend(terms.fixed.to_le_bytes());
        bytes.extend([terms.versions.oldest, terms.versions.newest]);
    }
    siphash24(KEY, &bytes)
}

#[cfg(test)]
mod tests;
