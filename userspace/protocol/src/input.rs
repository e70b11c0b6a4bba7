// SPDX-License-Identifier: GPL-2.0-only

//! Inputs of a node.

use crate::{AdminState, Buckets, Clients, Message, Planner, Time, View};

/// Something that happened. The driver reads the clock *after* it has the input in hand, and gives
/// inputs in the order in which they came.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Input<P: Planner> {
    /// The engine announced a membership, or whether it is quorate.
    View(View),
    /// The engine is stopping or gone: there is no view until the next.
    NoView,
    /// A message arrived. One's own arrive as well, in the same order as the others'.
    Message(Message<P>),
    /// The kernel did, or refused, or reports something.
    Kernel(KernelEvent),
    /// Time passed. At [`Node::wake_at`](crate::Node::wake_at) at the latest.
    Tick,
    /// An operator, or the node's health, wants another part for this node.
    AdminState(AdminState),
    /// This node's load was measured.
    Load(P::Load),
    /// These clients have no sessions here any more, and are not to stick any longer.
    LetGo(Clients),
}

/// An event of the kernel.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum KernelEvent {
    /// The last command was carried out; these clients stick to this node from then on, of those that it had sessions of.
    Done(Clients),
    /// The last command was refused; this is what the kernel has instead.
    Refused(TableFound),
    /// The drain of buckets ended, whether their connections did or the time was over.
    Drained(Buckets),
    /// The lease ran out; these buckets drain since.
    Expired(Buckets),
}

/// A table as the kernel has it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TableFound {
    /// Its generation, 0 if there is no table.
    pub generation: u64,
    /// Buckets that the node serves while its lease lasts.
    pub owned: Buckets,
    /// Buckets in drain.
    pub draining: Buckets,
    /// Buckets that it serves, and whose former owner may drain them still.
    pub adopting: Buckets,
    /// When the lease runs out, or did.
    pub lease_until: Time,
    /// Clients that stick to a node.
    pub sticking: Clients,
}

impl TableFound {
    /// No table, of `k` buckets: a machine that has just been started.
    pub fn nothing(k: u32) -> Self {
        Self {
            generation: 0,
            owned: Buckets::none(k),
            draining: Buckets::none(k),
            adopting: Buckets::none(k),
            lease_until: Time(0),
            sticking: Clients::default(),
        }
    }
}
