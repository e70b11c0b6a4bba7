// SPDX-License-Identifier: GPL-2.0-only

//! Resets: the answer to a segment of a connection that nobody has any more (RFC 9293, 3.5.2 and 3.10.7.1).

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use super::{
    bytes::Bytes,
    frame::{
        ETH_P_IP,
        IP4_LEN, //
    },
    frame6::{
        ETH_P_IPV6,
        IP6_LEN, //
    },
    segment::{
        Segment,
        IPPROTO_TCP,
        RST,
        TCP_LEN, //
    },
    sum::{
        fold,
        halves, //
    },
};

/// Longest packet of a reset.
pub const LONGEST: usize = IP6_LEN + TCP_LEN;
/// How many hops it goes, as others that hosts send.
const HOPS: u8 = 64;

/// A reset: an IP packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reset {
    bytes: Bytes<LONGEST>,
    /// Its EtherType.
    pub protocol: u16,
}

impl Reset {
    /// The answer to a segment, if it is one that is answered: it acknowledges something, is no reset, is whole
    /// and comes from one host.
    pub fn of(segment: &Segment) -> Option<Self> {
        let flow = &segment.flow;
        let is_whole = (TCP_LEN..=segment.whole).contains(&segment.header);
        if !segment.is_within() || !is_whole || !is_host(flow.client) || flow.client == flow.vip {
            return None;
        }
        let (protocol, header) = match (flow.vip, flow.client) {
            (IpAddr::V4(from), IpAddr::V4(to)) => (ETH_P_IP, ip4(from, to)),
            (IpAddr::V6(from), IpAddr::V6(to)) => (ETH_P_IPV6, ip6(from, to)),
            _ => return None,
        };
        let bytes = header
            .put(&flow.vip_port.to_be_bytes())
            .put(&flow.client_port.to_be_bytes())
            // The number that the client expects: so it believes it.
            .put(&segment.ack()?.to_be_bytes())
            .put(&[0; 4])
            // The header's length in words of four bytes; no window.
            .put(&[(TCP_LEN as u8) << 2, RST, 0, 0, 0, 0, 0, 0]);
        let bytes = summed(bytes, flow.vip, flow.client);
        Some(Self { bytes, protocol })
    }

    /// The packet.
    pub fn packet(&self) -> &[u8] {
        self.bytes.get()
    }
}

fn ip4(from: Ipv4Addr, to: Ipv4Addr) -> Bytes<LONGEST> {
    const DONT_FRAGMENT: u8 = 0x40;
    let length = (IP4_LEN + TCP_LEN) as u8;
    let header = Bytes::new()
        .put(&[0x45, 0, 0, length, 0, 0, DONT_FRAGMENT, 0])
        .put(&[HOPS, IPPROTO_TCP, 0, 0])
        .put(&from.octets())
        .put(&to.octets());
    header.with(10, fold(halves(header.get())))
}

fn ip6(from: Ipv6Addr, to: Ipv6Addr) -> Bytes<LONGEST> {
    Bytes::new()
        .put(&[0x60, 0, 0, 0, 0, TCP_LEN as u8, IPPROTO_TCP, HOPS])
        .put(&from.octets())
        .put(&to.octets())
}

/// With TCP's checksum, which is the last part of its header but for two bytes.
fn summed(packet: Bytes<LONGEST>, from: IpAddr, to: IpAddr) -> Bytes<LONGEST> {
    let at = packet.get().len().saturating_sub(TCP_LEN);
    let tcp = halves(packet.get().get(at..).unwrap_or(&[]));
    let sum = fold(tcp.wrapping_add(pseudo_header(from, to, TCP_LEN)));
    packet.with(at.saturating_add(16), sum)
}

/// The sum of TCP's pseudo header (RFC 9293, 3.1), for a segment of so many bytes.
pub fn pseudo_header(from: IpAddr, to: IpAddr, length: usize) -> u32 {
    let address = |address| match address {
        IpAddr::V4(v4) => halves(&v4.octets()),
        IpAddr::V6(v6) => halves(&v6.octets()),
    };
    let length = u32::try_from(length).unwrap_or(0);
    let rest = [length >> 16, length & 0xffff, u32::from(IPPROTO_TCP)];
    let addresses = address(from).wrapping_add(address(to));
    rest.into_iter().fold(addresses, u32::wrapping_add)
}

/// Whether one host may have this address.
fn is_host(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            // This network; all of class D and E, and with them broadcast.
            let [first, ..] = v4.octets();
            first != 0 && first < 224 && !v4.is_loopback()
        }
        IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_loopback() && !v6.is_multicast(),
    }
}

#[cfg(test)]
#[path = "tests/reset.rs"]
mod tests;
