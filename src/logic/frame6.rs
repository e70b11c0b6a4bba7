// SPDX-License-Identifier: GPL-2.0-only

//! Parsers of IPv6: header, ICMPv6 errors, neighbour discovery.
//!
//! Like `frame`: a view is checked where it is made, and nothing reads past the bytes given.

use core::net::Ipv6Addr;

use super::client::{
    port,
    End, //
};
use super::mac::Mac;
use super::sum::changed;

/// EtherType of IPv6 (RFC 2464).
pub const ETH_P_IPV6: u16 = 0x86dd;

/// Bytes of an IPv6 header (RFC 8200).
pub const IP6_LEN: usize = 40;
/// Most extension headers that are walked; what has more is taken by its source address.
const EXTENSIONS_MAX: usize = 8;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const ICMPV6: u8 = 58;
const DESTINATION_OPTIONS: u8 = 60;
/// Bytes of ICMPv6's header: type, code, checksum.
const ICMPV6_LEN: usize = 4;

/// An IPv6 header and what follows it as far as it was given.
///
/// # Invariants
///
/// The version is 6.
#[derive(Clone, Copy)]
pub struct Ip6<'a> {
    header: &'a [u8; IP6_LEN],
    rest: &'a [u8],
}

impl<'a> Ip6<'a> {
    /// `None` where `packet` is no IPv6 or shorter than a header.
    #[inline(always)]
    pub fn new(packet: &'a [u8]) -> Option<Self> {
        let (header, rest) = packet.split_first_chunk()?;
        // INVARIANT: checked here.
        (header[0] >> 4 == 6).then_some(Self { header, rest })
    }

    /// Source address.
    #[inline(always)]
    pub fn source(&self) -> Ipv6Addr {
        address(self.header, 8)
    }

    /// Destination address.
    #[inline(always)]
    pub fn destination(&self) -> Ipv6Addr {
        address(self.header, 24)
    }

    /// Whether ICMPv6 may be in it, at once or behind extension headers: then more of it is read.
    #[inline(always)]
    pub fn may_be_icmp(&self) -> bool {
        matches!(
            self.header[6],
            HOP_BY_HOP | ROUTING | FRAGMENT | AUTHENTICATION | ICMPV6 | DESTINATION_OPTIONS
        )
    }

    /// Whose request this is: the source; of an ICMPv6 error the destination of the packet that it
    /// quotes, the client, since the error's own source is some router (RFC 4443, 2.2 and 3).
    ///
    /// `None` where an error quotes no whole header.
    #[inline(always)]
    pub fn client(&self) -> Option<Ipv6Addr> {
        if !self.may_be_icmp() {
            return Some(self.source());
        }
        match self.icmp() {
            // Errors are the types below 128.
            Some(icmp @ [0..=127, ..]) => Some(Ip6::new(icmp.get(8..)?)?.destination()),
            _ => Some(self.source()),
        }
    }

    /// The port of whose request this is, as that of an IPv4 packet.
    #[inline(never)]
    pub fn client_port(&self) -> Option<u16> {
        let (transport, end) = match self.quoted() {
            Some(quoted) => (
                quoted.transport().filter(|it| !it.is_later)?,
                End::Destination,
            ),
            None => (self.transport().filter(|it| !it.is_fragment)?, End::Source),
        };
        port(transport.protocol, transport.payload, end)
    }

    /// The packet that an ICMPv6 error quotes.
    pub fn quoted(&self) -> Option<Self> {
        match self.icmp()? {
            icmp @ [0..=127, ..] => Ip6::new(icmp.get(8..)?),
            _ => None,
        }
    }

    /// The ICMPv6 message, if it is one and not a later fragment of one.
    #[inline(never)]
    fn icmp(&self) -> Option<&'a [u8]> {
        let transport = self.transport()?;
        let is_whole = transport.payload.len() >= ICMPV6_LEN && !transport.is_later;
        (transport.protocol == ICMPV6 && is_whole).then_some(transport.payload)
    }

    /// What follows the extension headers.
    pub fn transport(&self) -> Option<Transport<'a>> {
        let mut found = Transport {
            protocol: self.header[6],
            payload: self.rest,
            is_fragment: false,
            is_later: false,
        };
        for _ in 0..=EXTENSIONS_MAX {
            let extension = found.payload.first_chunk::<4>();
            let length = match (found.protocol, extension) {
                (HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS, Some(&[_, units, ..])) => {
                    (usize::from(units) + 1) * 8
                }
                // In units of four bytes less two (RFC 4302).
                (AUTHENTICATION, Some(&[_, units, ..])) => (usize::from(units) + 2) * 4,
                (FRAGMENT, Some(&[_, _, high, low])) => {
                    let offset = u16::from_be_bytes([high, low]);
                    // Bit 0: more fragments follow. A part stays one whatever header comes behind this one.
                    found.is_fragment |= offset & 0xfff9 != 0;
                    found.is_later = offset >> 3 != 0;
                    8
                }
                (HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS | AUTHENTICATION | FRAGMENT, None) => {
                    return None;
                }
                _ => return Some(found),
            };
            let &[next, ..] = extension?;
            found.protocol = next;
            found.payload = found.payload.get(length..)?;
            if found.is_later {
                // What is in it is the packet's later part, and no header.
                return Some(found);
            }
        }
        None
    }

    /// Bytes of the packet, by its length field.
    pub fn total_len(&self) -> usize {
        IP6_LEN + usize::from(u16::from_be_bytes([self.header[4], self.header[5]]))
    }
}

