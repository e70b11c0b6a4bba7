// SPDX-License-Identifier: GPL-2.0-only

//! Peer: one node's part of the engine without its I/O: datagrams and messages go in with the time, datagrams and
//! events come out.
//!
//! Whoever drives it hands over all that is there, and then [`Input::Tick`] if [`Peer::wake_at`] is due: nobody is taken
//! for gone whose datagrams wait to be read.

use std::collections::BTreeMap;

use super::contact::Contact;
use super::electorate::Electorate;
use super::formation::Formation;
use super::order::Order;
use super::places::Places;
use super::reachability::Reachability;
use super::seal::Key;
use super::session::Session;
use super::streams::Streams;
use super::timing::Timing;
use super::wire::{Alive, Member, Section};
use crate::{Group, GroupEvent};

mod dead;
mod flush;
mod held_out;
mod interface;
mod receive;
mod reconfigure;

/// Rings that may be entered at one time.
const AT_ONCE: usize = 4;

/// What a peer is made with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// This node.
    pub me: u32,
    /// All nodes that count.
    pub electorate: Electorate,
    /// A random number, another at each start.
    pub session: Session,
    /// The nodes' key.
    pub key: Key,
    /// How often and how long.
    pub timing: Timing,
}

/// What happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A datagram came, whatever is in it.
    Datagram(Vec<u8>),
    /// The same by the clients' interface.
    OnInterface(Vec<u8>),
    /// Whether this machine can send and receive on the clients' interface, as far as it knows. At first not.
    Interface(bool),
    /// Frames came in there, of others than the nodes maybe. Wanted while [`Peer::is_deaf`].
    Frames,
    /// The program sends a message to the group.
    Send(Vec<u8>),
    /// Messages or events of the group are lost here: it is to be formed anew.
    Lost,
    /// This node is ready for another electorate, for which all of its group reconfigure; or for none but its own.
    Elect(Option<Electorate>),
    /// The program does nothing any more, and so this node leaves the group and sends nothing; or it runs again.
    Silent(bool),
    /// All that is there was handed over, and time passed.
    Tick,
    /// The program ends.
    End,
}

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// To be sent to this node, or to all others, over all networks.
    Datagram {
        /// The node.
        to: Option<u32>,
        /// What is sent.
        bytes: Vec<u8>,
    },
    /// For the program.
    Event(GroupEvent),
    /// Whether this node is cut off on the clients' interface: others are connected there, and not with it.
    CutOff(bool),
}

/// A node.
#[derive(Clone, Debug)]
pub struct Peer {
    setup: Setup,
    place: u8,
    counter: u64,
    /// Challenges sent.
    challenges: u64,
    contacts: Vec<Contact>,
    formation: Formation,
    reachability: Reachability,
    streams: Streams,
    order: Order,
    /// The last heartbeat, and when it was sent.
    sent: Option<(u64, Alive)>,
    /// Challenges and responses to be sent.
    urgent: Vec<(u32, Section)>,
    /// Who was dead when the group was announced.
    dead: Places,
    /// Nodes that are held out, this one by others, each with until when, as that was announced.
    held_out: BTreeMap<u32, u64>,
    /// Nodes that hold this one out, by their places, each with when that was heard last and until when.
    held_by: BTreeMap<u8, (u64, u64)>,
    /// When it looked last.
    looked: Option<u64>,
    /// The electorate that this node is ready for.
    next: Option<Electorate>,
    /// Nodes that go by another electorate, by their places here, each with since when.
    elsewhere: BTreeMap<u8, u64>,
    /// Nodes in whose names datagrams came that this node's key does not open, by their places, each with when that was.
    strangers: BTreeMap<u8, u64>,
    /// Something came since the last look.
    is_due: bool,
    /// Nothing is to be sent.
    is_silent: bool,
    /// Whose datagram came last.
    last_sender: Option<u32>,
    out: Vec<Output>,
}

