// SPDX-License-Identifier: GPL-2.0-only

//! From the engine's membership to views: a member whose program is silent, though its engine lives,
//! is left out until it sends again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{NodeId, Time, View, ViewId, Votes};

/// A proposal of other members, to all programs of the engine's group, the sender's too. The first
/// that arrives with the next serial number counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct ViewProposal {
    /// The view to be; its id is what the proposer took to be the last.
    pub id: ViewId,
    /// Who is to be in it, in order of numbers.
    pub members: Vec<NodeId>,
}

/// What the engine reports of its group.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Group {
    /// The number of its ring.
    pub ring: u64,
    /// Distinguishes sets of running programs, such as a hash of their process ids.
    pub programs: u64,
    /// Nodes whose program is in the group, in order of numbers.
    pub members: Vec<NodeId>,
    /// Whether it is quorate.
    pub quorate: bool,
    /// So many votes make a quorum.
    pub quorum: usize,
    /// The nodes' votes.
    pub votes: Votes,
    /// Nodes that need not be in it for that, as it was confirmed that they are dead.
    pub dead: Vec<NodeId>,
}

/// What comes of it, in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// For the node: [`Input::View`](crate::Input::View).
    View(View),
    /// For the node, which the others left out: [`Input::NoView`](crate::Input::NoView).
    NoView,
    /// To be sent to all of the group.
    Propose(ViewProposal),
}

/// Which view one node is in.
///
/// All programs of a group make the same views of the same messages in the same order. Without that
/// order they would make views that come to nothing, as the members of a view have to agree on it
/// before it counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Membership {
    me: NodeId,
    patience: u64,
    group: Option<Group>,
    serial: u64,
    members: Vec<NodeId>,
    received: BTreeMap<NodeId, Time>,
    proposed: Time,
}

impl Membership {
    /// Of node `me`, which waits `patience` ms for a sign of life of another. Several beats, and so
    /// much less than a lease that the others' leases outlive a view that waits for a silent member.
    pub const fn new(me: NodeId, patience: u64) -> Self {
        Self {
            me,
            patience,
            group: None,
            serial: 0,
            members: Vec::new(),
            received: BTreeMap::new(),
            proposed: Time(0),
        }
    }

    /// The engine announced its group, or whether it is quorate.
    pub fn group(&mut self, now: Time, group: Group) -> Vec<Change> {
        let known = self.group.as_ref();
        let same = known.is_some_and(|known| {
            (known.ring, known.programs) == (group.ring, group.programs)
                && known.members == group.members
        });
        if !same {
            self.serial = 0;
            self.members = group.members.clone();
            self.listen_anew(now);
        }
        self.group = Some(group);
        self.view().into_iter().collect()
    }

    /// This node has no part in the group until it is announced anew.
    pub fn no_group(&mut self) {
        self.group = None;
        self.members.clear();
    }

    /// A message of a member arrived, of whatever kind.
    pub fn received(&mut self, now: Time, from: NodeId) {
        self.received.insert(from, now);
    }

    /// A proposal arrived, one's own as well.
    pub fn form(&mut self, now: Time, form: &ViewProposal) -> Vec<Change> {
        let Some(group) = &self.group else {
            return Vec::new();
        };
        let next = (group.ring, group.programs, self.serial + 1);
        let fits = (form.id.ring, form.id.programs, form.id.serial) == next
            && form.members.is_sorted()
            && form.members.iter().all(|node| group.members.contains(node));
        if !fits {
            return Vec::new();
        }
        self.serial += 1;
        self.members = form.members.clone();
        self.listen_anew(now);
        self.view().into_iter().collect()
    }

    /// Time passed. The driver hands over all messages that are there first.
    pub fn tick(&mut self, now: Time) -> Vec<Change> {
        let Some(group) = &self.group else {
            return Vec::new();
        };
        let out = !self.members.contains(&self.me);
        let silent = |node: &NodeId| {
            let last = self.received.get(node).copied().unwrap_or_default();
            *node != self.me && last.plus(self.patience) <= now
        };
        let mut members: Vec<NodeId> = self.members.clone();
        if out {
            members.push(self.me);
            members.sort_unstable();
        } else {
            members.retain(|node| !silent(node));
        }
        let again = self.proposed.plus(self.patience / 2) <= now;
        if members == self.members || group.votes.sum(&members) < group.quorum || !again {
            return Vec::new();
        }
        self.proposed = now;
        let id = self.id(group, self.serial + 1);
        vec![Change::Propose(ViewProposal { id, members })]
    }

    fn listen_anew(&mut self, now: Time) {
        self.received = self.members.iter().map(|node| (*node, now)).collect();
    }

    fn id(&self, group: &Group, serial: u64) -> ViewId {
        ViewId {
            ring: group.ring,
            programs: group.programs,
            serial,
        }
    }

