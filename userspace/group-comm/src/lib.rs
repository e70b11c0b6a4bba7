// SPDX-License-Identifier: GPL-2.0-only

//! Ordered messages, membership and quorum for ssid: over datagrams, by Corosync, alone, or in memory.
//!
//! An engine runs by itself once it is started, and sends its events to a channel. All programs of one group
//! receive the same messages in the same order, and joins and leaves in the same places between them.
//!
//! What a program may not rely on:
//! - that all who were in a group received its last messages: where the network was cut, or the quorum's report came
//!   before them, some have received less;
//! - that a message is received in the group that it was sent in: it may come late, in the next one;
//! - that a group is announced anew to all when it is to one: a node whose messages were lost gets that alone.

#[doc(hidden)]
pub mod frame;
mod outbox;
mod sys;

pub mod alone;
pub mod corosync;
pub mod datagram;
pub mod memory;
pub mod realtime;

use std::collections::BTreeMap;

use datagram::FileNodes;
use tokio::sync::oneshot;

/// An event of the group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupEvent {
    /// The group is this from now on, or its quorum is another. Announced again whenever a program joined or left,
    /// even if the members are the same as before.
    Group(Group),
    /// The engine cannot be reached, or does not count at the moment: there is no group until the next
    /// [`GroupEvent::Group`], and no message. In a sentence why.
    Nothing(String),
    /// What does not work as it should, though the group counts: a sentence each. All there is, instead of what was so
    /// before.
    Trouble(Vec<String>),
    /// This node is cut off on the clients' interface, though that is up: others are connected there, and not with it. In
    /// a sentence; none when that is over. At first it is not so.
    CutOff(Option<String>),
    /// These nodes are heard and kept out of groups for so many ms from now on, if they are heard without a gap, as they came and
    /// went: others by this one, or this one by those that have a quorum without it. All there are, instead of those of before. At first
    /// there are none.
    HeldOut(BTreeMap<u32, u64>),
    /// A message, one's own as well.
    Message {
        /// The node that sent it.
        from: u32,
        /// Its contents.
        bytes: Vec<u8>,
    },
}

/// Who is in the group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Number of the engine's ring, greater than that of every ring that this program was in before. By Corosync, two
    /// parts of a cluster that is cut may have the same.
    pub ring: u64,
    /// Nodes whose program is in the group, in order of numbers.
    pub members: Vec<u32>,
    /// Whether this part of the cluster has the majority of votes. Nodes count for it whether their program is in the group
    /// or not.
    pub quorate: bool,
    /// So many votes make a quorum.
    pub quorum: usize,
    /// Nodes that have other than one vote, with them.
    pub votes: BTreeMap<u32, usize>,
    /// Nodes that are not in the group and need not be for a quorum, as it was confirmed that they are dead.
    pub dead: Vec<u32>,
}

/// Where the answer goes to whoever confirmed that a node is dead.
pub type Confirmed = oneshot::Sender<Result<(), String>>;

/// What a program has to know of its engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Its name for people: `corosync`, `datagram`, `alone`.
    pub name: &'static str,
    /// Whether it goes by the program's own times: who is silent for longer than its patience is no member, so that programs
    /// need not find that out themselves.
    pub keeps_patience: bool,
}

impl Kind {
    const fn new(name: &'static str) -> Kind {
        Kind {
            name,
            keeps_patience: false,
        }
    }
}

/// An engine that was started. It ends when this is dropped.
pub trait Engine: Send {
    /// This node's number.
    fn id(&self) -> u32;
    /// What it is.
    fn kind(&self) -> Kind;
    /// Sends a message to all of the group, this program too. Never blocks; what cannot be sent is lost, and the
    /// group is announced anew by a [`GroupEvent`].
    fn send(&self, bytes: Vec<u8>);
    /// The program runs. Due once a beat: an engine that watches its program leaves the group while it does not.
    fn alive(&self) {}
    /// The cluster file names these nodes by now. Corosync tells an engine that goes by its word.
    fn nodes(&self, _nodes: FileNodes) {}
    /// Somebody confirms that a node is dead, and that nothing that ran there will ever act again: it need not be there for a quorum, until
    /// there is a group with it again. Answers once that counts, or with a sentence why it does not, to be read after the node's name.
    fn confirm_dead(&self, _node: u32, answer: Confirmed) {
        let sentence = "a confirmation counts with the engine \"datagram\" only";
        // Whoever asked may have gone.
        let _ = answer.send(Err(sentence.to_owned()));
    }
    /// The channel of its events. Can be taken once.
    fn receiver(&mut self) -> Option<tokio::sync::mpsc::Receiver<GroupEvent>>;
}
