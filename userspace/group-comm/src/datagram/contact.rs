// SPDX-License-Identifier: GPL-2.0-only

//! Contact: what this node knows of another by its datagrams: its session, and whether it is to be reckoned with.

use super::seal::Header;
use super::session::{Session, Window};
use super::timing::Timing;

/// The longest pause before a node that went is reckoned with again, in ms.
const LONGEST: u64 = 60_000;
/// For so long a challenge may be answered, in ms.
const VALID: u64 = 1000;
/// So many pauses without a loss, and all before is forgotten.
const FORGIVEN: u64 = 10;

/// What a datagram is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// The first of its kind from the session that is known.
    New,
    /// It came before, a moment ago: by another network.
    Again,
    /// It is too old for the window.
    Old,
    /// Of another session, which is to be challenged.
    Unknown,
}

/// A challenge that was sent.
#[derive(Clone, Copy, Debug)]
struct Challenge {
    /// To whom it was sent last.
    session: Session,
    number: u64,
    /// Since when by this number, and when last.
    since: u64,
    at: u64,
}

/// Another node.
#[derive(Clone, Debug, Default)]
pub struct Contact {
    session: Option<(Session, Window)>,
    /// The last one that was known.
    last: Option<Session>,
    /// When something new came of whatever session, be it one that has not responded.
    heard: Option<u64>,
    challenge: Option<Challenge>,
    /// When something of the session came last, and since when it has come without a gap; none if it does not.
    last_received: Option<u64>,
    received_since: u64,
    /// Since when it is reckoned with.
    reached: Option<u64>,
    losses: u32,
    /// The session has never been reckoned with.
    is_new: bool,
}

impl Contact {
    /// A datagram that is sealed came.
    pub fn arrival(&mut self, now: u64, header: &Header) -> Arrival {
        match &mut self.session {
            Some((session, window)) if *session == header.session => {
                if !window.spans(header.counter) {
                    return Arrival::Old;
                }
                if !window.take(header.counter) {
                    return Arrival::Again;
                }
                self.received(now);
                self.heard = Some(now);
                Arrival::New
            }
            _ => {
                self.heard = Some(now);
                Arrival::Unknown
            }
        }
    }

    /// The number to challenge an unknown session by, if that is due: this one, which is new, or the one of a moment ago.
    /// Whoever replays datagrams must not make a response come too late. A session is challenged again after `again` ms.
    pub fn challenge(&mut self, now: u64, session: Session, new: u64, again: u64) -> Option<u64> {
        let last = self.challenge;
        let is_due =
            last.is_none_or(|last| last.session != session || last.at.saturating_add(again) <= now);
        let kept = last.filter(|last| last.since.saturating_add(VALID) > now);
        let (number, since) = kept.map_or((new, now), |last| (last.number, last.since));
        is_due.then(|| {
            self.challenge = Some(Challenge {
                session,
                number,
                since,
                at: now,
            });
            number
        })
    }

    /// A response came in this datagram. Whether the session is the node's from here on.
    pub fn response(&mut self, now: u64, header: &Header, number: u64, timing: &Timing) -> bool {
        let fits = self
            .challenge
            .is_some_and(|challenge| challenge.number == number);
        if fits {
            self.leave(now, timing);
            self.challenge = None;
            self.session = Some((header.session, Window::after(header.counter)));
            self.last = Some(header.session);
            self.is_new = true;
            self.received(now);
        }
        fits
    }

    fn received(&mut self, now: u64) {
        if self.last_received.is_none() {
            self.received_since = now;
        }
        self.last_received = Some(now);
    }

    /// This node stood still for so long: what it did not receive meanwhile is no silence.
    pub fn excuse(&mut self, now: u64, late: u64) {
        self.last_received = self
            .last_received
            .map(|last| last.saturating_add(late).min(now));
    }

    /// The session ended.
    pub fn leave(&mut self, now: u64, timing: &Timing) {
        self.session = None;
        self.lose(now, timing);
    }

    fn lose(&mut self, now: u64, timing: &Timing) {
        self.last_received = None;
        if let Some(since) = self.reached.take() {
            let pause = self.pause(timing).max(timing.patience);
            let quiet = pause.saturating_mul(FORGIVEN);
            if since.saturating_add(quiet) <= now {
                self.losses = 0;
            }
            self.losses = self.losses.saturating_add(1);
        }
    }

    /// Judges at this time, once all that has come is taken. `is_wanted`: there is no quorum without it, so that it need
    /// not prove itself. Whether it was lost.
    pub fn look(&mut self, now: u64, timing: &Timing, is_wanted: bool) -> bool {
        let Some(last) = self.last_received else {
            return false;
        };
        if last.saturating_add(timing.patience) <= now {
            self.lose(now, timing);
            return true;
        }
        if self.reached.is_none() && self.reached_at(timing, is_wanted) <= now {
            self.reached = Some(now);
            self.is_new = false;
        }
        false
    }

    fn reached_at(&self, timing: &Timing, is_wanted: bool) -> u64 {
        let beats = if self.is_new { 2 } else { 1 };
        let least = timing.beat.saturating_mul(beats);
        let pause = if is_wanted { 0 } else { self.pause(timing) };
        self.received_since.saturating_add(pause.max(least))
    }

    /// How long datagrams have to come: twice as long after each loss, but not after the first: a node that stood still for a
    /// moment is to be back before its lease is over.
    fn pause(&self, timing: &Timing) -> u64 {
        match self.losses.checked_sub(2) {
            None => 0,
            Some(doublings) => timing
                .patience
                .saturating_mul(1u64.checked_shl(doublings).unwrap_or(u64::MAX))
                .min(LONGEST),
        }
    }

    /// Until when it is not reckoned with though datagrams come, as it came and went; while there is a quorum without it.
    pub fn held_until(&self, timing: &Timing) -> Option<u64> {
        let is_heard = self.last_received.is_some() && self.reached.is_none();
        let pause = Some(self.pause(timing)).filter(|pause| is_heard && *pause > 0);
        pause.map(|pause| self.received_since.saturating_add(pause))
    }

    /// When [`Contact::look`] will find something new.
    pub fn wake_at(&self, timing: &Timing, is_wanted: bool) -> Option<u64> {
        let lost_at = self.last_received?.saturating_add(timing.patience);
        Some(match self.reached {
            Some(_) => lost_at,
            None => lost_at.min(self.reached_at(timing, is_wanted)),
        })
    }

    /// Whether something came of it a moment ago.
    pub fn is_heard(&self, now: u64, timing: &Timing) -> bool {
        self.heard
            .is_some_and(|heard| heard.saturating_add(timing.patience) > now)
    }

    /// The last session that was known, whether it lasts or not.
    pub fn last_session(&self) -> Option<Session> {
        self.last
    }

    /// Its session, if that is known.
    pub fn session(&self) -> Option<Session> {
        self.session.as_ref().map(|(session, _)| *session)
    }

    /// Its session, if it is reckoned with.
    pub fn reached(&self) -> Option<Session> {
        self.reached.and_then(|_| self.session())
    }
}

#[cfg(test)]
mod tests;
