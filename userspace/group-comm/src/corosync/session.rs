// SPDX-License-Identifier: GPL-2.0-only

//! One connection to Corosync being served: its events are passed on, what waits is sent.

use std::time::{Duration, Instant};

use mio::Events;

use super::link::{Link, Notification};
use super::membership::Membership;
use super::server::{End, Server, wait};
use crate::GroupEvent;
use crate::frame::{Assembler, Parts};
use crate::sys::{Address, Event};

/// Between two looks at the votes: not all changes of them are reported.
const VOTES: Duration = Duration::from_secs(1);
/// Until a part is offered again that Corosync did not take.
const REFUSED: Duration = Duration::from_millis(3);
/// Parts that are sent before the thread listens again.
const BURST: usize = 16;

/// A connection being served.
pub struct Session<'a> {
    server: &'a mut Server,
    link: &'a Link,
    membership: Membership,
    assembler: Assembler<Address>,
    sending: Option<Parts>,
    /// Nodes of the ring, and whether it is quorate, as reported last.
    nodes: Option<(Vec<u32>, bool)>,
    looked: Instant,
}

impl<'a> Session<'a> {
    /// At its beginning.
    pub fn new(server: &'a mut Server, link: &'a Link) -> Session<'a> {
        let membership = Membership::new(server.id, &server.nothing);
        let looked = Instant::now();
        Session {
            server,
            link,
            membership,
            assembler: Assembler::new(),
            sending: None,
            nodes: None,
            looked,
        }
    }

    /// Serves until the connection fails, or nobody listens.
    pub fn run(&mut self) -> Result<(), End> {
        let mut events = Events::with_capacity(8);
        loop {
            // Lists first, sends then: what is sent is of the group that was announced.
            while self.listen()? {}
            self.look_at_votes()?;
            if self.server.outbox.overflowed() {
                self.sending = None;
                let events = self
                    .membership
                    .unsent("messages could not be sent to the group as fast as they came")?;
                self.pass(events)?;
            }
            let left = self.send()?;
            if self.server.outbox.has_ended() || self.server.sender.is_closed() {
                return Err(End::Stop);
            }
            wait(&mut self.server.poll, &mut events, left)?;
        }
    }

    /// Takes the daemon's next event. Whether there was something.
    fn listen(&mut self) -> Result<bool, End> {
        let (quorum, group) = (self.link.next_of_quorum()?, self.link.next_of_group()?);
        let any = !quorum.is_empty() || !group.is_empty();
        for notification in quorum {
            self.take_quorum(notification)?;
        }
        for event in group {
            self.take_group(event)?;
        }
        Ok(any)
    }

    fn take_quorum(&mut self, notification: Notification) -> Result<(), End> {
        let Notification {
            ring,
            quorate,
            nodes,
        } = notification;
        // The ring first: asking for votes waits if the daemon does.
        let events = self.membership.quorum(ring, quorate)?;
        self.pass(events)?;
        self.nodes = Some((nodes, quorate));
        self.ask_for_votes()
    }

    fn take_group(&mut self, event: Event) -> Result<(), End> {
        let events = match event {
            Event::Message(from, part) => {
                let message = self.assembler.take(from, &part);
                let message = message.and_then(|bytes| self.membership.message(from.node, bytes));
                message.into_iter().collect()
            }
            Event::Members(members, ring_follows) => {
                self.broken_off();
                self.membership.members(members, ring_follows)?
            }
            Event::Ring(ring) => {
                self.broken_off();
                self.membership.ring(ring)?
            }
        };
        self.pass(events)
    }

    /// Messages of which a part was sent or has come are not to be had whole by all, now that the group changes.
    fn broken_off(&mut self) {
        self.assembler.clear();
        if self.sending.as_ref().is_some_and(Parts::is_begun) {
            self.sending = None;
        }
    }

    fn look_at_votes(&mut self) -> Result<(), End> {
        match self.looked.elapsed() >= VOTES {
            true => self.ask_for_votes(),
            false => Ok(()),
        }
    }

    fn ask_for_votes(&mut self) -> Result<(), End> {
        self.looked = Instant::now();
        let Some((nodes, quorate)) = &self.nodes else {
            return Ok(());
        };
        let votes = self.link.votes(self.server.id, nodes);
        let quorum = votes.and_then(|votes| votes.quorum(*quorate));
        let quorum = quorum.and_then(|quorum| self.server.votes.take(quorum));
        let events = self.membership.votes(quorum)?;
        self.pass(events)
    }

    fn pass(&mut self, events: Vec<GroupEvent>) -> Result<(), End> {
        for event in events {
            match &event {
                GroupEvent::Group(_) => {
                    self.server.nothing.clear();
                    self.server.outbox.open(true);
                }
                GroupEvent::Nothing(why) => {
                    self.server.nothing.clone_from(why);
                    self.server.outbox.open(false);
                    self.sending = None;
                }
                GroupEvent::Message { .. }
                | GroupEvent::Trouble(_)
                | GroupEvent::CutOff(_)
                | GroupEvent::HeldOut(_) => {}
            }
            // Waits for whoever listens; Corosync keeps the messages meanwhile.
            self.server
                .sender
                .blocking_send(event)
                .map_err(|_| End::Stop)?;
        }
        Ok(())
    }

    /// Sends what waits. How long the thread may wait then.
    fn send(&mut self) -> Result<Duration, End> {
        for _ in 0..BURST {
            let Some(part) = self.next_part() else {
                return Ok(VOTES.saturating_sub(self.looked.elapsed()));
            };
            if !self.link.send(&part)? {
                return Ok(REFUSED);
            }
            if let Some(parts) = &mut self.sending {
                parts.sent();
            }
        }
        Ok(Duration::ZERO)
    }

    fn next_part(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(part) = self.sending.as_ref().and_then(Parts::part) {
                return Some(part);
            }
            let bytes = self.server.outbox.next()?;
            self.server.sent = self.server.sent.wrapping_add(1);
            self.sending = Parts::new(self.server.sent, bytes);
        }
    }
}
