// SPDX-License-Identifier: GPL-2.0-only

//! Formation: which group this node is in. No I/O, no clock but the time it is given.
//!
//! Heartbeats have whom their sender reaches, with whom it wants a group, and in which ring it is. The set it wants
//! is the best in which all reach each other. The lowest of that set proposes a ring of it, and is in that ring; the others
//! enter it once they want the same set. A ring's number is never used twice, and nobody enters one that is not above its
//! own: so a ring has one list of members, and none of them is in it twice.

use std::collections::BTreeMap;

use super::places::{MOST, Places};
use super::session::Session;
use super::timing::Timing;
use super::votes::Votes;
use super::wire::{Alive, Member, Proposal};

/// Bits of a ring's number that tell rings of different proposers with the same epoch from each other.
const TAG: u32 = 32;
/// Up to this ring others' word is taken of what rings there are, and up to that one they are entered: so much is left that this node's
/// own never come to their end.
const CLAIMED: u64 = 0xffff_0000 << TAG;
const OFFERED: u64 = 0xffff_8000 << TAG;

/// The last heartbeat of another node.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Report {
    /// The number of the datagram.
    counter: u64,
    alive: Alive,
    /// Since when it has wanted a group without this node.
    lacks_me: Option<u64>,
}

/// A ring of this node's own that not all members are in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Proposed {
    proposal: Proposal,
    sent: Option<u64>,
}

/// What one node knows of groups.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Formation {
    me: Member,
    electorate: u64,
    votes: Votes,
    /// The one that this node is ready for, and the one that it has come from; 0 if there is none.
    next: u64,
    before: u64,
    /// The votes that the nodes have in the next one, and so many of these have to be ready for it.
    next_votes: Votes,
    least: u32,
    /// Nodes that go by it already, as they were started with it.
    there: Places,
    /// A node has reconfigured for the next one.
    is_agreed: bool,
    timing: Timing,
    ring: u64,
    members: Vec<Member>,
    /// Nodes that were confirmed dead, each with the last session of it that was known.
    dead: BTreeMap<u8, Option<Session>>,
    /// When it was entered.
    entered: u64,
    /// The ring is to be formed anew: something of it was lost.
    broken: bool,
    highest: u64,
    reach: Vec<Option<Session>>,
    reports: Vec<Option<Report>>,
    offers: Vec<Option<Proposal>>,
    wanted: Vec<Member>,
    wanted_since: u64,
    /// Since when members are in different rings.
    apart: Option<u64>,
    proposed: Option<Proposed>,
    /// When time alone changes something.
    wake: Option<u64>,
    #[cfg(test)]
    fault: Option<tests::Fault>,
}

impl Formation {
    /// Of a node among those that have these votes, with the number that distinguishes this electorate from others.
    pub fn new(me: Member, votes: Votes, electorate: u64, timing: Timing) -> Formation {
        let nodes = votes.places();
        Formation {
            me,
            electorate,
            votes,
            next: 0,
            before: 0,
            next_votes: Votes::default(),
            least: 0,
            there: Places::NONE,
            is_agreed: false,
            timing,
            ring: 0,
            members: Vec::new(),
            dead: BTreeMap::new(),
            entered: 0,
            broken: false,
            highest: 0,
            reach: vec![None; nodes],
            reports: vec![None; nodes],
            offers: vec![None; nodes],
            wanted: Vec::new(),
            wanted_since: 0,
            apart: None,
            proposed: None,
            wake: None,
            #[cfg(test)]
            fault: None,
        }
    }

    /// The ring that this node is in.
    pub fn ring(&self) -> u64 {
        self.ring
    }

    /// Its members, in order of places.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Something of this ring was lost: it is to be formed anew.
    pub fn break_up(&mut self) {
        self.broken = true;
    }

    /// Whether it is to be.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether the group is the wanted one, and all are in it as far as their heartbeats show.
    pub fn is_settled(&self) -> bool {
        self.wanted == self.members && self.apart.is_none() && !self.broken
    }

    /// A heartbeat of a session that is known came, in the datagram of this number.
    pub fn alive(&mut self, now: u64, from: u8, counter: u64, alive: Alive) {
        if alive.electorate != self.electorate {
            self.is_agreed |= (alive.electorate, alive.before) == (self.next, self.electorate);
            if alive.electorate == self.next {
                self.there = self.there.with(from);
            }
            return;
        }
        self.there = self.there.without(from);
        let Some(report) = self.reports.get_mut(usize::from(from)) else {
            return;
        };
        let (is_late, lacked_me) = report.as_ref().map_or((false, None), |report| {
            (counter <= report.counter, report.lacks_me)
        });
        if is_late {
            return;
        }
        let lacks_me = (!alive.wanted.has(self.me.place)).then(|| lacked_me.unwrap_or(now));
        let highest = alive.highest.max(alive.ring);
        *report = Some(Report {
            counter,
            alive,
            lacks_me,
        });
        self.know_of(highest.min(CLAIMED));
    }

