// SPDX-License-Identifier: GPL-2.0-only

//! An engine in memory, for tests: any number of nodes, and faults that a test sets.
//!
//! A [`Hub`] stands for the network and the daemons. Messages get their order in it, and changes of the group get
//! their place in that order: what was ordered before a change is delivered before it to all who receive it. Nothing happens
//! by itself or by chance. Either each thing is done at once, or one at a time, as a test takes [`Step`]s.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::{Engine, GroupEvent, Kind};

mod network;
mod node;

use network::Network;
pub use network::Step;

/// So much may be unread. What does not fit waits at the hub.
const UNREAD: usize = 65_536;

/// The network between engines in memory. Clones are the same one.
#[derive(Clone)]
pub struct Hub {
    network: Arc<Mutex<Network>>,
}

impl Hub {
    /// A cluster of these nodes, of which a majority is a quorum, where all is done at once.
    pub fn immediate(nodes: &[u32]) -> Hub {
        Hub::new(nodes, true)
    }

    /// The same, where nothing is done but by [`Hub::take`], [`Hub::step`] and [`Hub::run`].
    pub fn stepped(nodes: &[u32]) -> Hub {
        Hub::new(nodes, false)
    }

    fn new(nodes: &[u32], immediate: bool) -> Hub {
        Hub {
            network: Arc::new(Mutex::new(Network::new(nodes, immediate))),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Network) -> T) -> T {
        let mut network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut network);
        network.settle();
        result
    }

    /// A program of this node joins. If one of the node is in the group already, it is out of it from now on. Nothing
    /// is ever delivered to one of a node that is none of the hub's.
    pub fn join(&self, id: u32) -> Memory {
        let (sender, receiver) = mpsc::channel(UNREAD);
        let program = self.with(|network| network.join(id, sender));
        Memory {
            id,
            program,
            hub: self.clone(),
            receiver: Some(receiver),
        }
    }

    /// Cuts the network into these sets of nodes, and another one of the nodes that no set names.
    pub fn partition(&self, sets: &[&[u32]]) {
        self.with(|network| network.partition(sets, &[]));
    }

    /// The same, and the cut falls between messages: those that are in the order are lost in the sets that have one
    /// of the nodes `losing`, if that was not delivered to a program of that set yet. It may have been to others.
    pub fn partition_losing(&self, sets: &[&[u32]], losing: &[u32]) {
        self.with(|network| network.partition(sets, losing));
    }

    /// Puts the network together again.
    pub fn heal(&self) {
        self.partition(&[]);
    }

    /// The daemon of a node dies. Its program stays, and is informed.
    pub fn down(&self, id: u32) {
        self.with(|network| network.down(id));
    }

    /// It is started again.
    pub fn up(&self, id: u32) {
        self.with(|network| network.up(id));
    }

    /// A node receives and sends nothing, without notice, until [`Hub::release`]: its daemon stands still. That the
    /// others go on without it is another fault, [`Hub::partition`].
    pub fn hold(&self, id: u32) {
        self.with(|network| network.hold(id, true));
    }

    /// It goes on, with all that waited.
    pub fn release(&self, id: u32) {
        self.with(|network| network.hold(id, false));
    }

    /// What can happen next, in the same order for the same past.
    pub fn steps(&self) -> Vec<Step> {
        self.with(|network| network.steps())
    }

    /// Lets this happen. Whether it could.
    pub fn take(&self, step: Step) -> bool {
        self.with(|network| network.take(step))
    }

    /// Lets the first of [`Hub::steps`] happen. Whether there was one.
    pub fn step(&self) -> bool {
        self.with(Network::step)
    }

    /// Lets everything happen that can.
    pub fn run(&self) {
        while self.step() {}
    }
}

/// A program in the group. It leaves when this is dropped.
pub struct Memory {
    id: u32,
    /// Distinguishes it from other programs of its node.
    program: Option<u64>,
    hub: Hub,
    receiver: Option<mpsc::Receiver<GroupEvent>>,
}

impl Memory {
    /// What it is.
    pub const KIND: Kind = Kind::new("memory");
}

impl Engine for Memory {
    fn id(&self) -> u32 {
        self.id
    }

    fn kind(&self) -> Kind {
        Self::KIND
    }

    fn send(&self, bytes: Vec<u8>) {
        if let Some(program) = self.program {
            self.hub
                .with(|network| network.send(self.id, program, bytes));
        }
    }

    fn receiver(&mut self) -> Option<mpsc::Receiver<GroupEvent>> {
        self.receiver.take()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(program) = self.program {
            self.hub.with(|network| network.leave(self.id, program));
        }
    }
}

#[cfg(test)]
mod tests;
