// SPDX-License-Identifier: GPL-2.0-only

//! Answers of a node to a SYN.

use etherparse::NetSlice;
use etherparse::SlicedPacket;
use etherparse::TransportSlice;
use socket2::SockFilter;
use std::net::IpAddr;

#[derive(Debug, PartialEq)]
pub struct Answer {
    /// Whom it is for.
    pub client: IpAddr,
    pub port: u16,
    /// A SYN-ACK, or else an RST.
    pub accepts: bool,
    pub acknowledges: u32,
}

impl Answer {
    /// None for all that is no answer of this port.
    pub fn parse(frame: &[u8], server: u16) -> Option<Self> {
        let packet = SlicedPacket::from_ethernet(frame).ok()?;
        let client = match packet.net? {
            NetSlice::Ipv4(ip) => IpAddr::V4(ip.header().destination_addr()),
            NetSlice::Ipv6(ip) => IpAddr::V6(ip.header().destination_addr()),
            _ => return None,
        };
        let Some(TransportSlice::Tcp(tcp)) = packet.transport else {
            return None;
        };
        let accepts = tcp.syn() && tcp.ack();
        if tcp.source_port() != server || !(accepts || tcp.rst()) {
            return None;
        }
        Some(Self {
            client,
            port: tcp.destination_port(),
            accepts,
            acknowledges: tcp.acknowledgment_number(),
        })
    }
}

const LOAD_HALF: u16 = 0x28;
const LOAD_BYTE: u16 = 0x30;
const LOAD_BYTE_X: u16 = 0x50;
const LOAD_X_HEADER: u16 = 0xb1;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_BITS: u16 = 0x45;
const RETURN: u16 = 0x06;
const TCP: u32 = 6;
/// RST and ACK: a client's SYN has neither.
const ANSWERS: u32 = 0x14;

/// Lets answers pass, for the kernel to throw all else away (classic BPF): no IPv4 options matter, no IPv6
/// extension header is expected.
pub fn filter() -> Vec<SockFilter> {
    vec![
        SockFilter::new(LOAD_HALF, 0, 0, 12),
        SockFilter::new(JUMP_EQUAL, 0, 5, 0x0800),
        SockFilter::new(LOAD_BYTE, 0, 0, 23),
        SockFilter::new(JUMP_EQUAL, 0, 9, TCP),
        SockFilter::new(LOAD_X_HEADER, 0, 0, 14),
        SockFilter::new(LOAD_BYTE_X, 0, 0, 14 + 13),
        SockFilter::new(JUMP_BITS, 5, 6, ANSWERS),
        SockFilter::new(JUMP_EQUAL, 0, 5, 0x86dd),
        SockFilter::new(LOAD_BYTE, 0, 0, 20),
        SockFilter::new(JUMP_EQUAL, 0, 3, TCP),
        SockFilter::new(LOAD_BYTE, 0, 0, 14 + 40 + 13),
        SockFilter::new(JUMP_BITS, 0, 1, ANSWERS),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::PacketBuilder;

    fn packet(from: u16, syn: bool, ack: bool, rst: bool) -> Vec<u8> {
        let mut tcp = PacketBuilder::ethernet2([6; 6], [8; 6])
            .ipv4([10, 9, 0, 100], [10, 64, 0, 1], 64)
            .tcp(from, 4000, 5, 1000);
        if syn {
            tcp = tcp.syn();
        }
        if ack {
            tcp = tcp.ack(78);
        }
        if rst {
            tcp = tcp.rst();
        }
        let mut bytes = Vec::new();
        tcp.write(&mut bytes, &[]).unwrap();
        bytes
    }

    #[test]
    fn an_answer_is_a_syn_ack_or_an_rst_of_the_service() {
        let answer = Answer::parse(&packet(7000, true, true, false), 7000).unwrap();
        assert!(answer.accepts && answer.acknowledges == 78 && answer.port == 4000);
        assert_eq!(answer.client, "10.64.0.1".parse::<IpAddr>().unwrap());
        assert!(
            !Answer::parse(&packet(7000, false, true, true), 7000)
                .unwrap()
                .accepts
        );
        assert_eq!(Answer::parse(&packet(7000, true, false, false), 7000), None);
        assert_eq!(Answer::parse(&packet(7000, false, true, false), 7000), None);
        assert_eq!(Answer::parse(&packet(7001, true, true, false), 7000), None);
        assert_eq!(Answer::parse(&[0; 30], 7000), None);
    }
}
