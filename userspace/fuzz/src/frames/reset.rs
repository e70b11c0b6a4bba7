// SPDX-License-Identifier: GPL-2.0-only

//! Segments as etherparse reads them, and the resets that answer them: whole packets with sums that are right.
//!
//! An input: a byte of bits, and the packet.

use std::net::IpAddr;

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice, TcpHeaderSlice};
use logic::reset::Reset;
use logic::segment::{Flow, Packet, Segment};

use super::book::{self, READ, start};
use crate::input::{Bits, Input};

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let protocol = match Bits(input.u8()).one() {
        false => 0x0800,
        true => 0x86dd,
    };
    let packet = input.rest();
    let found = Packet::new(protocol, packet);
    let expected = match protocol {
        0x0800 => tcp4(start(packet, READ)),
        _ => tcp6(start(packet, READ)),
    };
    match (found, expected) {
        (Packet::Segment(segment), Found::Tcp(ends, tcp)) => {
            as_etherparse(&segment, ends, tcp);
            if let Some(reset) = Reset::of(&segment) {
                answers(&segment.flow, segment.ack(), &reset);
            }
        }
        (Packet::Quoted { flow, sequence }, Found::Quoted((client, vip), tcp)) => {
            let number = |at: usize| u16::from_be_bytes([tcp[at], tcp[at + 1]]);
            assert_eq!((flow.client, flow.vip), (client, vip));
            assert_eq!((flow.vip_port, flow.client_port), (number(0), number(2)));
            assert_eq!(
                sequence,
                (u32::from(number(4)) << 16) | u32::from(number(6))
            );
        }
        (Packet::Fragment, Found::Fragment) | (Packet::Datagram, Found::Other) => {}
        (found, _) => panic!("{found:?} is another thing by the book"),
    }
}

type Ends = (IpAddr, IpAddr);

/// What a packet is.
enum Found<'a> {
    Tcp(Ends, &'a [u8]),
    Quoted(Ends, &'a [u8]),
    Fragment,
    Other,
}

/// A TCP header that is there, or enough of a quoted one.
fn there<'a>(found: impl Fn(&'a [u8]) -> Found<'a>, payload: &'a [u8], least: usize) -> Found<'a> {
    match payload.len() >= least {
        true => found(payload),
        false => Found::Other,
    }
}

fn tcp4(packet: &[u8]) -> Found<'_> {
    let Some((bytes, payload)) = book::ip4(packet) else {
        return Found::Other;
    };
    let header = Ipv4HeaderSlice::from_slice(&bytes).unwrap();
    let ends = (
        header.source_addr().into(),
        header.destination_addr().into(),
    );
    let is_later = header.fragments_offset().value() != 0;
    match (header.protocol().0, payload) {
        (1, Some(icmp)) if !is_later && matches!(icmp.first(), Some(3 | 4 | 5 | 11 | 12)) => {
            let Some((quoted, Some(payload))) = icmp.get(8..).and_then(book::ip4) else {
                return Found::Other;
            };
            let quoted = Ipv4HeaderSlice::from_slice(&quoted).unwrap();
            let ends = (
                quoted.destination_addr().into(),
                quoted.source_addr().into(),
            );
            match quoted.protocol().0 {
                // Its ports are in the first part.
                _ if quoted.fragments_offset().value() != 0 => Found::Other,
                6 => there(|tcp| Found::Quoted(ends, tcp), payload, 8),
                _ => Found::Other,
            }
        }
        (6, _) if header.is_fragmenting_payload() => Found::Fragment,
        (6, Some(payload)) => there(|tcp| Found::Tcp(ends, tcp), payload, 20),
        _ => Found::Other,
    }
}

