// SPDX-License-Identifier: GPL-2.0-only

//! Parsers of frames: ARP, IPv4, ICMP.
//!
//! Each view is checked once, where it is made; after that its readers cannot fail. Nothing here
//! reads past the bytes given, however short or strange they are.

use core::net::Ipv4Addr;

use super::client::{
    port,
    End, //
};
use super::frame6::{
    Ip6,
    ETH_P_IPV6,
    IP6_LEN, //
};
use super::mac::{
    Mac,
    LEN as MAC_LEN, //
};

/// EtherType of IPv4 (RFC 894).
pub const ETH_P_IP: u16 = 0x0800;
/// EtherType of ARP (RFC 826).
pub const ETH_P_ARP: u16 = 0x0806;
/// EtherTypes of VLAN tags (IEEE 802.1Q, 9.6).
const ETH_P_8021Q: u16 = 0x8100;
const ETH_P_8021AD: u16 = 0x88a8;
/// Bytes of a tag behind its EtherType: the VLAN, and the EtherType of what follows.
pub const TAG_LEN: usize = 4;
/// Most tags without a VLAN that the stack takes off (`VLAN_MAX_DEPTH`).
const TAGS_MAX: usize = 10;

/// What is behind tags of a priority without a VLAN, if `packet` begins behind the EtherType of one: its
/// EtherType and bytes. The stack takes one such tag off ahead of us, and all others behind us.
pub fn behind_priorities(mut protocol: u16, mut packet: &[u8]) -> Option<(u16, &[u8])> {
    if !matches!(protocol, ETH_P_8021Q | ETH_P_8021AD) {
        return None;
    }
    for _ in 0..TAGS_MAX {
        let &[high, low, kind, of] = packet.first_chunk::<TAG_LEN>()?;
        if u16::from_be_bytes([high, low]) & 0x0fff != 0 {
            return None;
        }
        protocol = u16::from_be_bytes([kind, of]);
        packet = packet.get(TAG_LEN..)?;
        if !matches!(protocol, ETH_P_8021Q | ETH_P_8021AD) {
            return Some((protocol, packet));
        }
    }
    None
}

/// Bytes of an Ethernet header.
pub const ETH_HLEN: usize = 14;

/// As many bytes from the network header on as nearly all decisions need: an IPv6 header, which has
/// more than ARP or an IPv4 header without options.
pub const NEEDED: usize = IP6_LEN;

/// As many as any decision reads. For IPv4: the longest header (60), an ICMP error's header (8) and
/// the quoted header without options (20). For IPv6 it leaves room for some 100 bytes of extension
/// headers ahead of an ICMPv6 error.
pub const NEEDED_AT_MOST: usize = 192;

/// The first `most` bytes, if there are more. How many bytes of a packet are at hand depends on the buffer's layout:
/// a decision that reads no further than this is the same whatever the layout, on all nodes.
#[inline(always)]
pub fn cut(bytes: &[u8], most: usize) -> &[u8] {
    bytes.get(..most).unwrap_or(bytes)
}

/// Whether a decision on this packet, of which `NEEDED` bytes are at hand, may need more.
#[inline(always)]
pub fn needs_more(protocol: u16, packet: &[u8]) -> bool {
    match protocol {
        ETH_P_IP => packet.get(IP4_PROTOCOL) == Some(&IPPROTO_ICMP),
        ETH_P_IPV6 => Ip6::new(packet).is_some_and(|ip| ip.may_be_icmp()),
        _ => false,
    }
}

/// An Ethernet header, before any VLAN tag inside the frame.
#[derive(Clone, Copy)]
pub struct Ethernet<'a>(&'a [u8; ETH_HLEN]);

impl<'a> Ethernet<'a> {
    /// The header that `frame` begins with, and what follows it.
    #[inline(always)]
    pub fn new(frame: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (header, rest) = frame.split_first_chunk()?;
        Some((Self(header), rest))
    }

    /// The type of the payload.
    #[inline(always)]
    pub fn ethertype(&self) -> u16 {
        let [.., high, low] = *self.0;
        u16::from_be_bytes([high, low])
    }
}

