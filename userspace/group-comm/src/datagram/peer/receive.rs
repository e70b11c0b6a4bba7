// SPDX-License-Identifier: GPL-2.0-only

//! Datagrams that come: whom they are from, and what is in them.

use super::Peer;
use crate::datagram::contact::Arrival;
use crate::datagram::seal::Header;
use crate::datagram::wire::{Nonce, Section};

impl Peer {
    pub(super) fn receive(&mut self, now: u64, bytes: &[u8]) {
        self.heard = None;
        let Some((header, sections)) = self.setup.key.open(bytes) else {
            return;
        };
        let place = self.setup.electorate.place(header.from);
        let Some(place) = place.filter(|place| *place != self.place) else {
            return;
        };
        let Some(contact) = self.contact(place) else {
            return;
        };
        let arrival = contact.arrival(now, &header);
        self.heard = Some(header.from);
        if arrival == Arrival::Old {
            return;
        }
        self.is_due = true;
        let mut is_known = arrival == Arrival::New;
        for section in Section::decode_all(sections) {
            match section {
                Section::Question(nonce) => self.asked(&header, nonce),
                Section::Answer(nonce) if !is_known => {
                    is_known = self.answered(now, place, &header, nonce);
                }
                section if is_known => self.take(now, place, header.counter, section),
                _ => {}
            }
        }
        if !is_known {
            self.ask(now, place, &header);
        }
    }

    fn ask(&mut self, now: u64, place: u8, header: &Header) {
        let (number, again) = (self.questions.saturating_add(1), self.setup.timing.again());
        let contact = self.contact(place);
        let by = contact.and_then(|contact| contact.ask(now, header.session, number, again));
        if let Some(number) = by {
            self.questions = self.questions.max(number);
            let nonce = Nonce {
                to: header.from,
                session: header.session,
                number,
            };
            self.urgent.push((header.from, Section::Question(nonce)));
        }
    }

    /// A question, which may come from a session that is not known: both ask at first.
    fn asked(&mut self, header: &Header, nonce: Nonce) {
        let is_mine = (nonce.to, nonce.session) == (self.setup.me, self.setup.session);
        if is_mine && self.urgent.len() < 4 * self.contacts.len() {
            let answer = Nonce {
                to: header.from,
                session: header.session,
                number: nonce.number,
            };
            self.urgent.push((header.from, Section::Answer(answer)));
        }
    }

    fn answered(&mut self, now: u64, place: u8, header: &Header, nonce: Nonce) -> bool {
        let is_mine = (nonce.to, nonce.session) == (self.setup.me, self.setup.session);
        let timing = self.setup.timing;
        let contact = self.contact(place).filter(|_| is_mine);
        let is_new = contact.is_some_and(|c| c.answered(now, header, nonce.number, &timing));
        if is_new {
            self.formation.forget(place);
        }
        is_new
    }

    /// A section of a session that is known.
    fn take(&mut self, now: u64, place: u8, counter: u64, section: Section) {
        match section {
            Section::Alive(alive) => self.formation.alive(now, place, counter, alive),
            Section::Proposal(proposal) => self.formation.offer(place, proposal),
            Section::Acks(acks) => self.streams.acked(self.place, place, &acks),
            Section::Part(part) => {
                let ack_at = now.saturating_add(self.setup.timing.ack());
                for bytes in self.streams.part(now, place, part, ack_at) {
                    self.deliver(place, &bytes);
                }
            }
            Section::Leave => {
                let timing = self.setup.timing;
                if let Some(contact) = self.contact(place) {
                    contact.leave(now, &timing);
                }
                self.formation.forget(place);
            }
            Section::Question(_) | Section::Answer(_) => {}
        }
    }
}
