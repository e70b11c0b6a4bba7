// SPDX-License-Identifier: GPL-2.0-only

//! Inputs and outputs of the agent.

use std::time::Duration;

use logic::agreement::Differences;
use ssi_group_comm::GroupEvent;
use ssi_monitor::load::Sample;
use ssi_protocol::{Buckets, Clients, Command, KernelEvent};
use ssid_api::Wish;

use crate::agent::{CheckReport, Need, Settings, Wishes};
use crate::log_kind::LogKind;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// An event of the engine.
    Engine(GroupEvent),
    /// The kernel answered, or sent an event.
    Kernel(KernelEvent),
    /// What is wrong with the kernel, for people; `None`: nothing any more.
    KernelTrouble(Option<String>),
    /// In what the kernel does not agree with whom it hears on the clients' network.
    Differs(Differences),
    /// Something that this node needs to serve is not met, for this reason; `None`: it is.
    Need(Need, Option<String>),
    /// An interface that this node needs has this name by now; `None`: it is not there.
    Named(Need, Option<String>),
    /// Interfaces or addresses of this machine changed.
    InterfacesChanged,
    /// What came of an [`Action::Mend`]: why the cluster is not as it should be; `None`: it is.
    Mended(Option<String>),
    /// Corosync's token timeout; `None` where none answers.
    Token(Option<Duration>),
    /// This node was measured.
    Sample(Sample),
    /// A check of the local service was done.
    Check(CheckReport),
    /// An operator wants something, of any node.
    Order {
        /// For the answer.
        ticket: u64,
        /// The node's name.
        node: String,
        /// What it is to do.
        wish: Wish,
    },
    /// The cluster file is another.
    Settings(Box<Settings>),
    /// Whether load may be levelled at this time of the day.
    Levelling(bool),
    /// These clients, which stick to this node, have had no session here for a while.
    LetGo(Clients),
    /// Time passed.
    Tick,
}

/// Something to be done, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// To all of the group.
    Send(Vec<u8>),
    /// To the kernel. The next comes after the answer to this.
    Kernel(Command),
    /// Connections in these buckets, which drain, are given up. [`KernelEvent::Drained`] when it is done.
    GiveUp(Buckets),
    /// What sessions are left in these buckets, which were given up, end by a reset, so that their clients come back at once. Not
    /// those of buckets that this node has or drains again.
    EndSessions(Buckets),
    /// Sessions that other nodes had in these buckets, which are this node's, have broken.
    Broken(Buckets),
    /// These clients stick to this node, and no others: [`Event::LetGo`] when they have no sessions any more.
    Watch(Clients),
    /// Whether this node's kernel answers ARP.
    Master(bool),
    /// Whether the cluster is to be on this machine.
    Present(bool),
    /// What somebody took away of the cluster on this machine is to be put back. [`Event::Mended`] when it was tried.
    Mend,
    /// Wishes to be kept.
    Keep(Wishes),
    /// To be kept for [`Start::granted`](crate::agent::Start::granted) of later programs here: it is less than what is kept.
    /// Where that fails they wait longer than they need.
    KeepGranted(u64),
    /// An order's answer.
    Answer {
        /// The order's.
        ticket: u64,
        /// That it is done, or why not.
        result: Result<(), String>,
    },
    /// Something for people.
    Notice(Notice),
}

/// Something that happened, for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Of which kind.
    pub kind: LogKind,
    /// The node that it is about, by name.
    pub node: Option<String>,
    /// In a sentence.
    pub text: String,
}
