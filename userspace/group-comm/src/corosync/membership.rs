// SPDX-License-Identifier: GPL-2.0-only

//! Membership of the group, by CPG and the quorum service together. No I/O.
//!
//! The two come in streams of their own, without an order between them. A group is told only while both speak of
//! the same ring.

use crate::sys::{Address, Ring};
use crate::{Group, Heard};

/// Bytes of messages kept while the quorum's word about their ring is on its way.
const KEPT: usize = 32 * 1024 * 1024;

/// Why there is no group between two.
const CHANGING: &str = "corosync is changing its membership";

/// The group was told while messages of it were lost. To be in it again takes a new join.
#[derive(PartialEq, Eq, Debug)]
pub struct Lost;

/// What is told at the moment.
#[derive(PartialEq, Eq, Debug)]
enum Told {
    Group(Group),
    Nothing(String),
}

/// What one connection to Corosync has said.
pub struct Membership {
    id: u32,
    /// CPG's ring. None while it is to be told.
    ring: Option<Ring>,
    members: Vec<Address>,
    /// The ring that the quorum service speaks of, and whether it is quorate.
    quorate: Option<(Ring, bool)>,
    /// How many nodes make a quorum, or why this one does not count.
    quorum: Result<usize, String>,
    told: Told,
    /// Messages of the present members, to be told after the group.
    kept: Vec<Heard>,
    kept_bytes: usize,
    /// More came than can be kept.
    spilled: bool,
}

impl Membership {
    /// At the beginning of a connection. With what was told last, if that was that there is no group.
    pub fn new(id: u32, nothing: &str) -> Membership {
        Membership {
            id,
            ring: None,
            members: Vec::new(),
            quorate: None,
            quorum: Err(CHANGING.to_owned()),
            told: Told::Nothing(nothing.to_owned()),
            kept: Vec::new(),
            kept_bytes: 0,
            spilled: false,
        }
    }

    /// Whether a group is told, so that messages can be sent.
    pub fn has_group(&self) -> bool {
        matches!(self.told, Told::Group(_))
    }

    /// CPG's members changed. `ring_follows`: a node came or went, so this is of a ring that CPG has yet to tell.
    pub fn members(
        &mut self,
        members: Vec<Address>,
        ring_follows: bool,
    ) -> Result<Vec<Heard>, Lost> {
        self.members = members;
        self.members.sort_by_key(|member| (member.node, member.pid));
        self.forget();
        if ring_follows {
            self.ring = None;
        }
        self.settle(true)
    }

    /// CPG has gone over to this ring.
    pub fn ring(&mut self, ring: Ring) -> Result<Vec<Heard>, Lost> {
        let changed = self.ring.replace(ring) != Some(ring);
        if changed {
            self.forget();
        }
        self.settle(false)
    }

    /// The quorum service speaks. The votes are to be looked at anew before a group counts.
    pub fn quorum(&mut self, ring: Ring, quorate: bool) -> Result<Vec<Heard>, Lost> {
        if self.quorate != Some((ring, quorate)) {
            self.quorate = Some((ring, quorate));
            self.quorum = Err(CHANGING.to_owned());
        }
        self.settle(false)
    }

    /// The votes are these by now.
    pub fn votes(&mut self, quorum: Result<usize, String>) -> Result<Vec<Heard>, Lost> {
        self.quorum = quorum;
        self.settle(false)
    }

    /// Messages that were to be sent are lost: the group is to be told again.
    pub fn unsent(&mut self, why: &str) -> Result<Vec<Heard>, Lost> {
        let mut heard = vec![self.tell(Told::Nothing(why.to_owned()))];
        heard.extend(self.settle(true)?);
        Ok(heard)
    }

    /// A program sent a message. It is told now, or after the group that it is of.
    pub fn message(&mut self, from: u32, bytes: Vec<u8>) -> Option<Heard> {
        let length = bytes.len();
        let message = Heard::Message { from, bytes };
        if self.has_group() {
            return Some(message);
        }
        self.kept_bytes = self.kept_bytes.saturating_add(length);
        self.spilled |= self.kept_bytes > KEPT;
        if self.spilled {
            self.kept.clear();
        } else {
            self.kept.push(message);
        }
        None
    }

    /// What was kept is of a membership that is over.
    fn forget(&mut self) {
        self.kept.clear();
        self.kept_bytes = 0;
        self.spilled = false;
    }

    /// Tells what is so now, if it is not told yet, or `anew`.
    fn settle(&mut self, anew: bool) -> Result<Vec<Heard>, Lost> {
        let now = self.judge().map_or_else(Told::Nothing, Told::Group);
        let group = matches!(now, Told::Group(_));
        if now == self.told && !(anew && group) {
            return Ok(Vec::new());
        }
        if group && self.spilled {
            return Err(Lost);
        }
        let mut heard = vec![self.tell(now)];
        if group {
            heard.append(&mut self.kept);
            self.forget();
        }
        Ok(heard)
    }

    fn tell(&mut self, told: Told) -> Heard {
        let heard = match &told {
            Told::Group(group) => Heard::Group(group.clone()),
            Told::Nothing(why) => Heard::Nothing(why.clone()),
        };
        self.told = told;
        heard
    }

    /// The group, or why there is none.
    fn judge(&self) -> Result<Group, String> {
        let (quorum_ring, quorate) = self.quorate.ok_or(CHANGING)?;
        let ring = self.ring.ok_or(CHANGING)?;
        if ring != quorum_ring {
            return Err(CHANGING.to_owned());
        }
        let quorum = self.quorum.clone()?;
        let mut members: Vec<u32> = self.members.iter().map(|member| member.node).collect();
        let twice = members.windows(2).find(|pair| pair.first() == pair.last());
        if let Some(node) = twice.and_then(|pair| pair.first()) {
            return Err(format!(
                "two ssid of this cluster run on node {node}: stop one of them"
            ));
        }
        members.dedup();
        if !members.contains(&self.id) {
            return Err(CHANGING.to_owned());
        }
        Ok(Group {
            ring: ring.seq,
            members,
            quorate,
            quorum,
        })
    }
}

#[cfg(test)]
mod tests;
