// SPDX-License-Identifier: GPL-2.0-only

//! Notifications of rtnetlink about interfaces and addresses.

use std::os::fd::{AsFd, BorrowedFd};

use netlink_packet_core::{DecodeError, NetlinkDeserializable, NetlinkHeader};
use netlink_sys::protocols::NETLINK_ROUTE;

use crate::connection::Connection;
use crate::error::Error;

/// Multicast groups (linux/rtnetlink.h).
const RTNLGRP_LINK: u32 = 1;
const RTNLGRP_IPV4_IFADDR: u32 = 5;
const RTNLGRP_IPV6_IFADDR: u32 = 9;

/// A notification, whatever it says: who needs to know reads what there is.
#[derive(Debug)]
struct Anything;

impl NetlinkDeserializable for Anything {
    type Error = DecodeError;

    fn deserialize(_: &NetlinkHeader, _: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

/// A subscription to changes of the interfaces and addresses of the network namespace that it was opened in.
pub struct RouteEvents {
    connection: Connection,
}

impl RouteEvents {
    /// Subscribes.
    pub fn open() -> Result<Self, Error> {
        let connection = Connection::open(NETLINK_ROUTE, 0)?;
        let socket = connection.socket();
        for group in [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR] {
            socket.add_membership(group)?;
        }
        Ok(Self { connection })
    }

    /// Waits until something has changed. All that has is one change, lost notifications as well.
    pub fn wait(&mut self) -> Result<(), Error> {
        match self.connection.events::<Anything>() {
            Ok(_) | Err(Error::Lost) => {}
            Err(e) => return Err(e),
        }
        self.there()
    }

    /// Reads what is there, and waits for nothing.
    pub fn there(&mut self) -> Result<(), Error> {
        loop {
            match self.connection.events_there::<Anything>() {
                Ok(Some(_)) | Err(Error::Lost) => {}
                Ok(None) => return Ok(()),
                Err(e) => return Err(e),
            }
        }
    }
}

impl AsFd for RouteEvents {
    /// The socket, which becomes readable when something has changed.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.socket().as_fd()
    }
}
