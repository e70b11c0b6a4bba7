// SPDX-License-Identifier: GPL-2.0-only

//! Orders to the kernel's thread.

use ssi_cluster::file::{ClusterFile, Node};
use ssi_protocol::{Buckets, Clients, Command};

/// Something to be done.
#[derive(Clone, Debug)]
pub enum Order {
    /// The protocol's.
    Command(Command),
    /// Connections in these draining buckets are given up.
    GiveUp(Buckets),
    /// Sessions that are left in these buckets end, if nobody serves them.
    EndSessions(Buckets),
    /// These clients stick to this node, and are looked after.
    Watch(Clients),
    /// Whether this node answers ARP.
    Master(bool),
    /// Whether the cluster is to be here.
    Present(bool),
    /// The cluster file is another.
    File(Box<(ClusterFile, Node)>),
    /// What is missing of the cluster on this machine is to be put back.
    Mend,
    /// The kernel sent an event: what has come of it is looked up, in its place between commands.
    Look,
}