/// Writes the source MAC into a frame, if that is as long.
#[inline(always)]
pub fn set_source(frame: &mut [u8], mac: Mac) {
    let source = frame
        .get_mut(MAC_LEN..)
        .and_then(<[u8]>::first_chunk_mut::<MAC_LEN>);
    if let Some(source) = source {
        *source = mac.0;
    }
}

/// ARP's operations (RFC 826).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArpOperation {
    /// Who has the target address?
    Request,
    /// The sender has its address.
    Reply,
    /// Anything else, RARP and its like.
    Other,
}

/// Bytes of ARP for Ethernet and IPv4.
pub const ARP_LEN: usize = 28;
/// Where the sender's MAC is.
pub const ARP_SENDER_MAC: usize = 8;
/// Where the target's MAC is.
pub const ARP_TARGET_MAC: usize = 18;

/// ARP for Ethernet and IPv4.
///
/// # Invariants
///
/// Hardware and protocol types and lengths are those of Ethernet and IPv4.
#[derive(Clone, Copy)]
pub struct Arp<'a>(&'a [u8; ARP_LEN]);

impl<'a> Arp<'a> {
    /// `None` where `payload` is shorter, or ARP for something else.
    #[inline]
    pub fn new(payload: &'a [u8]) -> Option<Self> {
        let whole: &[u8; ARP_LEN] = payload.first_chunk()?;
        // INVARIANT: checked here. Ethernet is 1, IPv4 0x0800, addresses of 6 and 4 bytes.
        whole
            .starts_with(&[0, 1, 8, 0, 6, 4])
            .then_some(Self(whole))
    }

    /// Its operation.
    pub fn operation(&self) -> ArpOperation {
        match (self.0[6], self.0[7]) {
            (0, 1) => ArpOperation::Request,
            (0, 2) => ArpOperation::Reply,
            _ => ArpOperation::Other,
        }
    }

    /// The sender's MAC.
    pub fn sender_mac(&self) -> Mac {
        let b = self.0;
        Mac([b[8], b[9], b[10], b[11], b[12], b[13]])
    }

    /// The sender's IPv4 address.
    pub fn sender(&self) -> Ipv4Addr {
        let b = self.0;
        Ipv4Addr::new(b[14], b[15], b[16], b[17])
    }

    /// The target's MAC: not known in a request, mostly zero.
    pub fn target_mac(&self) -> Mac {
        let b = self.0;
        Mac([b[18], b[19], b[20], b[21], b[22], b[23]])
    }

    /// The target's IPv4 address.
    pub fn target(&self) -> Ipv4Addr {
        let [.., a, b, c, d] = *self.0;
        Ipv4Addr::new(a, b, c, d)
    }
}

const _: () = assert!(ARP_SENDER_MAC + MAC_LEN + 4 == ARP_TARGET_MAC);

/// Bytes of an IPv4 header without options (RFC 791).
pub const IP4_LEN: usize = 20;
/// Where the protocol is.
const IP4_PROTOCOL: usize = 9;
const IPPROTO_ICMP: u8 = 1;

/// The source address in an IPv4 header.
#[inline(always)]
pub fn source4(header: &[u8; IP4_LEN]) -> Ipv4Addr {
    let h = header;
    Ipv4Addr::new(h[12], h[13], h[14], h[15])
}

/// An IPv4 header and what follows it as far as it was given.
///
/// # Invariants
///
/// The version is 4 and the header length at least 20 bytes.
#[derive(Clone, Copy)]
pub struct Ip4<'a> {
    header: &'a [u8; IP4_LEN],
    rest: &'a [u8],
}

impl<'a> Ip4<'a> {
    /// `None` where `packet` is no IPv4 or shorter than a header without options.
    #[inline(always)]
    pub fn new(packet: &'a [u8]) -> Option<Self> {
        let (header, rest) = packet.split_first_chunk()?;
        // INVARIANT: one comparison checks both, as the version is the upper half of the byte.
        (0x45..=0x4f)
            .contains(&header[0])
            .then_some(Self { header, rest })
    }