impl Peer {
    /// None if the electorate does not have this node.
    pub fn new(setup: Setup) -> Option<Peer> {
        let place = setup.electorate.place(setup.me)?;
        let nodes = setup.electorate.nodes().len();
        let me = Member {
            place,
            session: setup.session,
        };
        let (votes, digest) = (setup.electorate.votes(), setup.electorate.digest());
        let formation = Formation::new(me, votes.clone(), digest, setup.timing);
        Some(Peer {
            place,
            counter: 0,
            challenges: 0,
            contacts: vec![Contact::default(); nodes],
            formation,
            reachability: Reachability::new(place, setup.timing.patience),
            streams: Streams::none(),
            order: Order::new(place, place),
            sent: None,
            urgent: Vec::new(),
            dead: Places::NONE,
            held_out: BTreeMap::new(),
            held_by: BTreeMap::new(),
            looked: None,
            next: None,
            elsewhere: BTreeMap::new(),
            strangers: BTreeMap::new(),
            is_due: true,
            is_silent: false,
            last_sender: None,
            out: Vec::new(),
            setup,
        })
    }

    /// Something happened; gives what is to be done, in order.
    pub fn handle(&mut self, now: u64, input: Input) -> Vec<Output> {
        match input {
            Input::Datagram(bytes) => self.receive(now, &bytes, false),
            Input::OnInterface(bytes) => self.receive(now, &bytes, true),
            Input::Interface(works) => {
                self.reachability.set_works(works);
                self.is_due = true;
            }
            Input::Frames => self.reachability.frames_came(now),
            Input::Send(bytes) => self.send(bytes),
            Input::Lost => {
                self.formation.break_up();
                self.is_due = true;
            }
            Input::Elect(next) => self.prepare(next),
            Input::Silent(is_silent) => self.fall_silent(is_silent),
            Input::Tick => self.tick(now),
            Input::End => self.put(None, &Section::Leave.encode()),
        }
        std::mem::take(&mut self.out)
    }

    /// When it wants an [`Input::Tick`].
    pub fn wake_at(&self) -> u64 {
        if self.is_due || !self.urgent.is_empty() {
            return 0;
        }
        let timing = &self.setup.timing;
        let beat = self.heartbeat_at();
        let contacts = self.contacts.iter();
        let is_wanted = !self.formation.has_quorum();
        let contacts = contacts.filter_map(|contact| contact.wake_at(timing, is_wanted));
        let streams = [
            self.formation.wake_at(),
            self.reachability.wake_at(),
            self.streams.ack_at,
            self.streams.out.wake_at(timing.again()),
            self.stuck_at(),
        ];
        contacts
            .chain(streams.into_iter().flatten())
            .fold(beat, u64::min)
    }

    /// The nodes that count.
    pub fn electorate(&self) -> &Electorate {
        &self.setup.electorate
    }

    /// The node whose datagram was handed over last, if it was sealed and not old, and be it one that had come before.
    pub fn last_sender(&self) -> Option<u32> {
        self.last_sender
    }

    /// Nodes that this one reaches.
    pub fn reached(&self) -> impl Iterator<Item = u32> {
        let nodes = self.setup.electorate.nodes().iter().zip(&self.contacts);
        nodes.filter_map(|(node, contact)| contact.reached().map(|_| *node))
    }

    /// Nodes that have gone by another electorate than this one for so long, and so are in no group with it.
    pub fn elsewhere(&self, now: u64, how_long: u64) -> impl Iterator<Item = u32> {
        let all = self.elsewhere.iter();
        let all = all.filter(move |(_, since)| since.saturating_add(how_long) <= now);
        all.filter_map(|(place, _)| self.setup.electorate.node(*place))
    }

    /// Nodes that this one does not reach, and in whose names datagrams with another key came since `how_long` ago.
    pub fn strangers(&self, now: u64, how_long: u64) -> impl Iterator<Item = u32> {
        let reached: Vec<u32> = self.reached().collect();
        let all = self.strangers.iter();
        let all = all.filter(move |(_, at)| at.saturating_add(how_long) > now);
        let nodes = all.filter_map(|(place, _)| self.setup.electorate.node(*place));
        nodes.filter(move |node| !reached.contains(node))
    }

    fn heartbeat_at(&self) -> u64 {
        let timing = &self.setup.timing;
        let interval = match self.formation.is_settled() {
            true => timing.beat,
            false => timing.again(),
        };
        let sent = self.sent.as_ref();
        sent.map_or(0, |(at, _)| at.saturating_add(interval))
    }

    fn stuck_at(&self) -> Option<u64> {
        let since = self.streams.out.stuck_since()?;
        let is_known = self.formation.is_broken();
        (!is_known).then(|| since.saturating_add(self.setup.timing.stuck()))
    }