fn tcp6(packet: &[u8]) -> Found<'_> {
    let Some((header, payload)) = book::ip6(packet) else {
        return Found::Other;
    };
    let Some(transport) = book::transport(&header, payload) else {
        return Found::Other;
    };
    let ends = (
        header.source_addr().into(),
        header.destination_addr().into(),
    );
    let is_icmp = transport.protocol == 58 && !transport.is_later && transport.payload.len() >= 4;
    match transport.protocol {
        58 if is_icmp && transport.payload[0] < 128 => {
            let quoted = transport.payload.get(8..).and_then(book::ip6);
            let Some((quoted, payload)) = quoted else {
                return Found::Other;
            };
            let ends = (
                quoted.destination_addr().into(),
                quoted.source_addr().into(),
            );
            match book::transport(&quoted, payload) {
                Some(transport) if transport.protocol == 6 && !transport.is_fragment => {
                    there(|tcp| Found::Quoted(ends, tcp), transport.payload, 8)
                }
                _ => Found::Other,
            }
        }
        6 if transport.is_fragment => Found::Fragment,
        6 => there(|tcp| Found::Tcp(ends, tcp), transport.payload, 20),
        _ => Found::Other,
    }
}

fn as_etherparse(segment: &Segment, (client, vip): Ends, tcp: &[u8]) {
    // With room for options, and a header as long as the shortest one at least: what it says of its length is looked at elsewhere.
    let mut header = [0; 60];
    let there = tcp.len().min(60);
    header[..there].copy_from_slice(&tcp[..there]);
    header[12] = header[12].max(0x50);
    let read = TcpHeaderSlice::from_slice(&header).unwrap();
    let flow = Flow {
        client,
        client_port: read.source_port(),
        vip,
        vip_port: read.destination_port(),
    };
    assert_eq!(segment.flow, flow);
    assert_eq!(segment.sequence(), read.sequence_number());
    assert_eq!(
        segment.ack(),
        read.ack().then(|| read.acknowledgment_number())
    );
    assert_eq!(segment.is_syn(), read.syn() && !read.ack() && !read.rst());
    assert_eq!(segment.is_reset(), read.rst());
    assert_eq!(segment.header, usize::from(tcp[12] >> 4) * 4);
    let past = u32::try_from(segment.whole.saturating_sub(segment.header)).unwrap();
    let past = past + u32::from(read.syn()) + u32::from(read.fin());
    assert_eq!(segment.end(), read.sequence_number().wrapping_add(past));
}

/// A reset is a packet that its receiver takes for the answer.
fn answers(flow: &Flow, ack: Option<u32>, reset: &Reset) {
    let packet = reset.packet();
    let (tcp, sum) = match (flow.vip, flow.client) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            assert_eq!(reset.protocol, 0x0800);
            let header = Ipv4HeaderSlice::from_slice(packet).unwrap();
            assert_eq!(
                (header.source_addr(), header.destination_addr()),
                (from, to)
            );
            assert_eq!(usize::from(header.total_len()), packet.len());
            assert_eq!(
                header.header_checksum(),
                header.to_header().calc_header_checksum()
            );
            let tcp = TcpHeaderSlice::from_slice(&packet[20..]).unwrap();
            let sum = tcp.calc_checksum_ipv4(&header, &[]).unwrap();
            (tcp, sum)
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            assert_eq!(reset.protocol, 0x86dd);
            let header = Ipv6HeaderSlice::from_slice(packet).unwrap();
            assert_eq!(
                (header.source_addr(), header.destination_addr()),
                (from, to)
            );
            assert_eq!(usize::from(header.payload_length()), packet.len() - 40);
            let tcp = TcpHeaderSlice::from_slice(&packet[40..]).unwrap();
            let sum = tcp.calc_checksum_ipv6(&header, &[]).unwrap();
            (tcp, sum)
        }
        ends => panic!("two families: {ends:?}"),
    };
    assert_eq!(tcp.checksum(), sum);
    assert_eq!(
        (tcp.source_port(), tcp.destination_port()),
        (flow.vip_port, flow.client_port)
    );
    assert_eq!(Some(tcp.sequence_number()), ack);
    assert!(tcp.rst() && !tcp.syn() && !tcp.fin() && !tcp.ack());
    // Of a reset none is answered, or two would do so for ever.
    let Packet::Segment(segment) = Packet::new(reset.protocol, packet) else {
        panic!("a reset is no segment");
    };
    assert!(Reset::of(&segment).is_none());
}
