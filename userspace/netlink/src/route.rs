// SPDX-License-Identifier: GPL-2.0-only

//! Addresses on interfaces, by rtnetlink.

use std::net::IpAddr;

use netlink_packet_core::{
    DecodeError, Emitable, NetlinkDeserializable, NetlinkHeader, NetlinkSerializable, Parseable,
};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::address::{
    AddressAttribute, AddressFlags, AddressMessage, AddressProtocol, AddressScope, CacheInfo,
};
use netlink_sys::protocols::NETLINK_ROUTE;

use crate::connection::Connection;
use crate::error::Error;

/// Bytes of `struct ifaddrmsg`.
const IFADDRMSG: usize = 8;

/// Who bound an address (`IFA_PROTO`): ssi. The kernel keeps it with the address. Its own are below 4, and no routing
/// daemon has this one among the numbers of `linux/rtnetlink.h`, which some of them use for addresses, too.
pub const PROTOCOL: u8 = 90;

const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_GETADDR: u16 = 22;

/// A message about an address. (`RouteNetlinkMessage` would do, and bring code for all of rtnetlink.)
#[derive(Clone, Debug)]
struct Message {
    number: u16,
    address: AddressMessage,
}

impl NetlinkSerializable for Message {
    fn message_type(&self) -> u16 {
        self.number
    }

    fn buffer_len(&self) -> usize {
        self.address.buffer_len()
    }

    fn serialize(&self, buffer: &mut [u8]) {
        self.address.emit(buffer);
    }
}

impl NetlinkDeserializable for Message {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self {
            number: header.message_type,
            address: AddressMessage::parse(payload)?,
        })
    }
}

/// An address on an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The address.
    pub address: IpAddr,
    /// Length of its prefix in bits.
    pub prefix: u8,
    /// The kernel's whole message, to put it back as it was.
    whole: AddressMessage,
}

impl Bound {
    /// A cluster's address, as it is to be bound: without duplicate address detection, since all nodes have
    /// it, and so that the kernel does not choose it as the source of a node's own connections. IPv6 has a
    /// lifetime for that. IPv4 has scopes, but wants one scope for all addresses of a subnet, the node's own
    /// too: so the address is the host's where it is a subnet by itself, and elsewhere an older one is chosen.
    pub fn cluster(ifindex: u32, address: IpAddr, prefix: u8) -> Self {
        let mut bound = Self::plain(ifindex, address, prefix);
        let ours = AddressProtocol::from(PROTOCOL);
        bound
            .whole
            .attributes
            .push(AddressAttribute::Protocol(ours));
        bound
    }

    /// The same, bound by somebody who leaves no origin.
    pub fn plain(ifindex: u32, address: IpAddr, prefix: u8) -> Self {
        let mut whole = AddressMessage::default();
        whole.header.index = ifindex;
        whole.header.prefix_len = prefix;
        whole.attributes = vec![
            AddressAttribute::Local(address),
            AddressAttribute::Address(address),
        ];
        if address.is_ipv6() {
            whole.header.family = AddressFamily::Inet6;
            let mut lifetime = CacheInfo::default();
            lifetime.ifa_preferred = 0;
            lifetime.ifa_valid = u32::MAX;
            whole.attributes.extend([
                AddressAttribute::Flags(AddressFlags::Nodad),
                AddressAttribute::CacheInfo(lifetime),
            ]);
        } else {
            whole.header.family = AddressFamily::Inet;
            if prefix == 32 {
                whole.header.scope = AddressScope::Host;
            }
        }
        Self {
            address,
            prefix,
            whole,
        }
    }

    /// A multicast group that the kernel is to join and to stay in while the address is there; never the source
    /// of anything.
    pub fn group(ifindex: u32, group: IpAddr) -> Self {
        let prefix = if group.is_ipv4() { 32 } else { 128 };
        let mut bound = Self::cluster(ifindex, group, prefix);
        let attributes = &mut bound.whole.attributes;
        attributes.retain(|attribute| !matches!(attribute, AddressAttribute::Flags(_)));
        let mut flags = AddressFlags::Mcautojoin;
        if group.is_ipv6() {
            flags |= AddressFlags::Nodad | AddressFlags::Noprefixroute;
        }
        attributes.push(AddressAttribute::Flags(flags));
        bound
    }

    /// Whether ssi bound it, in whatever process.
    pub fn is_ours(&self) -> bool {
        let ours = AddressProtocol::from(PROTOCOL);
        let mut attributes = self.whole.attributes.iter();
        attributes.any(|attribute| *attribute == AddressAttribute::Protocol(ours))
    }

    fn of(whole: AddressMessage) -> Option<Self> {
        // On a point-to-point interface `Address` is the peer's; `Local` is missing for most of IPv6.
        let local = whole.attributes.iter().find_map(|a| match a {
            AddressAttribute::Local(address) => Some(*address),
            _ => None,
        });
        let address = whole.attributes.iter().find_map(|a| match a {
            AddressAttribute::Address(address) => Some(*address),
            _ => None,
        });
        Some(Self {
            address: local.or(address)?,
            prefix: whole.header.prefix_len,
            whole,
        })
    }
}

/// A connection to rtnetlink, in the network namespace that it was opened in.
pub struct Route {
    pub(crate) connection: Connection,
}

impl Route {
    /// Connects.
    pub fn open() -> Result<Self, Error> {
        let connection = Connection::open(NETLINK_ROUTE, IFADDRMSG)?;
        // Without it the kernel lists the addresses of all interfaces.
        connection.socket().set_netlink_get_strict_chk(true)?;
        Ok(Self { connection })
    }

    /// The addresses on an interface.
    pub fn addresses(&mut self, ifindex: u32) -> Result<Vec<Bound>, Error> {
        let mut address = AddressMessage::default();
        address.header.index = ifindex;
        let answers = self.connection.dump(Message {
            number: RTM_GETADDR,
            address,
        })?;
        Ok(answers
            .into_iter()
            .filter(|answer| answer.number == RTM_NEWADDR && answer.address.header.index == ifindex)
            .filter_map(|answer| Bound::of(answer.address))
            .collect())
    }

    /// Puts an address on its interface.
    pub fn bind(&mut self, bound: &Bound) -> Result<(), Error> {
        self.send(RTM_NEWADDR, bound)
    }

    /// Takes an address away from its interface.
    pub fn unbind(&mut self, bound: &Bound) -> Result<(), Error> {
        self.send(RTM_DELADDR, bound)
    }

    fn send(&mut self, number: u16, bound: &Bound) -> Result<(), Error> {
        let message = Message {
            number,
            address: bound.whole.clone(),
        };
        self.connection.request(message).map(drop)
    }
}