/// What an IPv6 packet carries.
#[derive(Clone, Copy, Debug)]
pub struct Transport<'a> {
    /// Its protocol.
    pub protocol: u8,
    /// Its bytes, as far as they were given.
    pub payload: &'a [u8],
    is_fragment: bool,
    is_later: bool,
}

impl<'a> Transport<'a> {
    /// Protocol and bytes, if they are not those of a fragment.
    pub fn whole(&self) -> Option<(u8, &'a [u8])> {
        (!self.is_fragment).then_some((self.protocol, self.payload))
    }
}

fn address(header: &[u8; IP6_LEN], at: usize) -> Ipv6Addr {
    let bytes = header.get(at..).and_then(|rest| rest.first_chunk::<16>());
    Ipv6Addr::from(*bytes.unwrap_or(&[0; 16]))
}

/// Where the checksum of neighbour discovery is, from the network header.
pub const ND_CHECKSUM: usize = IP6_LEN + 2;
/// Where the target's address is, in a message that has one.
const TARGET: usize = IP6_LEN + 8;
/// Most options that are looked at.
const OPTIONS_MAX: usize = 4;
/// Bytes of the longest message with as many options of sixteen bytes.
pub const ND_NEEDED: usize = NdMessage::Solicitation.options() + OPTIONS_MAX * 16;

/// Neighbour discovery's messages that carry link-layer addresses (RFC 4861, 4.1, 4.3
/// and 4.4), but for the router advertisement, which no node sends as the cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NdMessage {
    /// Which routers are there?
    RouterSolicitation,
    /// Who has the target address?
    Solicitation,
    /// The target address is here.
    Advertisement,
}

impl NdMessage {
    const fn new(kind: u8) -> Option<Self> {
        match kind {
            133 => Some(Self::RouterSolicitation),
            135 => Some(Self::Solicitation),
            136 => Some(Self::Advertisement),
            _ => None,
        }
    }

    /// Where its options begin, from the network header.
    const fn options(self) -> usize {
        match self {
            Self::RouterSolicitation => TARGET,
            Self::Solicitation | Self::Advertisement => TARGET + 16,
        }
    }
}

/// A link-layer address option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkLayer {
    /// The address.
    pub mac: Mac,
    /// Where it is, from the network header.
    pub at: usize,
}

/// A message of neighbour discovery.
///
/// # Invariants
///
/// Hop limit 255, code 0, no extension header; `packet` is as long as a message without options at
/// least and ends where the header has it, or before.
#[derive(Clone, Copy)]
pub struct Nd<'a> {
    message: NdMessage,
    packet: &'a [u8],
}

impl<'a> Nd<'a> {
    /// `None` where `packet` is anything else.
    pub fn new(packet: &'a [u8]) -> Option<Self> {
        let ip = Ip6::new(packet)?;
        let &[kind, code] = ip.rest.first_chunk()?;
        let message = NdMessage::new(kind)?;
        // What follows, Ethernet's padding, is neither option nor summed.
        let end = IP6_LEN + usize::from(u16::from_be_bytes([ip.header[4], ip.header[5]]));
        let packet = packet.get(..end).unwrap_or(packet);
        // INVARIANT: checked here; a router would have lowered the hop limit.
        let whole = ip.header[6] == ICMPV6 && ip.header[7] == 255 && code == 0;
        (whole && packet.len() >= message.options()).then_some(Self { message, packet })
    }

    /// What it is.
    pub fn message(&self) -> NdMessage {
        self.message
    }

    /// The address that it is about, if it names one.
    pub fn target(&self) -> Option<Ipv6Addr> {
        let bytes = self.packet.get(TARGET..self.message.options())?;
        Some(Ipv6Addr::from(*bytes.first_chunk::<16>()?))
    }

    /// The link-layer address that it carries: a solicitation its source's, an advertisement its
    /// target's.
    pub fn link_layer(&self) -> Option<LinkLayer> {
        let wanted = match self.message {
            NdMessage::RouterSolicitation | NdMessage::Solicitation => 1,
            NdMessage::Advertisement => 2,
        };
        let mut at = self.message.options();
        for _ in 0..OPTIONS_MAX {
            let option = self.packet.get(at..)?;
            let &[kind, length] = option.first_chunk()?;
            if kind == wanted && length == 1 {
                let mac = option.get(2..)?.first_chunk()?;
                return Some(LinkLayer {
                    mac: Mac(*mac),
                    // There are so many bytes, so neither sum overflows, which the compiler does not always see.
                    at: at.wrapping_add(2),
                });
            }
            // Of length 0 it would be an endless one, which RFC 4861 has dropped.
            at = at.wrapping_add(usize::from(length.max(1)) * 8);
        }
        None
    }

    /// The checksum with another link-layer address.
    pub fn checksum_with(&self, old: LinkLayer, new: Mac) -> [u8; 2] {
        let bytes = self
            .packet
            .get(ND_CHECKSUM..)
            .and_then(|rest| rest.first_chunk());
        // The address begins at an even place, so its 16-bit numbers are the checksum's.
        let ([a, b, c], [d, e, f]) = (halves(old.mac), halves(new));
        let changes = [(a, d), (b, e), (c, f)];
        changed(*bytes.unwrap_or(&[0; 2]), &changes)
    }
}

fn halves(mac: Mac) -> [u16; 3] {
    let [a, b, c, d, e, f] = mac.0;
    [[a, b], [c, d], [e, f]].map(u16::from_be_bytes)
}

#[cfg(test)]
#[path = "tests/frame6.rs"]
mod tests;
