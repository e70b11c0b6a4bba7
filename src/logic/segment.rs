// SPDX-License-Identifier: GPL-2.0-only

//! TCP segments, fragments and quoted segments to a cluster address (RFC 9293).
//!
//! Read only where a bucket is in transition or under a lease. As in `frame`, nothing reads past the bytes given.

use core::net::IpAddr;

use super::{
    frame::{
        cut,
        Ip4,
        ETH_P_IP,
        IP4_LEN,
        NEEDED_AT_MOST, //
    },
    frame6::{
        Ip6,
        ETH_P_IPV6,
        IP6_LEN, //
    },
};

/// Protocol number of TCP.
pub const IPPROTO_TCP: u8 = 6;

/// Bytes of a TCP header without options.
pub const TCP_LEN: usize = 20;
const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
/// The flag of a reset.
pub const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// A connection, seen from this node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flow {
    /// The client's address.
    pub client: IpAddr,
    /// The client's port, host byte order.
    pub client_port: u16,
    /// The cluster address.
    pub vip: IpAddr,
    /// The port here, host byte order.
    pub vip_port: u16,
}

/// A TCP segment's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Its connection.
    pub flow: Flow,
    flags: u8,
    sequence: u32,
    ack: u32,
    /// Bytes that it carries.
    length: u32,
    /// Bytes of its header, by what that says.
    pub header: usize,
    /// Bytes of all of it.
    pub whole: usize,
    /// Where the TCP header begins, from the network header.
    pub at: usize,
}

impl Segment {
    /// Whether it opens a connection.
    pub fn is_syn(&self) -> bool {
        self.flags & (SYN | ACK | RST) == SYN
    }

    /// Whether it ends one at once.
    pub fn is_reset(&self) -> bool {
        self.flags & RST != 0
    }

    /// What it acknowledges.
    pub fn ack(&self) -> Option<u32> {
        (self.flags & ACK != 0).then_some(self.ack)
    }

    /// Whether it is neither the first nor the last of a connection that there is, or was: it may acknowledge a
    /// SYN cookie.
    pub fn is_within(&self) -> bool {
        self.flags & (SYN | RST | ACK) == ACK
    }

    /// The sequence number that it begins with.
    pub fn sequence(&self) -> u32 {
        self.sequence
    }

    /// The sequence number that follows it.
    pub fn end(&self) -> u32 {
        let flags = u32::from(self.flags & SYN != 0) + u32::from(self.flags & FIN != 0);
        self.sequence.wrapping_add(self.length).wrapping_add(flags)
    }
}

/// A packet, as far as connections go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Packet {
    /// A segment.
    Segment(Segment),
    /// An ICMP error about a segment that this cluster sent on a connection.
    Quoted {
        /// The connection.
        flow: Flow,
        /// The segment's sequence number.
        sequence: u32,
    },
    /// Of no connection: UDP, an ICMP request, another protocol.
    Datagram,
    /// A part of a segment. Its other parts have no ports, so that no part may be given away: the
    /// node that has the connection puts it together, but so would the other one.
    Fragment,
}

impl Packet {
    /// Of a packet whose protocol, header and addresses the packet path has seen to already.
    pub fn new(protocol: u16, packet: &[u8]) -> Self {
        let packet = cut(packet, NEEDED_AT_MOST);
        match protocol {
            ETH_P_IP => ip4(packet),
            ETH_P_IPV6 => ip6(packet),
            _ => None,
        }
        .unwrap_or(Self::Datagram)
    }

    /// Whether it opens nothing: a segment of a connection, or one that claims to be of one.
    pub fn opens_nothing(&self) -> bool {
        matches!(self, Self::Segment(segment) if segment.flags & SYN == 0)
    }

    /// Its connection, if that is one that there is, or was.
    pub fn goes_on(&self) -> Option<&Flow> {
        match self {
            Self::Segment(segment) if segment.is_syn() => None,
            packet => packet.flow(),
        }
    }

    /// Its connection.
    pub fn flow(&self) -> Option<&Flow> {
        match self {
            Self::Segment(segment) => Some(&segment.flow),
            Self::Quoted { flow, .. } => Some(flow),
            Self::Datagram | Self::Fragment => None,
        }
    }
}

/// Bytes of an IPv4 packet that has no options, up to the flags of its TCP header.
pub const IP4_FLAGS: usize = IP4_LEN + FLAGS_AT + 1;
/// The same of IPv6 without extension headers.
pub const IP6_FLAGS: usize = IP6_LEN + FLAGS_AT + 1;
const FLAGS_AT: usize = 13;

