// SPDX-License-Identifier: GPL-2.0-only

//! What the kernel tells without being asked.

use std::os::fd::{AsFd, BorrowedFd};

use netlink_packet_core::DecodeError;
use netlink_packet_generic::GenlMessage;

use crate::cluster::Cluster;
use crate::connection::Connection;
use crate::error::Error;
use crate::lookup::Family;
use crate::message::Message;
use crate::spec::Op;
use crate::table::Drained;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A cluster was made, was changed, went, or its lease has run out: what is told in `op`.
    Cluster {
        /// [`Op::ClusterNewNtf`], [`Op::ClusterSetNtf`], [`Op::ClusterDelNtf`] or [`Op::LapsedNtf`].
        op: Op,
        /// The cluster as it is now, or as it was when it went.
        cluster: Box<Cluster>,
    },
    /// Buckets are drained.
    Drained(Drained),
}

impl TryFrom<&Message> for Event {
    type Error = DecodeError;

    fn try_from(message: &Message) -> Result<Self, DecodeError> {
        let attributes = &message.attributes;
        Ok(match message.op {
            Op::DrainedNtf => Self::Drained(attributes.try_into()?),
            op => Self::Cluster {
                op,
                cluster: Box::new(attributes.try_into()?),
            },
        })
    }
}

/// A subscription to the family's events.
pub struct Events {
    connection: Connection,
    family: Family,
}

impl Events {
    pub(crate) fn subscribe(connection: Connection, family: Family) -> Result<Self, Error> {
        connection.socket().add_membership(family.events)?;
        Ok(Self { connection, family })
    }

    /// Waits for events. After [`Error::Lost`] the subscription goes on.
    pub fn wait(&mut self) -> Result<Vec<Event>, Error> {
        let messages = self.connection.events::<GenlMessage<Message>>()?;
        messages
            .iter()
            .filter(|(header, _)| header.message_type == self.family.id)
            .map(|(_, message)| Ok(Event::try_from(&message.payload)?))
            .collect()
    }
}

impl AsFd for Events {
    /// The socket, which becomes readable when an event has come.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.socket().as_fd()
    }
}
