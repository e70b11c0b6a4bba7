// SPDX-License-Identifier: GPL-2.0-only

//! Notifications of rtnetlink about interfaces, addresses, rules and routes.

use std::os::fd::{AsFd, BorrowedFd};

use netlink_packet_core::{DecodeError, NetlinkDeserializable, NetlinkHeader};
use netlink_sys::protocols::NETLINK_ROUTE;

use crate::connection::Connection;
use crate::error::Error;

/// Multicast groups (linux/rtnetlink.h).
const RTNLGRP_LINK: u32 = 1;
const RTNLGRP_IPV4_IFADDR: u32 = 5;
const RTNLGRP_IPV4_ROUTE: u32 = 7;
const RTNLGRP_IPV4_RULE: u32 = 8;
const RTNLGRP_IPV6_IFADDR: u32 = 9;
const RTNLGRP_IPV6_ROUTE: u32 = 11;
const RTNLGRP_IPV6_RULE: u32 = 19;

const GROUPS: [u32; 7] = [
    RTNLGRP_LINK,
    RTNLGRP_IPV4_IFADDR,
    RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV4_RULE,
    RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV6_ROUTE,
    RTNLGRP_IPV6_RULE,
];

const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
/// Who makes routes when something about the machine changes: the kernel, `ip`, configuration at boot, IPv6's routers and DHCP.
/// Those of routing daemons change all day.
const BY_CONFIGURATION: [u8; 5] = [2, 3, 4, 9, 16];

/// A notification: who needs to know reads what there is.
#[derive(Debug)]
struct Anything {
    /// Whether it is about something that anybody here cares for.
    matters: bool,
}

impl NetlinkDeserializable for Anything {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        let matters = match (header.message_type, payload) {
            (RTM_NEWROUTE | RTM_DELROUTE, [_, prefix, _, _, _, protocol, ..]) => {
                *prefix == 0 || BY_CONFIGURATION.contains(protocol)
            }
            _ => true,
        };
        Ok(Self { matters })
    }
}

/// A subscription to changes of the interfaces, addresses, rules and configured routes of the network namespace that it was opened in.
pub struct RouteEvents {
    connection: Connection,
}

impl RouteEvents {
    /// Subscribes.
    pub fn open() -> Result<Self, Error> {
        let connection = Connection::open(NETLINK_ROUTE, 0)?;
        let socket = connection.socket();
        for group in GROUPS {
            socket.add_membership(group)?;
        }
        Ok(Self { connection })
    }

    /// Waits until something has changed. All that has is one change, lost notifications as well.
    pub fn wait(&mut self) -> Result<(), Error> {
        loop {
            match self.connection.events::<Anything>() {
                Ok(events) if !events.iter().any(|(_, event)| event.matters) => {}
                Ok(_) | Err(Error::Lost) => break,
                Err(e) => return Err(e),
            }
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
