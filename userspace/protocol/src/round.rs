// SPDX-License-Identifier: GPL-2.0-only

//! A node's life in one view.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::{Knowledge, NodeId, Planner, State, Time, View};

/// What a node received and sent in the view that it is in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Round<P: Planner> {
    pub view: View,
    /// Number of the last message sent.
    pub sent: u64,
    /// Number of the last message received of each member.
    pub received: BTreeMap<NodeId, u64>,
    /// Members that are in the view, with the greatest generation that each knew of.
    pub here: BTreeMap<NodeId, u64>,
    /// What each member brought along, as far as received.
    pub states: BTreeMap<NodeId, State<P>>,
    /// From then on nobody outside the view has a lease, once all states are there.
    pub clear_at: Time,
    pub evidence: Evidence,
    /// What all know, from the moment on when all states are there.
    pub knowledge: Option<Knowledge<P>>,
}

impl<P: Planner> Round<P> {
    pub fn new(view: View) -> Self {
        Self {
            view,
            sent: 0,
            received: BTreeMap::new(),
            here: BTreeMap::new(),
            states: BTreeMap::new(),
            clear_at: Time(0),
            evidence: Evidence::default(),
            knowledge: None,
        }
    }

    /// Whether a message is a member's and newer than what was received of it.
    pub fn admits(&mut self, from: NodeId, number: u64) -> bool {
        if !self.view.has(from) || self.received.get(&from).is_some_and(|last| number <= *last) {
            return false;
        }
        self.received.insert(from, number);
        true
    }

    /// Whether all members have entered the view.
    pub fn all_here(&self) -> bool {
        self.here.len() == self.view.members.len()
    }

    /// Who knows most: it states what the planner remembers.
    pub fn eldest(&self) -> Option<NodeId> {
        let first = self
            .here
            .iter()
            .rev()
            .max_by_key(|(_, generation)| **generation);
        first.map(|(node, _)| *node)
    }

    /// Whether all members have stated what they bring along.
    pub fn is_complete(&self) -> bool {
        let members = self.view.members.iter();
        members
            .into_iter()
            .all(|node| self.states.contains_key(node))
    }
}
