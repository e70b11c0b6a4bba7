// SPDX-License-Identifier: GPL-2.0-only

//! Datagrams that go: what is due, put into as few as it fits into.

use super::{Output, Peer};
use crate::datagram::seal::{Header, ROOM};
use crate::datagram::wire::{Alive, Section};

impl Peer {
    /// Sends what is due.
    pub(super) fn flush(&mut self, now: u64) {
        self.announce_order();
        for (to, section) in std::mem::take(&mut self.urgent) {
            self.put(Some(to), &section.encode());
        }
        let mut all = Vec::new();
        let alive = Alive {
            hears: self.reachability.hears(),
            ..self.formation.heartbeat()
        };
        let is_news = self.sent.as_ref().is_none_or(|(_, sent)| *sent != alive);
        if is_news || self.heartbeat_at() <= now {
            all.push(Section::Alive(alive.clone()).encode());
            all.extend(self.held_out_section(now).map(|held| held.encode()));
            self.sent = Some((now, alive));
        }
        all.extend(
            self.formation
                .proposal(now)
                .map(|p| Section::Proposal(p).encode()),
        );
        for (to, part) in self.streams.out.due(now, self.setup.timing.again()) {
            let section = Section::Part(part).encode();
            match to.and_then(|place| self.setup.electorate.node(place)) {
                Some(node) => self.put(Some(node), &section),
                None => all.push(section),
            }
        }
        let ack_is_due = self.streams.ack_at.is_some_and(|at| at <= now);
        // Where something is sent anyway they cost little.
        if ack_is_due || !all.is_empty() {
            self.streams.ack_at = None;
            all.extend(self.streams.acks().map(|acks| Section::Acks(acks).encode()));
        }
        self.pack(all);
    }

    /// Puts sections into as few datagrams as they fit into, in order.
    fn pack(&mut self, sections: Vec<Vec<u8>>) {
        let mut packed: Vec<u8> = Vec::new();
        for section in sections {
            if !packed.is_empty() && packed.len() + section.len() > ROOM {
                self.put(None, &packed);
                packed.clear();
            }
            packed.extend(section);
        }
        if !packed.is_empty() {
            self.put(None, &packed);
        }
    }

    pub(super) fn put(&mut self, to: Option<u32>, sections: &[u8]) {
        if self.is_silent {
            return;
        }
        self.counter = self.counter.saturating_add(1);
        let header = Header {
            from: self.setup.me,
            session: self.setup.session,
            counter: self.counter,
        };
        let bytes = self.setup.key.seal(&header, sections);
        self.out.push(Output::Datagram { to, bytes });
    }
}
