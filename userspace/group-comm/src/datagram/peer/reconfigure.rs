// SPDX-License-Identifier: GPL-2.0-only

//! Reconfiguration: another electorate counts from here on, and what is known of its nodes stays.

use super::Peer;
use crate::datagram::electorate::Electorate;
use crate::datagram::order::Order;
use crate::datagram::streams::Streams;
use crate::datagram::votes::Votes;
use crate::datagram::wire::Member;

impl Peer {
    /// This node is ready for another electorate, or for none but its own.
    pub(super) fn prepare(&mut self, next: Option<Electorate>) {
        let next = next.filter(|next| next.place(self.setup.me).is_some());
        let here = &self.setup.electorate;
        match &next {
            Some(next) => {
                let votes = next.votes_by_places_of(here);
                self.formation.prepare(next.digest(), votes, next.quorum());
            }
            None => self.formation.prepare(0, Votes::default(), 0),
        }
        self.next = next;
        self.is_due = true;
    }

    /// The next electorate counts. Whose run is known it stays.
    pub(super) fn reconfigure(&mut self, now: u64) {
        let next = self.next.take();
        let Some((place, next)) = next.and_then(|next| Some((next.place(self.setup.me)?, next)))
        else {
            return;
        };
        let before = &self.setup.electorate;
        let contact = |node: &u32| {
            let place = before.place(*node)?;
            self.contacts.get(usize::from(place)).cloned()
        };
        let contacts = next
            .nodes()
            .iter()
            .map(|node| contact(node).unwrap_or_default());
        self.contacts = contacts.collect();
        let me = Member {
            place,
            session: self.setup.session,
        };
        self.formation.reconfigure(now, me, next.votes().clone());
        self.elsewhere.clear();
        self.held_by.clear();
        self.strangers.clear();
        self.place = place;
        self.setup.electorate = next;
        self.streams = Streams::none();
        self.order = Order::new(place, place);
        self.sent = None;
        self.dead = self.formation.dead();
        self.reachability = self.reachability.moved(place);
    }
}
