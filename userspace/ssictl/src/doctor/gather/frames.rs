// SPDX-License-Identifier: GPL-2.0-only

//! Frames that are sent, and what is read of those that come.

use std::net::Ipv4Addr;

use logic::announcement::{self, Body};

const BROADCAST: [u8; 6] = [0xff; 6];
const ETH_P_IP: [u8; 2] = [0x08, 0x00];
const ETH_P_ARP: [u8; 2] = [0x08, 0x06];
/// Ethernet, IPv4, their addresses' lengths.
const ARP_HEAD: [u8; 6] = [0, 1, 8, 0, 6, 4];
const REQUEST: u16 = 1;
/// Bytes of the headers of IPv4 and of ICMP.
const HEADERS: usize = 28;
const TTL: u8 = 64;
const ICMP: u8 = 1;
const ECHO: u8 = 8;
const DONT_FRAGMENT: [u8; 2] = [0x40, 0];

/// Who and where: a MAC and an address.
pub type End = ([u8; 6], Ipv4Addr);

/// A question for an address, from this node as itself.
pub fn arp_request(from: End, target: Ipv4Addr) -> Vec<u8> {
    let mut frame = [
        &BROADCAST[..],
        &from.0,
        &ETH_P_ARP,
        &ARP_HEAD,
        &REQUEST.to_be_bytes(),
    ]
    .concat();
    frame.extend(from.0);
    frame.extend(from.1.octets());
    frame.extend([0; 6]);
    frame.extend(target.octets());
    frame
}

/// A ping; the packet is so long.
pub fn ping(from: End, to: End, (id, sequence): (u16, u16), length: usize) -> Vec<u8> {
    let length = length.max(HEADERS);
    let total = u16::try_from(length).unwrap_or(u16::MAX);
    let mut ip = [
        &[0x45, 0][..],
        &total.to_be_bytes(),
        &[0, 0],
        &DONT_FRAGMENT,
        &[TTL, ICMP, 0, 0],
    ]
    .concat();
    ip.extend(from.1.octets());
    ip.extend(to.1.octets());
    let sum = checksum(&ip);
    ip.splice(10..12, sum);
    let mut icmp = [
        &[ECHO, 0, 0, 0][..],
        &id.to_be_bytes(),
        &sequence.to_be_bytes(),
    ]
    .concat();
    icmp.resize(usize::from(total).saturating_sub(ip.len()), 0);
    let sum = checksum(&icmp);
    icmp.splice(2..4, sum);
    [&to.0[..], &from.0, &ETH_P_IP, &ip, &icmp].concat()
}

/// The Internet's checksum.
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let words = bytes.chunks(2).map(|pair| match pair {
        [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
        [high] => u32::from(*high) << 8,
        _ => 0,
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!u16::try_from(sum).unwrap_or_default()).to_be_bytes()
}

/// ARP, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Whether it asks.
    pub asks: bool,
    /// The sender.
    pub sender: End,
    /// Of whom it is.
    pub target: Ipv4Addr,
}

/// Reads ARP; none where it is something else.
pub fn arp(payload: &[u8]) -> Option<Arp> {
    let rest = payload.strip_prefix(&ARP_HEAD)?;
    let (operation, rest) = rest.split_first_chunk()?;
    let (mac, rest) = rest.split_first_chunk()?;
    let (address, rest) = rest.split_first_chunk::<4>()?;
    let target: [u8; 4] = rest.get(6..10)?.try_into().ok()?;
    Some(Arp {
        asks: u16::from_be_bytes(*operation) == REQUEST,
        sender: (*mac, Ipv4Addr::from(*address)),
        target: target.into(),
    })
}

/// A node's word that it is there: its rank, and the number of the message.
pub fn hello(payload: &[u8], base: [u8; 6]) -> Option<(u32, u32)> {
    let message = announcement::read(payload)?;
    let is_hello = message.header.base.0 == base && matches!(message.body, Body::Hello(_));
    is_hello.then_some((message.header.node, message.header.sequence))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: End = ([6, 0, 0, 0, 0, 1], Ipv4Addr::new(10, 9, 0, 2));
    const TO: End = ([3, 0x5a, 10, 9, 0, 100], Ipv4Addr::new(10, 9, 0, 1));

    #[test]
    fn arp_is_read_as_written() {
        let frame = arp_request(FROM, TO.1);
        assert_eq!(frame.len(), 42);
        let read = Arp {
            asks: true,
            sender: FROM,
            target: TO.1,
        };
        assert_eq!(arp(&frame[14..]), Some(read));
        for length in 14..42 {
            assert_eq!(arp(&frame[14..length]), None);
        }
    }

    #[test]
    fn a_ping_has_its_length_and_its_sums() {
        for length in [28, 29, 100, 1500] {
            let frame = ping(FROM, TO, (0x1234, 7), length);
            assert_eq!(frame.len(), 14 + length);
            assert_eq!(frame[..6], TO.0);
            assert_eq!(checksum(&frame[14..34]), [0, 0]);
            assert_eq!(checksum(&frame[34..]), [0, 0]);
            assert_eq!(frame[38..42], [0x12, 0x34, 0, 7]);
        }
        assert_eq!(ping(FROM, TO, (0, 0), 0).len(), 14 + HEADERS);
    }
}
