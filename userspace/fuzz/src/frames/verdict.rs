// SPDX-License-Identifier: GPL-2.0-only

//! What becomes of a received frame, by the book: a table of the documented rules over what etherparse reads.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use etherparse::{ArpHardwareId, ArpOperation, ArpPacketSlice, EtherType};
use logic::counter::Counter;
use logic::mac::Mac;
use logic::receive::Verdict;
use logic::rules::Rules;
use logic::states::{State, States};

use super::book::{self, READ, start};

const MALFORMED: Verdict = Verdict::Drop(Counter::RxMalformed);

/// Of a frame to the cluster's MAC.
pub fn to_cluster(rules: &Rules, states: &impl States, protocol: u16, packet: &[u8]) -> Verdict {
    let packet = start(packet, READ);
    let is_vip = |address: IpAddr| rules.vips.contains(address);
    let of = |destination: IpAddr, whose: book::Whose| {
        if !is_vip(destination) {
            return Verdict::Leave(Counter::RxNotVip);
        }
        let Some((client, port)) = whose else {
            return MALFORMED;
        };
        let m = book::bucket(rules, client, port);
        match states.state(m) {
            State::Owned => Verdict::Serve(m),
            State::Leased => Verdict::Leased(m),
            State::Other => Verdict::Other(m),
            State::Draining | State::Adopting | State::Cold => Verdict::InTransition(m),
        }
    };
    match protocol {
        0x0800 => match book::ip4(packet) {
            None => MALFORMED,
            Some((header, _)) => {
                let to: [u8; 4] = header[16..20].try_into().unwrap();
                of(Ipv4Addr::from(to).into(), book::whose4(packet))
            }
        },
        0x86dd => match book::ip6(packet) {
            None => MALFORMED,
            Some((header, _)) => match nd(rules, None, packet) {
                Verdict::NotOurs => of(header.destination_addr().into(), book::whose6(packet)),
                Verdict::Leave(counter) => Verdict::Accept(counter),
                verdict => verdict,
            },
        },
        0x0806 if packet.len() < 28 => MALFORMED,
        0x0806 => match arp(rules, packet) {
            Verdict::NotOurs => Verdict::Leave(Counter::RxNotVip),
            Verdict::Leave(counter) => Verdict::Accept(counter),
            verdict => verdict,
        },
        _ => match behind_tags(protocol, packet) {
            Some(_) => MALFORMED,
            None => Verdict::Leave(Counter::RxNotVip),
        },
    }
}

/// Of a frame to anybody.
pub fn to_anybody(rules: &Rules, protocol: u16, source: Mac, packet: &[u8]) -> Verdict {
    let packet = start(packet, READ);
    match behind_tags(protocol, packet) {
        None => untagged(rules, protocol, source, packet),
        Some((protocol, packet)) => match untagged(rules, protocol, source, packet) {
            Verdict::NotOurs => Verdict::NotOurs,
            _ => MALFORMED,
        },
    }
}

fn untagged(rules: &Rules, protocol: u16, source: Mac, packet: &[u8]) -> Verdict {
    let destination: IpAddr = match protocol {
        0x0806 => return arp(rules, packet),
        0x0800 => match book::ip4(packet) {
            Some(_) => Ipv4Addr::from(<[u8; 4]>::try_from(&packet[16..20]).unwrap()).into(),
            None => return Verdict::NotOurs,
        },
        0x86dd => match (nd(rules, Some(source), packet), book::ip6(packet)) {
            (Verdict::NotOurs, Some((header, _))) => header.destination_addr().into(),
            (verdict, _) => return verdict,
        },
        _ => return Verdict::NotOurs,
    };
    match rules.vips.contains(destination) {
        true => Verdict::Drop(Counter::RxBroadcast),
        false => Verdict::NotOurs,
    }
}

/// Behind tags of VLAN 0, ten at most.
fn behind_tags(mut protocol: u16, mut packet: &[u8]) -> Option<(u16, &[u8])> {
    let is_tag = |protocol| protocol == 0x8100 || protocol == 0x88a8;
    let mut tags = 0;
    while is_tag(protocol) {
        if tags == 10 || packet.len() < 4 || packet[0] & 0x0f != 0 || packet[1] != 0 {
            return None;
        }
        protocol = u16::from_be_bytes([packet[2], packet[3]]);
        packet = &packet[4..];
        tags += 1;
    }
    (tags > 0).then_some((protocol, packet))
}