    /// A proposal of a session that is known came.
    pub fn offer(&mut self, from: u8, proposal: Proposal) {
        let lowest = proposal.members.first().map(|member| member.place);
        let is_for_me = lowest == Some(from) && proposal.members.contains(&self.me);
        if !is_for_me || proposal.ring > OFFERED {
            return;
        }
        self.know_of(proposal.ring);
        if let Some(offer) = self.offers.get_mut(usize::from(from)) {
            let is_later = offer.as_ref().is_none_or(|old| old.ring < proposal.ring);
            if is_later {
                *offer = Some(proposal);
            }
        }
    }

    /// A node was lost, or is another session: its heartbeats count no more.
    pub fn forget(&mut self, place: u8) {
        self.there = self.there.without(place);
        let place = usize::from(place);
        if let Some(report) = self.reports.get_mut(place) {
            *report = None;
        }
        if let Some(offer) = self.offers.get_mut(place) {
            *offer = None;
        }
    }

    fn know_of(&mut self, ring: u64) {
        self.highest = self.highest.max(ring);
    }

    /// The heartbeat of now, without whom this node hears on the clients' interface.
    pub fn heartbeat(&self) -> Alive {
        let reached = (0u8..).zip(&self.reach);
        let reached = reached.filter_map(|(place, session)| {
            let session = (*session)?;
            Some(Member { place, session })
        });
        Alive {
            electorate: self.electorate,
            next: self.next,
            before: self.before,
            ring: if self.broken { 0 } else { self.ring },
            highest: self.highest,
            wanted: self.wanted.iter().map(|member| member.place).collect(),
            hears: Places::NONE,
            reaches: reached.collect(),
        }
    }

    /// The proposal to send, if that is due: until all of its members are in its ring, or it is not wanted any more.
    pub fn proposal(&mut self, now: u64) -> Option<Proposal> {
        let again = self.timing.again();
        let proposed = self.proposed.as_mut()?;
        let is_due = proposed
            .sent
            .is_none_or(|sent| sent.saturating_add(again) <= now);
        is_due.then(|| {
            proposed.sent = Some(now);
            proposed.proposal.clone()
        })
    }

    /// When time alone changes something.
    pub fn wake_at(&self) -> Option<u64> {
        let resend = self.proposed.as_ref().map(|proposed| {
            proposed
                .sent
                .map_or(0, |sent| sent.saturating_add(self.timing.again()))
        });
        self.wake.into_iter().chain(resend).min()
    }

    /// Looks at all there is, and at whom this node reaches. Whether it has entered another ring.
    pub fn look(&mut self, now: u64, reach: Vec<Option<Session>>) -> bool {
        self.wake = None;
        self.reach = reach;
        let places = self.find_wanted(now);
        let wanted: Vec<Member> = places.iter().filter_map(|p| self.member(p)).collect();
        if wanted != self.wanted {
            self.wanted = wanted;
            self.wanted_since = now;
        }
        self.compare_rings(now);
        let lowest = self.wanted.first().map(|member| member.place);
        if lowest == Some(self.me.place) {
            self.propose(now)
        } else {
            self.follow(now, lowest)
        }
    }

    fn wake_by(&mut self, at: u64) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    fn member(&self, place: u8) -> Option<Member> {
        if place == self.me.place {
            return Some(self.me);
        }
        let session = self.reach.get(usize::from(place)).copied()??;
        Some(Member { place, session })
    }

    fn report(&self, place: u8) -> Option<&Report> {
        self.reports.get(usize::from(place))?.as_ref()
    }

    /// Whether a node reaches another, by its last heartbeat.
    fn reports_to_reach(&self, from: u8, to: u8) -> bool {
        let Some(to) = self.member(to) else {
            return false;
        };
        from == self.me.place
            || self
                .report(from)
                .is_some_and(|report| report.alive.reaches.contains(&to))
    }

    fn know_each_other(&self, one: u8, other: u8) -> bool {
        one != other && self.reports_to_reach(one, other) && self.reports_to_reach(other, one)
    }

    /// The best set with this node. Who has long wanted a better one without it would not agree to it.
    fn find_wanted(&mut self, now: u64) -> Places {
        let all: Places = (0u8..)
            .zip(&self.reach)
            .filter_map(|(place, session)| session.map(|_| place))
            .collect();
        let all = all.with(self.me.place);
        let mut known = [Places::NONE; MOST];
        for one in all.iter() {
            if let Some(known) = known.get_mut(usize::from(one)) {
                let others = all.iter().filter(|p| self.know_each_other(one, *p));
                *known = others.collect();
            }
        }
        let knows = |place: u8| known.get(usize::from(place)).copied().unwrap_or_default();
        let mut among = all;
        loop {
            let best = self.votes.best_clique(self.me.place, among, &knows);
            let (mut next, mut wake) = (among, None);
            for place in best.without(self.me.place).iter() {
                let Some(Report {
                    alive,
                    lacks_me: Some(since),
                    ..
                }) = self.report(place)
                else {
                    continue;
                };
                let until = since.saturating_add(self.timing.patience);
                if !self.votes.prefer(alive.wanted, best) {
                    continue;
                }
                if until <= now {
                    next = next.without(place);
                } else {
                    wake = Some(wake.map_or(until, |wake: u64| wake.min(until)));
                }
            }
            if next == among {
                wake.into_iter().for_each(|wake| self.wake_by(wake));
                return best;
            }
            among = next;
        }
    }

