// SPDX-License-Identifier: GPL-2.0-only

//! Contact: what this node knows of another by its datagrams: its session, and whether it is to be reckoned with.

use super::seal::Header;
use super::session::{Session, Window};
use super::timing::Timing;

/// The longest pause before a node that went is reckoned with again, in ms.
const LONGEST: u64 = 60_000;
/// For so long a question may be answered, in ms.
const VALID: u64 = 1000;
/// So many pauses without a loss, and all before is forgotten.
const FORGIVEN: u64 = 10;

/// What a datagram is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// The first of its kind from the session that is known.
    New,
    /// It came before, or is too old to tell.
    Old,
    /// Of another session, which is to be asked whether it is one of now.
    Stranger,
}

/// A question that was asked.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// Who was asked last.
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
    asked: Option<Asked>,
    /// When something of the session came last, and since when it has come without a gap; none if it does not.
    heard: Option<u64>,
    heard_since: u64,
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
                if !window.take(header.counter) {
                    return Arrival::Old;
                }
                self.hear(now);
                Arrival::New
            }
            _ => Arrival::Stranger,
        }
    }

    /// By which number to ask a session that is not known, if it is to be asked now: by this one, which is new, or the one of
    /// a moment ago. Whoever says again what others have said must not make an answer come too late. A session is asked
    /// again after `again` ms.
    pub fn ask(&mut self, now: u64, session: Session, new: u64, again: u64) -> Option<u64> {
        let last = self.asked;
        let is_due =
            last.is_none_or(|last| last.session != session || last.at.saturating_add(again) <= now);
        let kept = last.filter(|last| last.since.saturating_add(VALID) > now);
        let (number, since) = kept.map_or((new, now), |last| (last.number, last.since));
        is_due.then(|| {
            self.asked = Some(Asked {
                session,
                number,
                since,
                at: now,
            });
            number
        })
    }

    /// A question was answered by this datagram. Whether the session is the node's from here on.
    pub fn answered(&mut self, now: u64, header: &Header, number: u64, timing: &Timing) -> bool {
        let fits = self.asked.is_some_and(|asked| asked.number == number);
        if fits {
            self.leave(now, timing);
            self.asked = None;
            self.session = Some((header.session, Window::after(header.counter)));
            self.is_new = true;
            self.hear(now);
        }
        fits
    }

    fn hear(&mut self, now: u64) {
        if self.heard.is_none() {
            self.heard_since = now;
        }
        self.heard = Some(now);
    }

    /// This node stood still for so long: what it did not hear meanwhile is no silence.
    pub fn excuse(&mut self, now: u64, late: u64) {
        self.heard = self.heard.map(|heard| heard.saturating_add(late).min(now));
    }

    /// The session ended.
    pub fn leave(&mut self, now: u64, timing: &Timing) {
        self.session = None;
        self.lose(now, timing);
    }

    fn lose(&mut self, now: u64, timing: &Timing) {
        self.heard = None;
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
        let Some(heard) = self.heard else {
            return false;
        };
        if heard.saturating_add(timing.patience) <= now {
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
        self.heard_since.saturating_add(pause.max(least))
    }

    /// How long it has to be heard: twice as long after each loss, but not after the first: a node that stood still for a
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

    /// When [`Contact::look`] will find something new.
    pub fn wake_at(&self, timing: &Timing, is_wanted: bool) -> Option<u64> {
        let lost_at = self.heard?.saturating_add(timing.patience);
        Some(match self.reached {
            Some(_) => lost_at,
            None => lost_at.min(self.reached_at(timing, is_wanted)),
        })
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
mod tests {
    use super::*;

    const TIMING: Timing = Timing {
        beat: 60,
        patience: 200,
    };

    fn header(session: u8, counter: u64) -> Header {
        Header {
            from: 2,
            session: Session([session; 16]),
            counter,
        }
    }

    fn known(now: u64) -> Contact {
        let mut contact = Contact::default();
        assert_eq!(contact.arrival(now, &header(1, 5)), Arrival::Stranger);
        assert_eq!(contact.ask(now, Session([1; 16]), 9, 20), Some(9));
        assert!(contact.answered(now, &header(1, 6), 9, &TIMING));
        contact
    }

    #[test]
    fn a_session_counts_only_once_it_has_answered_the_question_of_now() {
        let mut contact = Contact::default();
        let session = Session([1; 16]);
        assert!(
            !contact.answered(0, &header(1, 6), 1, &TIMING),
            "nobody has asked"
        );
        assert_eq!(contact.ask(0, session, 9, 20), Some(9));
        assert_eq!(
            contact.ask(19, session, 10, 20),
            None,
            "asks once in a while"
        );
        assert!(
            !contact.answered(19, &header(1, 6), 8, &TIMING),
            "an old answer"
        );
        assert!(contact.answered(19, &header(1, 6), 9, &TIMING));
        assert!(!contact.answered(19, &header(1, 7), 9, &TIMING), "once");
        assert_eq!(contact.arrival(20, &header(1, 6)), Arrival::Old);
        assert_eq!(contact.arrival(20, &header(1, 7)), Arrival::New);
        assert_eq!(contact.arrival(20, &header(1, 7)), Arrival::Old);
        assert_eq!(contact.arrival(20, &header(2, 99)), Arrival::Stranger);
    }

    #[test]
    fn what_is_said_again_keeps_no_answer_from_counting() {
        let mut contact = Contact::default();
        let (old, new) = (Session([1; 16]), Session([2; 16]));
        assert_eq!(contact.ask(0, new, 1, 20), Some(1));
        assert_eq!(contact.ask(1, old, 2, 20), Some(1));
        assert!(contact.clone().answered(2, &header(2, 1), 1, &TIMING));
        assert_eq!(contact.ask(999, old, 2, 20), Some(1));
        assert_eq!(contact.ask(1020, old, 2, 20), Some(2));
        assert!(
            !contact.answered(1021, &header(2, 1), 1, &TIMING),
            "too late"
        );
    }

    #[test]
    fn what_was_replayed_keeps_nobody_alive() {
        let mut contact = known(0);
        assert!(!contact.look(120, &TIMING, false));
        assert!(contact.reached().is_some());
        assert_eq!(contact.arrival(150, &header(1, 6)), Arrival::Old);
        assert!(contact.look(200, &TIMING, false));
        assert_eq!(contact.reached(), None);
        assert_eq!(contact.wake_at(&TIMING, false), None);
    }

    /// Hears it each 10 ms, and gives when it is reached.
    fn reached_after(contact: &mut Contact, from: u64, counter: &mut u64, is_wanted: bool) -> u64 {
        for now in (from..from + 100_000).step_by(10) {
            *counter += 1;
            contact.arrival(now, &header(1, *counter));
            contact.look(now, &TIMING, is_wanted);
            if contact.reached().is_some() {
                return now - from;
            }
        }
        panic!("never")
    }

    #[test]
    fn a_node_that_comes_and_goes_is_waited_for_longer_each_time() {
        let (mut contact, mut counter, mut now) = (known(0), 6, 0);
        let mut waits = Vec::new();
        for _ in 0..12 {
            let wait = reached_after(&mut contact, now, &mut counter, false);
            waits.push(wait);
            now += wait + 200;
            assert!(contact.look(now, &TIMING, false), "lost");
            now += 10;
        }
        let pauses = [
            120, 60, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000,
        ];
        assert_eq!(waits, pauses);
        let mut wanted = contact.clone();
        assert_eq!(
            reached_after(&mut wanted, now, &mut counter, true),
            60,
            "no quorum without"
        );
        // It stays for long, and all is forgotten.
        now += reached_after(&mut contact, now, &mut counter, false);
        for _ in 0..6_100 {
            now += 100;
            counter += 1;
            contact.arrival(now, &header(1, counter));
            assert!(!contact.look(now, &TIMING, false));
        }
        now += 200;
        assert!(contact.look(now, &TIMING, false));
        assert_eq!(reached_after(&mut contact, now, &mut counter, false), 60);
    }

    #[test]
    fn another_session_is_a_loss_of_the_one_before() {
        let mut contact = known(0);
        contact.look(120, &TIMING, false);
        assert_eq!(contact.ask(130, Session([2; 16]), 10, 20), Some(10));
        assert_eq!(contact.reached(), Some(Session([1; 16])));
        assert!(contact.answered(131, &header(2, 1), 10, &TIMING));
        assert_eq!(contact.reached(), None);
        contact.look(250, &TIMING, false);
        assert_eq!(contact.reached(), None);
        contact.look(251, &TIMING, false);
        assert_eq!(contact.reached(), Some(Session([2; 16])));
    }
}
