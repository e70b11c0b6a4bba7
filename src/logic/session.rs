// SPDX-License-Identifier: GPL-2.0-only

//! Sessions: replay protection of nodes' messages, where they share a key.
//!
//! A message's tag shows that who has the key made it. That it was made just now shows its *stamp*: a
//! session, a random number that a node takes when it begins, and a counter that grows with each message.
//! A node knows one session of each other node and the highest counter in it; what is not above that is a
//! replay. A session that it does not know proves nothing: it may be one of a year ago. Then the node
//! sends a *challenge*, a random number, and believes the session once a message in it has repeated that
//! number. Nonces change each second and count for two, and each serves for one session of a node at most,
//! so a message is never accepted a second time, across reboots, changes of key and of master.
//!
//! All memory is a slot for each rank. Of challenges by one rank a node answers one each second, drawn by
//! lot: who repeats old ones can delay that a node is believed, but not keep it out.

use super::announcement::{
    answer,
    rank,
    Body,
    Stamp,
    ANSWERS,
    CHALLENGED, //
};
use core::ops::DerefMut;

/// What is to become of a message whose tag is right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Belief {
    /// It is its sender's, and new.
    Taken,
    /// It is not new.
    Replayed,
    /// Its sender has not proven yet that it is there.
    Unproven,
}

/// A number to be repeated, and which it is; none with number 0.
#[derive(Clone, Copy, Default, Debug)]
struct Nonce {
    value: u64,
    number: u64,
}

/// What is kept of another node.
#[derive(Clone, Copy, Default, Debug)]
pub struct Slot {
    /// Its session, and the highest counter in it.
    known: Option<Stamp>,
    /// The highest counter among its flood probes, which go by another network.
    flood_probe: u64,
    /// The number of the nonce that its session was proven by.
    proven: u64,
    /// It has sent something in a session that is not known.
    is_strange: bool,
    /// What it wants to have repeated, drawn from so many challenges.
    asked: Option<u64>,
    challenges: u32,
}

/// A node's own session, and those of the others.
#[derive(Debug)]
pub struct Sessions<S> {
    slots: S,
    rank: u32,
    mine: Stamp,
    now: Nonce,
    before: Nonce,
    /// Draws lots.
    lot: u64,
}

/// Leads from one lot to another one.
const STEP: u64 = 6_364_136_223_846_793_005;

impl<S: DerefMut<Target = [Slot]>> Sessions<S> {
    /// Of node `rank`, with two random numbers and a slot for each rank.
    pub fn new(rank: u32, session: u64, nonce: u64, slots: S) -> Self {
        Self {
            slots,
            rank,
            mine: Stamp {
                session,
                counter: 0,
            },
            now: Nonce {
                value: nonce,
                number: 1,
            },
            before: Nonce::default(),
            lot: session.wrapping_add(nonce),
        }
    }

    /// The next message's stamp.
    pub fn stamp(&mut self) -> Stamp {
        self.mine.counter = self.mine.counter.saturating_add(1);
        self.mine
    }

    /// A second has passed: challenges are made with this random number from now on.
    pub fn tick(&mut self, nonce: u64) {
        self.lot = self.lot.wrapping_mul(STEP).wrapping_add(nonce);
        self.before = self.now;
        self.now = Nonce {
            value: nonce,
            number: self.now.number.saturating_add(1),
        };
    }

    /// Node `from` has sent this; its tag is right.
    pub fn receive(&mut self, from: u32, stamp: Stamp, body: &Body<'_>) -> Belief {
        let (mine, nonces) = (self.rank, [self.now, self.before]);
        let Some(slot) = self.slots.get_mut(from as usize) else {
            return Belief::Unproven;
        };
        let belief = match slot.known {
            Some(known) if known.session == stamp.session => match body {
                Body::FloodProbe => slot.flood_probe(known, stamp.counter),
                _ => slot.count(stamp),
            },
            _ => slot.prove(stamp, body, mine, nonces),
        };
        if let Body::Challenge(challenge) = body {
            // A session is not proven before somebody begins to answer.
            if belief != Belief::Replayed && challenge.is_for(mine) {
                self.lot = self.lot.wrapping_mul(STEP).wrapping_add(1);
                slot.ask(challenge.nonce, (self.lot >> 32) as u32);
            }
        }
        belief
    }

    /// Takes those who are to prove that they are there; up to `CHALLENGED` at a time.
    pub fn challenge(&mut self, ranks: &mut [[u8; 4]; CHALLENGED]) -> (u64, usize) {
        let strange = (0..u32::MAX).zip(self.slots.iter_mut());
        let strange = strange.filter(|(_, slot)| slot.is_strange);
        let mut count = 0usize;
        for ((from, slot), to) in strange.zip(ranks) {
            slot.is_strange = false;
            *to = rank(from);
            count = count.saturating_add(1);
        }
        (self.now.value, count)
    }

    /// Takes what there is to repeat; up to `ANSWERS` at a time.
    pub fn answers(&mut self, answers: &mut [[u8; 12]; ANSWERS]) -> usize {
        let asked = (0..u32::MAX).zip(self.slots.iter_mut());
        let asked = asked.filter(|(_, slot)| slot.asked.is_some());
        let mut count = 0usize;
        for ((to, slot), bytes) in asked.zip(answers) {
            let nonce = slot.asked.take().unwrap_or_default();
            slot.challenges = 0;
            *bytes = answer(to, nonce);
            count = count.saturating_add(1);
        }
        count
    }
}

impl Slot {
    /// It wants this repeated: each of a second's challenges is as likely to be the one.
    fn ask(&mut self, nonce: u64, lot: u32) {
        self.challenges = self.challenges.saturating_add(1);
        if lot.checked_rem(self.challenges) == Some(0) {
            self.asked = Some(nonce);
        }
    }

    /// A message in the session that is known.
    fn count(&mut self, stamp: Stamp) -> Belief {
        match self.known {
            Some(known) if stamp.counter > known.counter => {
                self.known = Some(stamp);
                Belief::Taken
            }
            _ => Belief::Replayed,
        }
    }

    /// A flood probe: it follows the hello of its second, by a network where others listen. One that is
    /// older than what is known by the other network was kept back.
    fn flood_probe(&mut self, known: Stamp, counter: u64) -> Belief {
        if counter <= self.flood_probe || counter <= known.counter {
            return Belief::Replayed;
        }
        self.flood_probe = counter;
        Belief::Taken
    }

    /// A message in another session.
    fn prove(&mut self, stamp: Stamp, body: &Body<'_>, mine: u32, nonces: [Nonce; 2]) -> Belief {
        let number = match body {
            Body::Response(response) => response
                .nonces(mine)
                .find_map(|repeated| nonces.iter().find(|nonce| nonce.value == repeated))
                .map_or(0, |nonce| nonce.number),
            // Where it comes from there are strangers.
            Body::FloodProbe => return Belief::Unproven,
            _ => 0,
        };
        if number <= self.proven {
            self.is_strange = true;
            return Belief::Unproven;
        }
        *self = Self {
            known: Some(stamp),
            flood_probe: stamp.counter,
            proven: number,
            is_strange: false,
            ..*self
        };
        Belief::Taken
    }
}

#[cfg(test)]
#[path = "tests/session.rs"]
mod tests;
