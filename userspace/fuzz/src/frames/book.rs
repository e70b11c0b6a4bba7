// SPDX-License-Identifier: GPL-2.0-only

//! Frames by the book: whose a packet is as etherparse and plain arithmetic read it, and not our parsers.

use std::net::IpAddr;

use etherparse::{
    IpAuthHeaderSlice, IpNumber, Ipv4HeaderSlice, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice,
    Ipv6RawExtHeaderSlice,
};
use logic::client::ClientKey;
use logic::distribution::Hash;
use logic::rules::Rules;
use siphasher::sip::SipHasher24;
use std::hash::Hasher;

/// So far a packet is read.
pub const READ: usize = 192;
/// Most extension headers.
const EXTENSIONS: usize = 8;
/// Protocols with ports.
const WITH_PORTS: [u8; 5] = [6, 17, 33, 132, 136];

/// The first `most` bytes.
pub fn start(bytes: &[u8], most: usize) -> &[u8] {
    &bytes[..bytes.len().min(most)]
}

/// An IPv4 header of a packet that may be cut in its options; and what follows it, if that is there.
pub fn ip4(packet: &[u8]) -> Option<([u8; 60], Option<&[u8]>)> {
    if packet.len() < 20 {
        return None;
    }
    let mut header = [0; 60];
    let there = packet.len().min(60);
    header[..there].copy_from_slice(&packet[..there]);
    let length = Ipv4HeaderSlice::from_slice(&header).ok()?.slice().len();
    Some((header, packet.get(length..)))
}

/// Whose a packet is: client and port. `None`: it is malformed.
pub type Whose = Option<(IpAddr, Option<u16>)>;

fn port(protocol: u8, payload: &[u8], at: usize) -> Option<u16> {
    let bytes = payload.get(at..at + 2)?;
    WITH_PORTS
        .contains(&protocol)
        .then(|| u16::from(bytes[0]) * 256 + u16::from(bytes[1]))
}

/// Of an IPv4 packet.
pub fn whose4(packet: &[u8]) -> Whose {
    let (bytes, payload) = ip4(packet)?;
    let header = Ipv4HeaderSlice::from_slice(&bytes).unwrap();
    let source = header.source_addr().into();
    let protocol = header.protocol();
    if protocol == IpNumber::ICMP {
        let payload = payload?;
        if header.fragments_offset().value() != 0 {
            return Some((source, None));
        }
        if !matches!(payload.first()?, 3 | 4 | 5 | 11 | 12) {
            return Some((source, None));
        }
        let (quoted, payload) = ip4(payload.get(8..)?)?;
        let quoted = Ipv4HeaderSlice::from_slice(&quoted).unwrap();
        let port = match quoted.fragments_offset().value() {
            0 => payload.and_then(|payload| port(quoted.protocol().0, payload, 2)),
            _ => None,
        };
        return Some((quoted.destination_addr().into(), port));
    }
    let port = match header.is_fragmenting_payload() {
        true => None,
        false => payload.and_then(|payload| port(protocol.0, payload, 0)),
    };
    Some((source, port))
}

/// What follows the extension headers of an IPv6 packet.
pub struct Transport<'a> {
    /// The protocol.
    pub protocol: u8,
    /// Its bytes.
    pub payload: &'a [u8],
    /// It is a part of a packet, and a later one.
    pub is_fragment: bool,
    /// It is a later one.
    pub is_later: bool,
}

/// Extension headers, one by one.
pub fn transport<'a>(header: &Ipv6HeaderSlice<'_>, payload: &'a [u8]) -> Option<Transport<'a>> {
    let (mut next, mut rest) = (header.next_header(), payload);
    let mut is_fragment = false;
    for _ in 0..=EXTENSIONS {
        let (after, length) = match next {
            IpNumber::IPV6_HEADER_HOP_BY_HOP
            | IpNumber::IPV6_ROUTE_HEADER
            | IpNumber::IPV6_DESTINATION_OPTIONS => {
                let extension = Ipv6RawExtHeaderSlice::from_slice(rest).ok()?;
                (extension.next_header(), extension.slice().len())
            }
            // etherparse wants twelve bytes, which RFC 4302 has; we go by the length that it gives.
            IpNumber::AUTHENTICATION_HEADER if rest.get(1) == Some(&0) => {
                (IpNumber(rest[0]), rest.get(..8)?.len())
            }
            IpNumber::AUTHENTICATION_HEADER => match IpAuthHeaderSlice::from_slice(rest) {
                Ok(extension) => (extension.next_header(), extension.slice().len()),
                Err(_) => return None,
            },
            IpNumber::IPV6_FRAGMENTATION_HEADER => {
                let extension = Ipv6FragmentHeaderSlice::from_slice(rest).ok()?;
                is_fragment |= extension.is_fragmenting_payload();
                let is_later = extension.fragment_offset().value() != 0;
                if is_later {
                    return Some(Transport {
                        protocol: extension.next_header().0,
                        payload: &rest[8..],
                        is_fragment: true,
                        is_later: true,
                    });
                }
                (extension.next_header(), 8)
            }
            protocol => {
                return Some(Transport {
                    protocol: protocol.0,
                    payload: rest,
                    is_fragment,
                    is_later: false,
                });
            }
        };
        (next, rest) = (after, rest.get(length..)?);
    }
    None
}

/// An IPv6 header and what follows it.
pub fn ip6(packet: &[u8]) -> Option<(Ipv6HeaderSlice<'_>, &[u8])> {
    let header = Ipv6HeaderSlice::from_slice(packet).ok()?;
    Some((header, &packet[40..]))
}

/// Of an IPv6 packet.
pub fn whose6(packet: &[u8]) -> Whose {
    let (header, payload) = ip6(packet)?;
    let source = header.source_addr().into();
    let Some(transport) = transport(&header, payload) else {
        return Some((source, None));
    };
    let is_error = transport.protocol == 58
        && !transport.is_later
        && transport.payload.len() >= 4
        && transport.payload[0] < 128;
    if is_error {
        let (quoted, payload) = ip6(transport.payload.get(8..)?)?;
        let port = self::transport(&quoted, payload)
            .filter(|transport| !transport.is_later)
            .and_then(|transport| port(transport.protocol, transport.payload, 2));
        return Some((quoted.destination_addr().into(), port));
    }
    let port = match transport.is_fragment {
        true => None,
        false => port(transport.protocol, transport.payload, 0),
    };
    Some((source, port))
}

/// A client's bucket, by arithmetic with numbers that are wide enough.
pub fn bucket(rules: &Rules, address: IpAddr, port: Option<u16>) -> u32 {
    let (bits, octets) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 4),
        IpAddr::V6(v6) => (v6.to_bits(), 16),
    };
    let (number, port) = match (rules.distribution.key(), octets) {
        (ClientKey::Source, _) => (bits, None),
        (ClientKey::SourcePort, _) => (bits, port),
        (ClientKey::Prefix { v4, .. }, 4) => (bits >> (32 - v4), None),
        (ClientKey::Prefix { v6, .. }, _) => (bits.checked_shr(128 - v6).unwrap_or(0), None),
    };
    let k = u128::from(rules.distribution.buckets());
    let hashed = match rules.distribution.hash() {
        Hash::None => number,
        Hash::SipHash(seed) => {
            let mut hasher = SipHasher24::new_with_key(&seed);
            hasher.write(&number.to_be_bytes()[16 - octets..]);
            if let Some(port) = port {
                hasher.write(&port.to_be_bytes());
            }
            u128::from(hasher.finish() >> 32)
        }
    };
    u32::try_from(hashed % k).unwrap()
}
