// SPDX-License-Identifier: GPL-2.0-only

//! Datagrams that come: whom they are from, and what is in them.

use super::Peer;
use crate::datagram::contact::Arrival;
use crate::datagram::seal::{Header, Key};
use crate::datagram::wire::{Nonce, Section};

impl Peer {
    /// A datagram, by the clients' interface or by another network.
    pub(super) fn receive(&mut self, now: u64, bytes: &[u8], on_interface: bool) {
        self.last_sender = None;
        let Some((header, sections)) = self.setup.key.open(bytes) else {
            self.not_opened(now, bytes);
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
        // Whoever says again what is long past shows nothing by that.
        if arrival == Arrival::Old {
            return;
        }
        self.last_sender = Some(header.from);
        if on_interface && arrival != Arrival::Unknown {
            self.is_due |= self.reachability.heard(now, place);
        }
        if arrival == Arrival::Again {
            return;
        }
        self.is_due = true;
        let mut is_known = arrival == Arrival::New;
        for section in Section::decode_all(sections) {
            match section {
                Section::Challenge(nonce) => self.challenged(&header, nonce),
                Section::Response(nonce) if !is_known => {
                    is_known = self.response(now, place, &header, nonce);
                }
                section if is_known => self.take(now, place, header.counter, section),
                _ => {}
            }
        }
        if is_known {
            self.formation.heard(place, header.session);
        } else {
            self.challenge(now, place, &header);
        }
    }

    /// Whoever has another key is nobody, and most likely a node whose key is to be the same.
    fn not_opened(&mut self, now: u64, bytes: &[u8]) {
        let claimed = Key::claimed(bytes).and_then(|from| self.setup.electorate.place(from));
        if let Some(place) = claimed.filter(|place| *place != self.place) {
            self.strangers.insert(place, now);
        }
    }

    fn challenge(&mut self, now: u64, place: u8, header: &Header) {
        let (number, again) = (self.challenges.saturating_add(1), self.setup.timing.again());
        let contact = self.contact(place);
        let by = contact.and_then(|contact| contact.challenge(now, header.session, number, again));
        if let Some(number) = by {
            self.challenges = self.challenges.max(number);
            let nonce = Nonce {
                to: header.from,
                session: header.session,
                number,
            };
            self.urgent.push((header.from, Section::Challenge(nonce)));
        }
    }

    /// A challenge, which may come from an unknown session: at first each node challenges the other.
    fn challenged(&mut self, header: &Header, nonce: Nonce) {
        let is_mine = (nonce.to, nonce.session) == (self.setup.me, self.setup.session);
        if is_mine && self.urgent.len() < 4 * self.contacts.len() {
            let response = Nonce {
                to: header.from,
                session: header.session,
                number: nonce.number,
            };
            self.urgent.push((header.from, Section::Response(response)));
        }
    }

    fn response(&mut self, now: u64, place: u8, header: &Header, nonce: Nonce) -> bool {
        let is_mine = (nonce.to, nonce.session) == (self.setup.me, self.setup.session);
        let timing = self.setup.timing;
        let contact = self.contact(place).filter(|_| is_mine);
        let is_new = contact.is_some_and(|c| c.response(now, header, nonce.number, &timing));
        if is_new {
            self.forget(place);
        }
        is_new
    }

    /// A section of a session that is known.
    fn take(&mut self, now: u64, place: u8, counter: u64, section: Section) {
        match section {
            Section::Alive(alive) => {
                // In another electorate places are others.
                if alive.electorate == self.setup.electorate.digest() {
                    self.reachability.report(place, counter, alive.hears);
                    self.elsewhere.remove(&place);
                } else {
                    self.elsewhere.entry(place).or_insert(now);
                }
                self.formation.alive(now, place, counter, alive);
            }
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
                self.forget(place);
            }
            Section::HeldOut(all) => self.heard_held_out(now, place, &all),
            Section::Challenge(_) | Section::Response(_) => {}
        }
    }
}