    fn view(&self) -> Option<Change> {
        let group = self.group.as_ref()?;
        if !self.members.contains(&self.me) {
            return Some(Change::NoView);
        }
        Some(Change::View(View {
            id: self.id(group, self.serial),
            members: self.members.clone(),
            quorate: group.quorate,
            quorum: group.quorum,
            votes: group.votes.clone(),
            dead: group.dead.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: u64 = 1000;

    fn group(ring: u64, members: &[u32]) -> Group {
        Group {
            ring,
            programs: 0,
            members: members.iter().map(|n| NodeId(*n)).collect(),
            quorate: true,
            quorum: 2,
            votes: Votes::default(),
            dead: Vec::new(),
        }
    }

    fn members(changes: &[Change]) -> Vec<u32> {
        match changes {
            [Change::View(view)] => view.members.iter().map(|node| node.0).collect(),
            other => panic!("no view: {other:?}"),
        }
    }

    fn proposal(changes: Vec<Change>) -> ViewProposal {
        match changes.as_slice() {
            [Change::Propose(form)] => form.clone(),
            other => panic!("no proposal: {other:?}"),
        }
    }

    /// Three, of which the last was received for the last time at 0, the others at `now`.
    fn one_silent(now: Time) -> [Membership; 3] {
        [0, 1, 2].map(|n| {
            let mut membership = Membership::new(NodeId(n), PATIENCE);
            assert_eq!(
                members(&membership.group(Time(0), group(7, &[0, 1, 2]))),
                [0, 1, 2]
            );
            membership.received(now, NodeId(0));
            membership.received(now, NodeId(1));
            membership
        })
    }

    #[test]
    fn a_silent_program_is_left_out_and_comes_back() {
        let [mut a, mut b, mut c] = one_silent(Time(900));
        assert_eq!(a.tick(Time(999)), []);
        let (one, other) = (proposal(a.tick(Time(1000))), proposal(b.tick(Time(1001))));
        assert_eq!(one.members, [NodeId(0), NodeId(1)]);
        assert_eq!(a.tick(Time(1400)), [], "asks once in a while");

        assert_eq!(members(&a.form(Time(1002), &one)), [0, 1]);
        assert_eq!(a.form(Time(1003), &other), [], "the first counts");
        assert_eq!(members(&b.form(Time(1002), &one)), [0, 1]);
        assert_eq!(c.form(Time(5000), &one), [Change::NoView]);
        assert_eq!(c.form(Time(5000), &other), []);

        let back = proposal(c.tick(Time(5001)));
        for membership in [&mut a, &mut b, &mut c] {
            assert_eq!(members(&membership.form(Time(5002), &back)), [0, 1, 2]);
        }
        assert_eq!(
            a,
            Membership {
                me: NodeId(0),
                proposed: Time(1000),
                ..c.clone()
            }
        );
        let Some(Change::View(view)) = a.view() else {
            panic!()
        };
        assert_eq!((view.id.ring, view.id.serial), (7, 2));
    }

    #[test]
    fn who_was_asleep_leaves_nobody_out() {
        let mut a = Membership::new(NodeId(0), PATIENCE);
        a.group(Time(0), group(7, &[0, 1, 2]));
        assert_eq!(a.tick(Time(60_000)), [], "one is no quorum");
    }

    #[test]
    fn who_lacks_the_votes_leaves_nobody_out() {
        let of = |votes: [usize; 3]| {
            let mut membership = Membership::new(NodeId(0), PATIENCE);
            let group = Group {
                quorum: 3,
                votes: (0..3).map(NodeId).zip(votes).collect(),
                ..group(7, &[0, 1, 2])
            };
            membership.group(Time(0), group);
            membership.received(Time(900), NodeId(1));
            membership.tick(Time(1000))
        };
        assert_eq!(of([1, 1, 3]), [], "two of five votes");
        assert_eq!(proposal(of([2, 1, 2])).members, [NodeId(0), NodeId(1)]);
        assert_eq!(proposal(of([3, 0, 1])).members, [NodeId(0), NodeId(1)]);
    }

    #[test]
    fn who_has_no_part_in_the_group_proposes_nothing() {
        let [mut a, mut b, _] = one_silent(Time(900));
        let proposed = proposal(b.tick(Time(1000)));
        a.no_group();
        assert_eq!(a.form(Time(1001), &proposed), []);
        assert_eq!(a.tick(Time(5000)), []);
        let more = Group {
            programs: 5,
            ..group(7, &[0, 1, 2])
        };
        assert_eq!(members(&a.group(Time(5001), more)), [0, 1, 2]);
    }

    #[test]
    fn a_new_ring_begins_anew() {
        let [mut a, ..] = one_silent(Time(900));
        let old = proposal(a.tick(Time(1000)));
        assert_eq!(members(&a.group(Time(1001), group(8, &[0, 1]))), [0, 1]);
        assert_eq!(a.form(Time(1002), &old), [], "of another ring");
        let more = ViewProposal {
            id: ViewId { ring: 8, ..old.id },
            members: vec![NodeId(0), NodeId(2)],
        };
        assert_eq!(a.form(Time(1003), &more), [], "not in the ring");
        let lost = Group {
            quorate: false,
            ..group(8, &[0, 1])
        };
        let [Change::View(view)] = &a.group(Time(1004), lost)[..] else {
            panic!()
        };
        assert!(!view.quorate && view.id.serial == 0);
    }
}
