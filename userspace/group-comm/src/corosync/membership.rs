// SPDX-License-Identifier: GPL-2.0-only

//! Membership of the group, by CPG and the quorum service together. No I/O.
//!
//! The two come in streams of their own, without an order between them. A group is announced only while both report
//! the same ring.

use super::votes::Quorum;
use crate::sys::{Address, Ring};
use crate::{Group, GroupEvent};

/// Bytes of messages kept while the quorum service's report of their ring is on its way.
const KEPT: usize = 32 * 1024 * 1024;

/// Why there is no group between two.
const CHANGING: &str = "corosync is changing its membership";

/// The group was announced while messages of it were lost. To be in it again takes a new join.
#[derive(PartialEq, Eq, Debug)]
pub struct Lost;

/// What is announced at the moment.
#[derive(PartialEq, Eq, Debug)]
enum Announced {
    Group(Group),
    Nothing(String),
}

/// What one connection to Corosync has reported.
pub struct Membership {
    id: u32,
    /// CPG's ring. None while it is not known yet.
    ring: Option<Ring>,
    members: Vec<Address>,
    /// The ring that the quorum service speaks of, and whether it is quorate.
    quorate: Option<(Ring, bool)>,
    /// What makes a quorum, or why this one does not count.
    quorum: Result<Quorum, String>,
    announced: Announced,
    /// Messages of the present members, to be delivered after the group.
    kept: Vec<GroupEvent>,
    kept_bytes: usize,
    /// More came than can be kept.
    spilled: bool,
}

impl Membership {
    /// At the beginning of a connection. With what was announced last, if that was that there is no group.
    pub fn new(id: u32, nothing: &str) -> Membership {
        Membership {
            id,
            ring: None,
            members: Vec::new(),
            quorate: None,
            quorum: Err(CHANGING.to_owned()),
            announced: Announced::Nothing(nothing.to_owned()),
            kept: Vec::new(),
            kept_bytes: 0,
            spilled: false,
        }
    }

    /// Whether a group is announced, so that messages can be sent.
    pub fn has_group(&self) -> bool {
        matches!(self.announced, Announced::Group(_))
    }

    /// CPG's members changed. `ring_follows`: a node came or went, so this is of a ring that CPG has yet to report.
    pub fn members(
        &mut self,
        members: Vec<Address>,
        ring_follows: bool,
    ) -> Result<Vec<GroupEvent>, Lost> {
        self.members = members;
        self.members.sort_by_key(|member| (member.node, member.pid));
        self.forget();
        if ring_follows {
            self.ring = None;
        }
        self.settle(true)
    }

    /// CPG has gone over to this ring.
    pub fn ring(&mut self, ring: Ring) -> Result<Vec<GroupEvent>, Lost> {
        let changed = self.ring.replace(ring) != Some(ring);
        if changed {
            self.forget();
        }
        self.settle(false)
    }

    /// The quorum service speaks. The votes are to be looked at anew before a group counts.
    pub fn quorum(&mut self, ring: Ring, quorate: bool) -> Result<Vec<GroupEvent>, Lost> {
        if self.quorate != Some((ring, quorate)) {
            self.quorate = Some((ring, quorate));
            self.quorum = Err(CHANGING.to_owned());
        }
        self.settle(false)
    }

    /// The votes are these by now.
    pub fn votes(&mut self, quorum: Result<Quorum, String>) -> Result<Vec<GroupEvent>, Lost> {
        self.quorum = quorum;
        self.settle(false)
    }

    /// Messages that were to be sent are lost: the group is to be announced again.
    pub fn unsent(&mut self, why: &str) -> Result<Vec<GroupEvent>, Lost> {
        let mut events = vec![self.announce(Announced::Nothing(why.to_owned()))];
        events.extend(self.settle(true)?);
        Ok(events)
    }

    /// A program sent a message. It is delivered now, or after the group that it is of.
    pub fn message(&mut self, from: u32, bytes: Vec<u8>) -> Option<GroupEvent> {
        let length = bytes.len();
        let message = GroupEvent::Message { from, bytes };
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

    /// Announces what is so now, if that is not done yet, or `anew`.
    fn settle(&mut self, anew: bool) -> Result<Vec<GroupEvent>, Lost> {
        let now = self
            .judge()
            .map_or_else(Announced::Nothing, Announced::Group);
        let group = matches!(now, Announced::Group(_));
        if now == self.announced && !(anew && group) {
            return Ok(Vec::new());
        }
        if group && self.spilled {
            return Err(Lost);
        }
        let mut events = vec![self.announce(now)];
        if group {
            events.append(&mut self.kept);
            self.forget();
        }
        Ok(events)
    }

    fn announce(&mut self, announced: Announced) -> GroupEvent {
        let event = match &announced {
            Announced::Group(group) => GroupEvent::Group(group.clone()),
            Announced::Nothing(why) => GroupEvent::Nothing(why.clone()),
        };
        self.announced = announced;
        event
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
            quorum: quorum.votes,
            votes: quorum.other_than_one(),
            dead: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests;
