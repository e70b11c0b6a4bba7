// SPDX-License-Identifier: GPL-2.0-only

//! Reachability: whom each node hears on the clients' interface, and whether this one is cut off there though the link is up.
//! No I/O, no clock but the time it is given.
//!
//! Two nodes are connected there if each hears the other; what others hear comes with their heartbeats, by whatever
//! network. A node is cut off if more nodes are connected with each other than it is connected with, itself included. So
//! nobody of the largest part is ever cut off, nobody is where no two are connected (two nodes, or a switch that passes
//! no multicast), and of two parts as large nobody knows on which side the clients are. Nor is a node that others hear and to
//! which frames come: a switch or a filter keeps datagrams from it, and not its clients' requests.

use super::places::{MOST, Places};

/// What a node heard there by its last heartbeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Report {
    /// The number of the datagram.
    counter: u64,
    hears: Places,
}

/// What this node knows of it.
#[derive(Clone, Debug)]
pub struct Reachability {
    me: u8,
    /// Silence after which a node is not heard, and for how long a judgement is not made.
    patience: u64,
    /// This machine can send and receive there, as far as it knows.
    works: bool,
    /// By place: when something came directly, by this interface.
    heard: [Option<u64>; MOST],
    reports: [Option<Report>; MOST],
    /// When frames came, whoever sent them.
    frames: Option<u64>,
    hears: Places,
    /// It is in a smaller part, though others hear it.
    is_deaf: bool,
    is_cut_off: bool,
    /// Since when it looks as if that were otherwise.
    otherwise: Option<u64>,
}

impl Reachability {
    /// Of the node at this place.
    pub fn new(me: u8, patience: u64) -> Reachability {
        Reachability {
            me,
            patience,
            works: false,
            heard: [None; MOST],
            reports: [None; MOST],
            frames: None,
            hears: Places::NONE,
            is_deaf: false,
            is_cut_off: false,
            otherwise: None,
        }
    }

    /// The same in another electorate, where places are others, this node's as well: all is to be heard anew.
    pub fn moved(&self, me: u8) -> Reachability {
        Reachability {
            works: self.works,
            is_cut_off: self.is_cut_off,
            ..Reachability::new(me, self.patience)
        }
    }

    /// Whether this machine can send and receive there. While it knows that it cannot, nothing follows from what it hears.
    pub fn set_works(&mut self, works: bool) {
        self.works = works;
    }

    /// Something of a node came there. Whether it was not heard before.
    pub fn heard(&mut self, now: u64, place: u8) -> bool {
        if let Some(heard) = self.heard.get_mut(usize::from(place)) {
            *heard = Some(now);
        }
        !self.hears.has(place)
    }

    /// Frames came in there.
    pub fn frames_came(&mut self, now: u64) {
        self.frames = Some(now);
    }

    /// Whom a node hears, by the datagram of this number.
    pub fn report(&mut self, place: u8, counter: u64, hears: Places) {
        if let Some(report) = self.reports.get_mut(usize::from(place)) {
            if report.is_none_or(|last| last.counter < counter) {
                *report = Some(Report { counter, hears });
            }
        }
    }

    /// A node was lost, or is another session.
    pub fn forget(&mut self, place: u8) {
        if let Some(report) = self.reports.get_mut(usize::from(place)) {
            *report = None;
        }
    }

    /// This node stood still for so long: that is no silence of others, and nothing that lasted.
    pub fn excuse(&mut self, now: u64, late: u64) {
        let later = |at: u64| at.saturating_add(late).min(now);
        self.heard
            .iter_mut()
            .for_each(|heard| *heard = heard.map(later));
        self.frames = self.frames.map(later);
        self.otherwise = self.otherwise.map(later);
    }

    /// Judges at this time, these being the group. What is new: whether this node is cut off.
    pub fn look(&mut self, now: u64, members: Places) -> Option<bool> {
        let patience = self.patience;
        let is_recent = |at: Option<u64>| at.is_some_and(|at| at.saturating_add(patience) > now);
        let heard = (0u8..).zip(self.heard).filter(|(_, at)| is_recent(*at));
        self.hears = match self.works {
            true => heard.map(|(place, _)| place).collect(),
            false => Places::NONE,
        };
        let is_out = self.works && is_smaller_part(self.me, members, |p| self.heard_by(p));
        let is_heard = members.iter().any(|p| self.heard_by(p).has(self.me));
        self.is_deaf = is_out && is_heard;
        let looks_so = is_out && !(is_heard && is_recent(self.frames));
        if looks_so == self.is_cut_off {
            self.otherwise = None;
            return None;
        }
        let since = *self.otherwise.get_or_insert(now);
        if since.saturating_add(patience) > now {
            return None;
        }
        self.otherwise = None;
        self.is_cut_off = looks_so;
        Some(looks_so)
    }

    /// When [`Reachability::look`] may find something new though nothing came.
    pub fn wake_at(&self) -> Option<u64> {
        let at = |place: u8| self.heard.get(usize::from(place)).copied().flatten();
        let all = self.hears.iter().filter_map(at).chain(self.otherwise);
        all.map(|at| at.saturating_add(self.patience)).min()
    }

    /// Whom this node hears, for its heartbeat.
    pub fn hears(&self) -> Places {
        self.hears
    }

    /// Whether it matters if frames come in there.
    pub fn is_deaf(&self) -> bool {
        self.is_deaf
    }

    /// Whether this node is cut off.
    pub fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    fn heard_by(&self, place: u8) -> Places {
        if place == self.me {
            return self.hears;
        }
        let report = self.reports.get(usize::from(place)).copied().flatten();
        report.map_or(Places::NONE, |report| report.hears)
    }
}

/// Whether `members` have a part of connected nodes that is larger than that of `me`.
fn is_smaller_part(me: u8, members: Places, hears: impl Fn(u8) -> Places) -> bool {
    let own = part(me, members, &hears).len();
    members
        .iter()
        .any(|place| part(place, members, &hears).len() > own)
}

/// The nodes with which one is connected, directly or by others, and itself.
fn part(of: u8, members: Places, hears: &impl Fn(u8) -> Places) -> Places {
    let (mut part, mut left) = (Places::NONE.with(of), vec![of]);
    while let Some(one) = left.pop() {
        for other in hears(one).and(members).iter() {
            if !part.has(other) && hears(other).has(one) {
                part = part.with(other);
                left.push(other);
            }
        }
    }
    part
}

#[cfg(test)]
mod tests;