fn arp(rules: &Rules, packet: &[u8]) -> Verdict {
    let Ok(arp) = ArpPacketSlice::from_slice(packet) else {
        return Verdict::NotOurs;
    };
    let is_ours = arp.hw_addr_type() == ArpHardwareId::ETHERNET
        && arp.proto_addr_type() == EtherType::IPV4
        && (arp.hw_addr_size(), arp.proto_addr_size()) == (6, 4);
    if !is_ours {
        return Verdict::NotOurs;
    }
    let is_vip = |bytes: &[u8]| {
        let octets: [u8; 4] = bytes.try_into().unwrap();
        rules.vips.contains_v4(octets.into())
    };
    let claims = is_vip(arp.sender_protocol_addr());
    let asks = is_vip(arp.target_protocol_addr());
    let sender = Mac(arp.sender_hw_addr().try_into().unwrap());
    match (claims, asks, arp.operation()) {
        (false, false, _) => Verdict::NotOurs,
        _ if sender == rules.base || sender == rules.group => Verdict::Drop(Counter::RxArpOwn),
        (true, _, _) => Verdict::Drop(Counter::RxArpConflict),
        (_, _, ArpOperation::REQUEST) if rules.master => Verdict::Leave(Counter::RxArpAnswered),
        (_, _, ArpOperation::REQUEST) => Verdict::Drop(Counter::RxArpIgnored),
        (_, _, ArpOperation::REPLY) => Verdict::Leave(Counter::RxArpReply),
        _ => Verdict::NotOurs,
    }
}

/// Neighbour discovery as RFC 4861 draws it.
pub struct Nd {
    /// Its type.
    pub kind: u8,
    /// The address that it is about.
    pub target: Option<Ipv6Addr>,
    /// Where its link-layer address is.
    pub link: Option<usize>,
}

impl Nd {
    /// `None` where a packet is anything else.
    pub fn read(packet: &[u8]) -> Option<Self> {
        let (header, rest) = book::ip6(packet)?;
        let end = usize::from(header.payload_length()).min(rest.len());
        let message = &rest[..end];
        let &[kind, _] = rest.first_chunk()?;
        let options = match kind {
            133 => 8,
            135 | 136 => 24,
            _ => return None,
        };
        let is_whole = message.len() >= options;
        if header.next_header().0 != 58 || header.hop_limit() != 255 || rest[1] != 0 || !is_whole {
            return None;
        }
        let target = (options == 24).then(|| {
            let bytes: [u8; 16] = message[8..24].try_into().unwrap();
            bytes.into()
        });
        let wanted = if kind == 136 { 2 } else { 1 };
        let (mut at, mut link) = (options, None);
        for _ in 0..4 {
            if link.is_none() && message.get(at..at + 2) == Some(&[wanted, 1]) {
                link = (message.len() >= at + 8).then_some(40 + at + 2);
                if link.is_none() {
                    break;
                }
            }
            let units = message.get(at + 1).copied().unwrap_or(1).max(1);
            at += usize::from(units) * 8;
        }
        Some(Self { kind, target, link })
    }
}

fn nd(rules: &Rules, from: Option<Mac>, packet: &[u8]) -> Verdict {
    let Some(nd) = Nd::read(packet) else {
        return Verdict::NotOurs;
    };
    let (header, _) = book::ip6(packet).unwrap();
    let is_vip = |address: Ipv6Addr| rules.vips.contains_v6(address);
    let is_ours = |mac: Mac| mac == rules.base || mac == rules.group;
    let (source, about) = (header.source_addr(), nd.target.is_some_and(is_vip));
    let claims = match nd.kind {
        136 => about,
        _ => is_vip(source),
    };
    let link = nd
        .link
        .map(|at| Mac(packet[at..at + 6].try_into().unwrap()));
    if about && source.is_unspecified() && from.is_some_and(is_ours) {
        return Verdict::Drop(Counter::RxNdOwn);
    }
    match (link, claims, about) {
        (Some(mac), true, _) | (Some(mac), _, true) if is_ours(mac) => {
            return Verdict::Drop(Counter::RxNdOwn);
        }
        (Some(_), true, _) => return Verdict::Drop(Counter::RxNdConflict),
        (None, true, _) => return Verdict::Drop(Counter::RxNdOwn),
        _ => {}
    }
    match nd.kind {
        135 if about && rules.master => Verdict::Leave(Counter::RxNdAnswered),
        135 if about => Verdict::Drop(Counter::RxNdIgnored),
        136 if is_vip(header.destination_addr()) => Verdict::Leave(Counter::RxNdReply),
        _ => Verdict::NotOurs,
    }
}
