// SPDX-License-Identifier: GPL-2.0-only

//! Reconfiguration: how all of a group change over to another electorate together.

#[cfg(test)]
use super::tests;
use super::{Formation, Member, Places};
use crate::datagram::votes::Votes;

impl Formation {
    /// This node is ready for the electorate of this number, where the nodes of now have these votes and so many make a quorum; 0: for
    /// none but its own.
    pub fn prepare(&mut self, next: u64, votes: Votes, quorum: u32) {
        (self.next, self.is_agreed) = (next, false);
        self.there = Places::NONE;
        // They are to have a quorum afterwards, too, whether a new node is there or not. Where all of them have none they cannot.
        self.least = quorum.min(votes.all());
        self.next_votes = votes;
    }

    /// Whether to reconfigure: all of a group with a quorum are ready for the next electorate, or a node that found them so has
    /// reconfigured.
    pub fn is_to_reconfigure(&self) -> bool {
        let mut others = self.members.iter().filter(|member| **member != self.me);
        let is_ready = |member: &Member| {
            let report = self.report(member.place);
            report.is_some_and(|report| report.alive.next == self.next)
        };
        let here: Places = self.members.iter().map(|member| member.place).collect();
        let can_agree = self.has_quorum() && self.next_votes.of(here.or(self.there)) >= self.least;
        let is_to = self.next != 0 && (self.is_agreed || can_agree && others.all(is_ready));
        #[cfg(test)]
        let is_to = tests::is_to_reconfigure(self, is_to);
        is_to
    }

    /// The next electorate counts, in which this node is that member among nodes with these votes. No ring of before is entered again.
    pub fn reconfigure(&mut self, now: u64, me: Member, votes: Votes) {
        let fresh = Formation::new(me, votes, self.next, self.timing);
        *self = Formation {
            before: self.electorate,
            #[cfg(not(test))]
            ring: self.ring,
            highest: self.highest,
            entered: now,
            broken: true,
            #[cfg(test)]
            ring: tests::kept(self),
            #[cfg(test)]
            fault: self.fault,
            ..fresh
        };
    }
}
