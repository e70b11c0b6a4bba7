// SPDX-License-Identifier: GPL-2.0-only

//! Outputs of a node.

use crate::{Buckets, Clients, Message, Planner, Time};

/// Something for the driver to carry out, in order. It may be late: what a node states is true when it
/// states it and stays so, and commands name moments, not durations.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Output<P: Planner> {
    /// To all members of the view, the node itself too.
    Send(Message<P>),
    /// To the kernel. There is one at a time: the next comes after the answer,
    /// [`KernelEvent::Done`](crate::KernelEvent::Done) or
    /// [`KernelEvent::Refused`](crate::KernelEvent::Refused).
    Kernel(Command),
}

/// A command for the kernel.
///
/// Deadlines are moments of the node's clock, not durations: a driver that is stopped between the
/// decision and the system call must not lengthen a lease.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Command {
    /// A new table.
    SetTable {
        /// Greater than all before; refused otherwise.
        generation: u64,
        /// Buckets to accept new connections for.
        owned: Buckets,
        /// Those gained whose former owner is gone: there is nobody to leave flows to.
        cold: Buckets,
        /// The lease's end.
        lease_until: Time,
        /// Who sticks to this node in buckets that it drains, and to another one in those that it accepts for.
        sticking: Clients,
        /// In these buckets, which it drains from now on, all clients that it has sessions of are to stick to it, too, but for those
        /// that stick to another node.
        stick: (Buckets, Clients),
    },
    /// A longer lease for the table that is there; refused if it has run out.
    Renew {
        /// The lease's end.
        lease_until: Time,
    },
    /// The former owners of these buckets have nothing left to drain.
    Settle {
        /// Buckets whose transition ends.
        buckets: Buckets,
    },
}
