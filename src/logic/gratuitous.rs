// SPDX-License-Identifier: GPL-2.0-only

//! Gratuitous ARP and neighbour advertisements of a master, so that switches and neighbours follow at once:
//! gratuitous ARP (RFC 5227, 2.3, 2.4 and 3) and the unsolicited neighbour advertisement (RFC 4861, 7.2.6).

use core::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

use super::{
    bytes::Bytes,
    frame::{
        ARP_LEN,
        ETH_HLEN,
        ETH_P_ARP, //
    },
    frame6::{
        ETH_P_IPV6,
        IP6_LEN,
        ND_CHECKSUM, //
    },
    mac::{
        Mac,
        LEN as MAC_LEN, //
    },
    sum::{
        fold,
        halves, //
    },
};

/// Bytes of a gratuitous ARP frame.
pub const ARP_FRAME: usize = ETH_HLEN + ARP_LEN;
/// Bytes of the advertisement: header, target, one option.
const NA: usize = 32;
/// Bytes of its frame.
pub const NA_FRAME: usize = ETH_HLEN + IP6_LEN + NA;

const ICMPV6: u8 = 58;
/// All nodes of the link, and the group MAC that it maps to (RFC 2464).
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_NODES_MAC: Mac = Mac([0x33, 0x33, 0, 0, 0, 1]);

/// Seconds after the news at which it is announced: frames are lost, and ports of switches come up late.
const REPEATED: [u32; 4] = [0, 1, 2, 4];
/// Seconds between two defences of the addresses (`DEFEND_INTERVAL` of RFC 5227).
pub const DEFEND_INTERVAL: u32 = 10;

/// Whether what is news since so many seconds is announced now, where it is announced `every` so many for ever; 0: it is not.
pub fn is_due(seconds: u32, every: u32) -> bool {
    REPEATED.contains(&seconds) || seconds.checked_rem(every) == Some(0)
}

/// A frame that begins so.
fn frame<const N: usize>(to: Mac, from: Mac, ethertype: u16) -> Bytes<N> {
    Bytes::new()
        .put(&to.0)
        .put(&from.0)
        .put(&ethertype.to_be_bytes())
}

/// `vip` is at `mac`: an ARP announcement, in a frame from `source`.
pub fn arp(vip: Ipv4Addr, mac: Mac, source: Mac) -> [u8; ARP_FRAME] {
    frame(Mac([0xff; MAC_LEN]), source, ETH_P_ARP)
        // Ethernet and IPv4, 6 and 4 bytes, a request.
        .put(&[0, 1, 8, 0, 6, 4, 0, 1])
        .put(&mac.0)
        .put(&vip.octets())
        .put(&[0; MAC_LEN])
        .put(&vip.octets())
        .whole()
}

/// `vip` is at `mac`: a neighbour advertisement, in a frame from `source`.
pub fn na(vip: Ipv6Addr, mac: Mac, source: Mac) -> [u8; NA_FRAME] {
    let frame = frame(ALL_NODES_MAC, source, ETH_P_IPV6)
        .put(&[0x60, 0, 0, 0, 0, NA as u8, ICMPV6, 255])
        .put(&vip.octets())
        .put(&ALL_NODES.octets())
        // Not solicited, overrides what neighbours have.
        .put(&[136, 0, 0, 0, 0x20, 0, 0, 0])
        .put(&vip.octets())
        .put(&[2, 1])
        .put(&mac.0);
    let sum = checksum(frame.get().get(ETH_HLEN..).unwrap_or(&[]));
    frame.with(ETH_HLEN + ND_CHECKSUM, sum).whole()
}

/// ICMPv6's checksum (RFC 4443, 2.3) of a packet whose own is zero yet.
fn checksum(packet: &[u8]) -> [u8; 2] {
    // The pseudo header: both addresses, the length and the next header.
    let summed = packet.get(8..).unwrap_or(&[]);
    let rest = [NA as u32, u32::from(ICMPV6)];
    fold(rest.into_iter().fold(halves(summed), u32::wrapping_add))
}

#[cfg(test)]
#[path = "tests/gratuitous.rs"]
mod tests;
