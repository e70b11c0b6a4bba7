// SPDX-License-Identifier: GPL-2.0-only

//! Frames, as the judges read them.

use crate::mac::Mac;
use etherparse::ArpPacketSlice;
use etherparse::Icmpv4Type;
use etherparse::LaxIpv4Slice;
use etherparse::LaxIpv6Slice;
use etherparse::LaxNetSlice;
use etherparse::LaxSlicedPacket;
use etherparse::LinkSlice;
use etherparse::TransportSlice;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

pub struct Frame {
    pub destination: Mac,
    pub source: Mac,
    /// Ids of its VLANs, the outermost first.
    pub vlans: Vec<u16>,
    pub kind: Kind,
}

pub enum Kind {
    Arp(Arp),
    V4(V4),
    /// A neighbour advertisement to all nodes: nobody asked.
    Advertisement,
    Other,
}

pub struct Arp {
    pub reply: bool,
    pub sender_mac: Mac,
    pub sender: Ipv4Addr,
    pub target: Ipv4Addr,
}

pub struct V4 {
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
    pub talk: Talk,
}

/// The part of a packet that distinguishes one conversation from another.
pub enum Talk {
    Udp {
        from: u16,
        to: u16,
    },
    Tcp {
        from: u16,
        to: u16,
        syn: bool,
        rst: bool,
    },
    Echo {
        reply: bool,
        id: u16,
        seq: u16,
    },
    Other,
}

fn arp(slice: &ArpPacketSlice) -> Option<Arp> {
    // Ethernet and IPv4 only: the addresses then lie at fixed places.
    let b: &[u8; 28] = slice.slice().first_chunk()?;
    if b[..6] != [0, 1, 8, 0, 6, 4] {
        return None;
    }
    let address = |at: usize| Ipv4Addr::new(b[at], b[at + 1], b[at + 2], b[at + 3]);
    Some(Arp {
        reply: b[6..8] == [0, 2],
        sender_mac: Mac([b[8], b[9], b[10], b[11], b[12], b[13]]),
        sender: address(14),
        target: address(24),
    })
}

/// Whether it is a neighbour advertisement to all nodes (RFC 4861, 7.2.6).
fn is_unasked(ip: &LaxIpv6Slice<'_>, transport: Option<&TransportSlice<'_>>) -> bool {
    const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
    const ADVERTISEMENT: u8 = 136;
    let kind = match transport {
        Some(TransportSlice::Icmpv6(icmp)) => icmp.type_u8(),
        _ => return false,
    };
    kind == ADVERTISEMENT && ip.header().destination_addr() == ALL_NODES
}

fn v4(slice: &LaxIpv4Slice, transport: Option<&TransportSlice>) -> V4 {
    let talk = match transport {
        Some(TransportSlice::Udp(u)) => Talk::Udp {
            from: u.source_port(),
            to: u.destination_port(),
        },
        Some(TransportSlice::Tcp(t)) => Talk::Tcp {
            from: t.source_port(),
            to: t.destination_port(),
            syn: t.syn(),
            rst: t.rst(),
        },
        Some(TransportSlice::Icmpv4(i)) => match i.icmp_type() {
            Icmpv4Type::EchoRequest(e) => Talk::Echo {
                reply: false,
                id: e.id,
                seq: e.seq,
            },
            Icmpv4Type::EchoReply(e) => Talk::Echo {
                reply: true,
                id: e.id,
                seq: e.seq,
            },
            _ => Talk::Other,
        },
        _ => Talk::Other,
    };
    let header = slice.header();
    V4 {
        source: header.source_addr(),
        destination: header.destination_addr(),
        talk,
    }
}

impl Frame {
    /// None for what has no Ethernet header.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let sliced = LaxSlicedPacket::from_ethernet(bytes).ok()?;
        let Some(LinkSlice::Ethernet2(link)) = &sliced.link else {
            return None;
        };
        let kind = match &sliced.net {
            Some(LaxNetSlice::Arp(a)) => arp(a).map_or(Kind::Other, Kind::Arp),
            Some(LaxNetSlice::Ipv4(ip)) => Kind::V4(v4(ip, sliced.transport.as_ref())),
            Some(LaxNetSlice::Ipv6(ip)) if is_unasked(ip, sliced.transport.as_ref()) => {
                Kind::Advertisement
            }
            _ => Kind::Other,
        };
        Some(Self {
            destination: Mac(link.destination()),
            source: Mac(link.source()),
            vlans: sliced.vlan_ids().iter().map(|id| id.value()).collect(),
            kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::PacketBuilder;

    #[test]
    fn a_cut_tcp_segment_still_has_its_ports() {
        let built = PacketBuilder::ethernet2([6; 6], [8; 6])
            .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
            .tcp(1000, 80, 1, 1000)
            .syn();
        let mut bytes = Vec::new();
        built.write(&mut bytes, &[0; 1400]).unwrap();
        let frame = Frame::parse(&bytes[..160]).unwrap();
        assert!(frame.source == Mac([6; 6]) && frame.destination == Mac([8; 6]));
        let Kind::V4(v4) = frame.kind else {
            panic!("no IPv4")
        };
        assert_eq!(v4.source, Ipv4Addr::new(10, 0, 0, 1));
        assert!(matches!(
            v4.talk,
            Talk::Tcp {
                from: 1000,
                to: 80,
                syn: true,
                rst: false
            }
        ));
    }

    #[test]
    fn tags_are_listed_the_outermost_first() {
        let built = PacketBuilder::ethernet2([6; 6], [8; 6])
            .double_vlan(30.try_into().unwrap(), 20.try_into().unwrap())
            .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
            .udp(1000, 7000);
        let mut bytes = Vec::new();
        built.write(&mut bytes, b"hello").unwrap();
        let frame = Frame::parse(&bytes).unwrap();
        assert_eq!(frame.vlans, [30, 20]);
        assert!(matches!(frame.kind, Kind::V4(_)));
    }

    #[test]
    fn an_arp_request_is_understood() {
        let mut bytes = vec![0xff; 6];
        bytes.extend([2, 0, 0, 0, 0, 1, 8, 6]);
        bytes.extend([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1]);
        bytes.extend([0, 0, 0, 0, 0, 0, 10, 0, 0, 9]);
        let Kind::Arp(arp) = Frame::parse(&bytes).unwrap().kind else {
            panic!("no ARP")
        };
        assert!(!arp.reply && arp.sender_mac == Mac([2, 0, 0, 0, 0, 1]));
        assert_eq!(
            (arp.sender, arp.target),
            ([10, 0, 0, 1].into(), [10, 0, 0, 9].into())
        );
    }
}