    fn contact(&mut self, place: u8) -> Option<&mut Contact> {
        self.contacts.get_mut(usize::from(place))
    }

    /// What came in a member's stream, or went to this node's own: the messages that are next with it.
    fn deliver(&mut self, from: u8, bytes: &[u8]) {
        let Some(next) = self.order.take(from, bytes) else {
            return self.formation.break_up();
        };
        for (from, bytes) in next {
            if let Some(from) = self.setup.electorate.node(from) {
                self.out
                    .push(Output::Event(GroupEvent::Message { from, bytes }));
            }
        }
    }

    /// Announces to the others whose messages are next.
    fn announce_order(&mut self) {
        let announcement = self.order.announcement();
        if announcement.is_some_and(|bytes| !self.streams.send(&bytes)) {
            self.formation.break_up();
        }
    }

    fn send(&mut self, bytes: Vec<u8>) {
        // Of a ring that is to be formed anew nothing is sent that comes after a gap.
        if self.formation.is_broken() || self.formation.ring() == 0 {
            return;
        }
        self.is_due = true;
        self.announce_order();
        let bytes = Order::wrapped(&bytes);
        if self.streams.send(&bytes) {
            self.deliver(self.place, &bytes);
        } else {
            self.formation.break_up();
        }
    }

    fn fall_silent(&mut self, is_silent: bool) {
        if is_silent && !self.is_silent {
            self.put(None, &Section::Leave.encode());
        }
        self.is_silent = is_silent;
        self.sent = None;
        self.is_due = true;
    }

    fn tick(&mut self, now: u64) {
        self.is_due = false;
        if self.stuck_at().is_some_and(|at| at <= now) {
            self.formation.break_up();
        }
        let (timing, is_wanted) = (self.setup.timing, !self.formation.has_quorum());
        let looked = self.looked.replace(now).unwrap_or(now);
        let late = now.saturating_sub(looked.saturating_add(timing.beat));
        if late > timing.beat {
            self.contacts
                .iter_mut()
                .for_each(|contact| contact.excuse(now, late));
            self.reachability.excuse(now, late);
        }
        for place in (0u8..).take(self.contacts.len()) {
            let contact = self.contact(place);
            if contact.is_some_and(|contact| contact.look(now, &timing, is_wanted)) {
                self.forget(place);
            }
        }
        if self.formation.is_to_reconfigure() {
            self.reconfigure(now);
        }
        for _ in 0..AT_ONCE {
            let reach = self.contacts.iter().map(Contact::reached).collect();
            if !self.formation.look(now, reach) {
                break;
            }
            self.begin_ring(now);
        }
        self.look_at_dead();
        self.look_at_held_out(now);
        self.look_at_interface(now);
        self.flush(now);
    }

    fn forget(&mut self, place: u8) {
        self.formation.forget(place);
        self.reachability.forget(place);
        self.elsewhere.remove(&place);
        self.held_by.remove(&place);
    }

    fn begin_ring(&mut self, now: u64) {
        let members = self.formation.members();
        let others: Vec<u8> = members
            .iter()
            .map(|m| m.place)
            .filter(|p| *p != self.place)
            .collect();
        let ring = self.formation.ring();
        let lowest = members.first().map_or(self.place, |member| member.place);
        self.announce_group();
        self.order = Order::new(self.place, lowest);
        for (from, bytes) in self.streams.begin(now, ring, &others) {
            self.deliver(from, &bytes);
        }
    }

    fn announce_group(&mut self) {
        let electorate = &self.setup.electorate;
        let ids = |places: Places| -> Vec<u32> {
            let ids = places.iter().filter_map(|place| electorate.node(place));
            ids.collect()
        };
        let members: Places = self.formation.members().iter().map(|m| m.place).collect();
        self.dead = self.formation.dead();
        let votes = electorate.votes();
        let quorum = electorate.quorum().saturating_sub(votes.of(self.dead));
        let quorum = quorum.max(1);
        let group = Group {
            ring: self.formation.ring(),
            quorate: votes.of(members) >= quorum,
            quorum: usize::try_from(quorum).unwrap_or(usize::MAX),
            votes: electorate.other_than_one(),
            members: ids(members),
            dead: ids(self.dead),
        };
        self.out.push(Output::Event(GroupEvent::Group(group)));
    }
}

#[cfg(test)]
mod tests;