    fn compare_rings(&mut self, now: u64) {
        let ring = self.ring;
        let is_in =
            |report: Option<&Report>| report.is_some_and(|report| report.alive.ring == ring);
        let others = self.members.iter().filter(|member| **member != self.me);
        let all_in = others
            .clone()
            .all(|member| is_in(self.report(member.place)));
        self.apart = (!all_in).then(|| self.apart.unwrap_or(now));
        let is_over = self.proposed.as_ref().is_some_and(|p| {
            all_in || p.proposal.ring != ring || p.proposal.members != self.wanted
        });
        if is_over {
            self.proposed = None;
        }
    }

    /// Whether the group has a majority of all votes, with those that are confirmed dead.
    pub fn has_quorum(&self) -> bool {
        self.is_quorum(&self.members)
    }

    /// Whether these are.
    fn is_quorum(&self, members: &[Member]) -> bool {
        let there: Places = members.iter().map(|member| member.place).collect();
        let counted = self.dead.keys().fold(there, |all, dead| all.with(*dead));
        self.votes.are_quorum(counted)
    }

    /// When a ring of the wanted set is due, which is not that of now. If it only grows, others may be about to come, too.
    fn change_at(&self, now: u64) -> u64 {
        if self.members.is_empty() {
            // Those who reconfigure find each other soon.
            let pause = self.timing.beat.saturating_mul(2);
            return match self.broken && self.wanted.len() < self.reports.len() {
                true => self.entered.saturating_add(pause),
                false => now,
            };
        }
        let grows = self.members.iter().all(|m| self.wanted.contains(m));
        if !grows {
            return now;
        }
        let misses_some = self.wanted.len() < self.reports.len();
        let gets_quorum = !self.has_quorum() && self.is_quorum(&self.wanted);
        // It will take over what the missing have, whose connections would last if they were in it.
        let pause = match gets_quorum && misses_some {
            true => self.timing.patience,
            false => self.timing.beat,
        };
        self.wanted_since.saturating_add(pause)
    }

    /// As the lowest of the wanted set: proposes a ring, if that is due.
    fn propose(&mut self, now: u64) -> bool {
        let due = if self.wanted != self.members {
            self.change_at(now)
        } else if self.broken {
            self.entered.saturating_add(self.timing.patience)
        } else if let Some(since) = self.apart {
            since.max(self.entered).saturating_add(self.timing.patience)
        } else {
            return false;
        };
        if due > now {
            self.wake_by(due);
            return false;
        }
        let proposal = Proposal {
            ring: self.next_ring(),
            members: self.wanted.clone(),
        };
        // There are no more; a number that was used would be worse than no group.
        if proposal.ring <= self.ring {
            return false;
        }
        self.enter(now, &proposal);
        self.proposed = Some(Proposed {
            proposal,
            sent: None,
        });
        true
    }

    /// A number that no ring has: above all that are known, and no other proposer's, nor another run's.
    fn next_ring(&self) -> u64 {
        let [a, b, c, ..] = self.me.session.0;
        let tag = u32::from_be_bytes([self.me.place, a, b, c]);
        let epoch = (self.highest >> TAG).saturating_add(1).min(u64::MAX >> TAG);
        #[cfg(test)]
        let tag = tests::tag(self, tag);
        (epoch << TAG) | u64::from(tag)
    }

    /// Enters the ring that the lowest has proposed, if it is of the wanted set.
    fn follow(&mut self, now: u64, lowest: Option<u8>) -> bool {
        let offer = lowest.and_then(|place| self.offers.get(usize::from(place))?.as_ref());
        let fits = |offer: &&Proposal| offer.ring > self.ring && offer.members == self.wanted;
        #[cfg(test)]
        let fits = |offer: &&Proposal| tests::fits(self, offer, fits(offer));
        let Some(offer) = offer.filter(fits).cloned() else {
            return false;
        };
        self.enter(now, &offer);
        self.proposed = None;
        true
    }

    fn enter(&mut self, now: u64, proposal: &Proposal) {
        self.ring = proposal.ring;
        self.know_of(proposal.ring);
        self.members.clone_from(&proposal.members);
        self.end_confirmations();
        self.entered = now;
        self.broken = false;
        self.apart = None;
    }
}

mod dead;
mod reconfigure;
#[cfg(test)]
mod tests;
