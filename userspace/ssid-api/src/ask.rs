// SPDX-License-Identifier: GPL-2.0-only

//! A client's one question, and what comes back.

use serde::{Deserialize, Serialize};

use crate::{Event, Heat, Status};

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// One [`Answer::Status`].
    Status,
    /// A status each second, and with `heat` an [`Answer::Heat`] after each.
    Watch {
        /// Whether the buckets' load is wanted too.
        heat: bool,
    },
    /// [`Answer::Event`]s as they come.
    Events,
    /// The node of this name is dead, and nothing that ran there will ever act again: [`Answer::Done`] or [`Answer::Refused`]. Only
    /// the node that is asked goes by it.
    ConfirmDead {
        /// The node's name in the cluster file.
        node: String,
    },
    /// Something is to be done: [`Answer::Done`] or [`Answer::Refused`].
    Order(Order),
}

/// What a node is to do from now on. Whichever node is asked passes it on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The node's name in the cluster file.
    pub node: String,
    /// What it is to do.
    pub wish: Wish,
}

/// What an operator wants of a node. Kept by the node across restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// It serves its share (`join`).
    Serve,
    /// It gives all buckets away and stays a member (`drain`). After so many seconds, if any are given, the connections
    /// that are left are given up.
    Drain(Option<u32>),
    /// It gives all buckets away, and then its cluster is taken off the machine (`leave`). The seconds are as above.
    Leave(Option<u32>),
    /// Its weight, 1 to 10000; `None`: what is in the file.
    Weight(Option<u32>),
}

/// A line from the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// How things are.
    Status(Box<Status>),
    /// The buckets' load.
    Heat(Heat),
    /// Something happened.
    Event(Event),
    /// The order was passed on, and the node in question has it.
    Done,
    /// Why not, in a sentence.
    Refused(String),
}