    /// The same, where there are no options; what follows is not looked at.
    #[inline(always)]
    pub fn plain(header: &'a [u8; IP4_LEN]) -> Option<Self> {
        (header[0] == 0x45).then_some(Self { header, rest: &[] })
    }

    /// Source address.
    #[inline(always)]
    pub fn source(&self) -> Ipv4Addr {
        source4(self.header)
    }

    /// Destination address.
    #[inline(always)]
    pub fn destination(&self) -> Ipv4Addr {
        let h = self.header;
        Ipv4Addr::new(h[16], h[17], h[18], h[19])
    }

    /// Whose request this is: the source; of an ICMP error the destination of the packet that it
    /// quotes, the client, since the error's own source is some router (RFC 792, RFC 1812 4.3.2.3).
    ///
    /// `None` where an ICMP error quotes no whole header.
    #[inline(always)]
    pub fn client(&self) -> Option<Ipv4Addr> {
        if !self.is_icmp() {
            return Some(self.source());
        }
        self.client_of_icmp()
    }

    /// The port of whose request this is: the source's; of an ICMP error that to which the packet went that it quotes.
    ///
    /// `None` of fragments, the first one too, so that all parts of a packet are one client's; and of what has no
    /// ports. An error may quote a fragment: the first one has the ports that it was sent to.
    #[inline(never)]
    pub fn client_port(&self) -> Option<u16> {
        if let Some(quoted) = self.quoted() {
            return port(quoted.protocol(), quoted.payload()?, End::Destination)
                .filter(|_| !quoted.is_later());
        }
        match self.is_fragment() {
            true => None,
            false => port(self.protocol(), self.payload()?, End::Source),
        }
    }

    /// Whether it carries ICMP.
    #[inline(always)]
    pub fn is_icmp(&self) -> bool {
        self.header[IP4_PROTOCOL] == IPPROTO_ICMP
    }

    #[inline(never)]
    fn client_of_icmp(&self) -> Option<Ipv4Addr> {
        match self.error()? {
            None => Some(self.source()),
            Some(quoted) => Some(Ip4::new(quoted)?.destination()),
        }
    }

    /// What it quotes, if it is an ICMP error.
    fn error(&self) -> Option<Option<&'a [u8]>> {
        let icmp = self.payload()?;
        // Destination unreachable, source quench, redirect, time exceeded, parameter problem.
        let is_error = self.fragment_offset() == 0 && matches!(icmp.first()?, 3 | 4 | 5 | 11 | 12);
        match is_error {
            true => Some(Some(icmp.get(8..)?)),
            false => Some(None),
        }
    }

    /// The packet that an ICMP error quotes.
    pub fn quoted(&self) -> Option<Self> {
        if !self.is_icmp() {
            return None;
        }
        Ip4::new(self.error()??)
    }

    /// The payload's protocol.
    pub fn protocol(&self) -> u8 {
        self.header[IP4_PROTOCOL]
    }

    /// What follows the header and its options, as far as it was given.
    pub fn payload(&self) -> Option<&'a [u8]> {
        let header = usize::from(self.header[0] & 0x0f) * 4;
        self.rest.get(header.checked_sub(IP4_LEN)?..)
    }

    /// Bytes of the packet, by its length field.
    pub fn total_len(&self) -> usize {
        usize::from(u16::from_be_bytes([self.header[2], self.header[3]]))
    }

    /// Whether it is a part of a packet only.
    pub fn is_fragment(&self) -> bool {
        const MORE: u8 = 0x20;
        self.fragment_offset() != 0 || self.header[6] & MORE != 0
    }

    /// Whether it is a later part of a packet, without the header of what that carries.
    pub fn is_later(&self) -> bool {
        self.fragment_offset() != 0
    }

    fn fragment_offset(&self) -> u16 {
        u16::from_be_bytes([self.header[6], self.header[7]]) & 0x1fff
    }
}

#[cfg(test)]
#[path = "tests/frame.rs"]
mod tests;
