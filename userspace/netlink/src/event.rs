// SPDX-License-Identifier: GPL-2.0-only

//! Events of the kernel.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use netlink_packet_core::{DecodeError, NetlinkHeader};
use netlink_packet_generic::GenlMessage;

use crate::config::Cluster;
use crate::connection::Connection;
use crate::error::Error;
use crate::lookup::Family;
use crate::message::Message;
use crate::spec::Op;
use crate::table::Drained;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A cluster was made, was changed, went, or its lease has run out: `op` is which of them.
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
///
/// Events that came faster than they were read are lost, which the kernel reports once: [`Error::Lost`]. The
/// subscription goes on, and who keeps a picture of what there is reads it anew with a [`Client`].
///
/// A daemon waits for the socket to become readable, and then calls [`Events::there`] until that is `None`.
///
/// [`Client`]: crate::Client
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
        self.ours(&messages)
    }

    /// Events that are there; `None` where there is nothing to read. It waits for nothing.
    pub fn there(&mut self) -> Result<Option<Vec<Event>>, Error> {
        let messages = self.connection.events_there::<GenlMessage<Message>>()?;
        messages.map(|messages| self.ours(&messages)).transpose()
    }

    fn ours(
        &self,
        messages: &[(NetlinkHeader, GenlMessage<Message>)],
    ) -> Result<Vec<Event>, Error> {
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

impl AsRawFd for Events {
    /// The same, for those who want a number.
    fn as_raw_fd(&self) -> RawFd {
        self.connection.socket().as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Client;

    /// A daemon has them in threads of their own.
    #[test]
    fn go_to_another_thread() {
        fn is_send<T: Send + 'static>() {}
        is_send::<Client>();
        is_send::<Events>();
        is_send::<Error>();
    }
}