/// Whether an IPv4 packet, which begins with these bytes and has no options, is a whole TCP segment
/// that opens nothing. For all that may open something it is false.
#[inline(always)]
pub fn opens_nothing_v4(start: &[u8; IP4_FLAGS]) -> bool {
    // Where the packet lies in its datagram, and whether more follows; time to live; protocol. One
    // number, as it lies.
    let Some(bytes) = start[6..].first_chunk() else {
        return false;
    };
    u32::from_ne_bytes(*bytes) & PLAIN_BITS == PLAIN_TCP && start[IP4_LEN + FLAGS_AT] & SYN == 0
}

const PLAIN_BITS: u32 = u32::from_ne_bytes([0x3f, 0xff, 0, 0xff]);
const PLAIN_TCP: u32 = u32::from_ne_bytes([0, 0, 0, IPPROTO_TCP]);

/// The same of IPv6 without extension headers.
#[inline(always)]
pub fn opens_nothing_v6(start: &[u8; IP6_FLAGS]) -> bool {
    start[6] == IPPROTO_TCP && start[IP6_LEN + FLAGS_AT] & SYN == 0
}

fn ip4(packet: &[u8]) -> Option<Packet> {
    let ip = Ip4::new(packet)?;
    let ends = (ip.source().into(), ip.destination().into());
    if let Some(quoted) = ip.quoted() {
        // What a later part begins with are no ports.
        if quoted.is_later() {
            return Some(Packet::Datagram);
        }
        return quotation((quoted.destination().into(), quoted.source().into()), {
            (quoted.protocol(), quoted.payload()?)
        });
    }
    if ip.protocol() != IPPROTO_TCP {
        return Some(Packet::Datagram);
    }
    if ip.is_fragment() {
        return Some(Packet::Fragment);
    }
    segment(ends, packet, ip.payload()?, ip.total_len())
}

fn ip6(packet: &[u8]) -> Option<Packet> {
    let ip = Ip6::new(packet)?;
    let ends = (ip.source().into(), ip.destination().into());
    if let Some(quoted) = ip.quoted() {
        let ends = (quoted.destination().into(), quoted.source().into());
        return quotation(ends, quoted.transport()?.whole()?);
    }
    let transport = ip.transport()?;
    match transport.whole() {
        None if transport.protocol == IPPROTO_TCP => Some(Packet::Fragment),
        Some((IPPROTO_TCP, payload)) => segment(ends, packet, payload, ip.total_len()),
        _ => Some(Packet::Datagram),
    }
}

/// What an error quotes of a packet from us to the client: `ends` are the client and we.
fn quotation(ends: (IpAddr, IpAddr), payload: (u8, &[u8])) -> Option<Packet> {
    // Eight bytes are quoted at least (RFC 792): the ports and the sequence number.
    let (IPPROTO_TCP, &[a, b, c, d, e, f, g, h, ..]) = payload else {
        return Some(Packet::Datagram);
    };
    Some(Packet::Quoted {
        flow: Flow {
            client: ends.0,
            client_port: u16::from_be_bytes([c, d]),
            vip: ends.1,
            vip_port: u16::from_be_bytes([a, b]),
        },
        sequence: u32::from_be_bytes([e, f, g, h]),
    })
}

fn segment(
    (client, vip): (IpAddr, IpAddr),
    packet: &[u8],
    payload: &[u8],
    total: usize,
) -> Option<Packet> {
    let tcp: &[u8; TCP_LEN] = payload.first_chunk()?;
    let number = |at: usize| Some(u32::from_be_bytes(*tcp.get(at..)?.first_chunk()?));
    let at = packet.len().checked_sub(payload.len())?;
    let header = usize::from(tcp[12] >> 4) * 4;
    let whole = total.saturating_sub(at);
    let length = whole.saturating_sub(header);
    Some(Packet::Segment(Segment {
        flow: Flow {
            client,
            client_port: u16::from_be_bytes([tcp[0], tcp[1]]),
            vip,
            vip_port: u16::from_be_bytes([tcp[2], tcp[3]]),
        },
        flags: tcp[13],
        sequence: number(4)?,
        ack: number(8)?,
        length: u32::try_from(length).unwrap_or(u32::MAX),
        header,
        whole,
        at,
    }))
}

#[cfg(test)]
#[path = "tests/segment.rs"]
mod tests;
