// SPDX-License-Identifier: GPL-2.0-only

//! Whole packets, as etherparse makes them, and as the RFCs draw what it does not make.

use etherparse::{Icmpv4Type, PacketBuilder};
use logic::announcement::fields::Fields;
use logic::announcement::{
    Addresses, Body, Challenge, Header, Hello, Part, Response, Stamp, address, answer, rank, write,
};
use logic::config::Function;
use logic::mac::Mac;
use logic::rules::{Forward, ReplyMac};

use crate::frames::announcement::Tagging;
use crate::frames::cluster::{BASE, GROUP, VIPS4, VIPS6};

const NIC: [u8; 6] = [0x52, 0x54, 0, 0, 0, 1];
const PEER: [u8; 6] = [0x52, 0x54, 0, 0, 0, 2];
const CLIENT: [u8; 4] = [198, 51, 100, 7];
const CLIENT6: [u8; 16] = [0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
/// Who sends errors: were it the client, its address and the quoted one would name the same node.
const ROUTER: [u8; 4] = [203, 0, 113, 9];
const ROUTER6: [u8; 16] = [0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
/// Clusters: by source address; by port; by network, hashed; in mode forward.
const CLUSTERS: [[u8; 7]; 4] = [
    [0x20, 0, 63, 0, 0, 0, 0],
    [0x01, 0, 63, 2, 0, 0, 0],
    [0x11, 1, 0, 3, 23, 63, 0],
    [0x02, 0, 6, 0, 0, 0, 0],
];

/// Extension headers, each with its own number in the place of the next one's: options, a whole packet's fragment header, that of a first
/// part, authentication, and two fragment headers.
const EXTENSIONS: [&[[u8; 8]]; 5] = [
    &[[60, 0, 1, 4, 0, 0, 0, 0]],
    &[[44, 0, 0, 0, 0, 0, 0, 9]],
    &[[44, 0, 0, 1, 0, 0, 0, 9]],
    &[[51, 0, 0, 0, 0, 0, 0, 1], [0, 0, 1, 4, 0, 0, 0, 0]],
    &[[44, 0, 0, 1, 0, 0, 0, 9], [44, 0, 0, 0, 0, 0, 0, 8]],
];

/// An EtherType and its packets, requests to the cluster and what it answers.
fn packets() -> Vec<(u16, Vec<u8>)> {
    let (vip, vip6) = (VIPS4[0].octets(), VIPS6[0].octets());
    let mut all = Vec::new();
    for (from, to, from6, to6) in [(CLIENT, vip, CLIENT6, vip6), (vip, CLIENT, vip6, CLIENT6)] {
        let v4 = || PacketBuilder::ipv4(from, to, 64);
        let v6 = || PacketBuilder::ipv6(from6, to6, 64);
        let mut put = |protocol, size, write: &mut dyn FnMut(&mut Vec<u8>)| {
            let mut bytes = Vec::with_capacity(size);
            write(&mut bytes);
            all.push((protocol, bytes));
        };
        put(0x0800, 44, &mut |to| {
            v4().tcp(40_000, 80, 7, 9000)
                .syn()
                .write(to, b"data")
                .unwrap()
        });
        put(0x0800, 44, &mut |to| {
            v4().tcp(40_000, 80, 7, 9000).ack(9).write(to, &[]).unwrap()
        });
        put(0x0800, 44, &mut |to| {
            v4().udp(40_000, 53).write(to, b"data").unwrap()
        });
        put(0x0800, 44, &mut |to| {
            v4().icmpv4_echo_request(1, 2).write(to, b"data").unwrap()
        });
        put(0x86dd, 64, &mut |to| {
            v6().tcp(40_000, 80, 7, 9000)
                .ack(9)
                .write(to, b"data")
                .unwrap()
        });
        put(0x86dd, 64, &mut |to| {
            v6().udp(40_000, 53).write(to, b"data").unwrap()
        });
        put(0x86dd, 64, &mut |to| {
            v6().icmpv6_echo_request(1, 2).write(to, b"data").unwrap()
        });
        // Errors, about what goes the other way.
        let (mut about, mut about6) = (Vec::new(), Vec::new());
        PacketBuilder::ipv4(to, from, 64)
            .tcp(80, 40_000, 5, 9000)
            .write(&mut about, b"")
            .unwrap();
        PacketBuilder::ipv6(to6, from6, 64)
            .tcp(80, 40_000, 5, 9000)
            .write(&mut about6, b"")
            .unwrap();
        let (by, by6) = match from == CLIENT {
            true => (ROUTER, ROUTER6),
            false => (from, from6),
        };
        // A packet too big, and a problem with a parameter.
        for (type_u8, code_u8) in [(3, 4), (12, 0)] {
            let kind = Icmpv4Type::Unknown {
                type_u8,
                code_u8,
                bytes5to8: [0, 0, 4, 0],
            };
            put(0x0800, 80, &mut |out| {
                PacketBuilder::ipv4(by, to, 64)
                    .icmpv4(kind.clone())
                    .write(out, &about)
                    .unwrap()
            });
        }
        for (kind, code) in [(4, 0), (2, 0)] {
            put(0x86dd, 120, &mut |out| {
                PacketBuilder::ipv6(by6, to6, 64)
                    .icmpv6_raw(kind, code, [0, 0, 5, 0])
                    .write(out, &about6)
                    .unwrap()
            });
        }
        // A segment and an error behind extension headers.
        let ip6 = all.iter().filter(|(protocol, _)| *protocol == 0x86dd);
        let ip6: Vec<_> = ip6.map(|(_, packet)| packet.clone()).collect();
        for whole in [&ip6[0], &ip6[ip6.len() - 1]] {
            for headers in EXTENSIONS {
                all.push((0x86dd, behind(headers, whole)));
            }
        }
        // An error about a part of a packet that has no ports.
        let errors = all
            .iter()
            .filter(|(_, packet)| packet.first() == Some(&0x45));
        let mut error = errors
            .last()
            .map(|(_, packet)| packet.clone())
            .unwrap_or_default();
        error[20 + 8 + 7] = 1;
        all.push((0x0800, error));
    }
    for operation in [1, 2] {
        for (sender, target) in [(CLIENT, vip), (vip, vip), ([0; 4], vip), (vip, CLIENT)] {
            let mut arp = vec![0, 1, 8, 0, 6, 4, 0, operation];
            arp.extend(NIC);
            arp.extend(sender);
            arp.extend(if sender == target { NIC } else { [0; 6] });
            arp.extend(target);
            all.push((0x0806, arp));
        }
    }
    for (kind, option, from) in [
        (133, 1, vip6),
        (135, 1, CLIENT6),
        (135, 0, [0; 16]),
        (136, 2, vip6),
    ] {
        all.push((0x86dd, neighbour(kind, option, from)));
    }
    all
}

/// A packet behind more headers.
fn behind(headers: &[[u8; 8]], whole: &[u8]) -> Vec<u8> {
    let mut packet = whole.to_vec();
    for header in headers.iter().rev() {
        let mut header = *header;
        let number = std::mem::replace(&mut header[0], packet[6]);
        packet[6] = number;
        packet.splice(40..40, header);
        packet[5] += 8;
    }
    packet
}

/// Neighbour discovery about the first IPv6 address, with an option of a link-layer address behind another one.
fn neighbour(kind: u8, option: u8, from: [u8; 16]) -> Vec<u8> {
    let mut message = vec![kind, 0, 0x12, 0x34, 0, 0, 0, 0];
    if kind != 133 {
        message.extend(VIPS6[0].octets());
    }
    if option != 0 {
        message.extend([14, 1, 1, 2, 3, 4, 5, 6, option, 1]);
        message.extend(NIC);
    }
    let mut packet = vec![
        0x60,
        0,
        0,
        0,
        0,
        u8::try_from(message.len()).unwrap(),
        58,
        255,
    ];
    packet.extend(from);
    packet.extend(VIPS6[1].octets());
    packet.extend(message);
    packet
}

fn frame(protocol: u16, packet: &[u8]) -> Vec<u8> {
    [&PEER[..], &NIC, &protocol.to_be_bytes(), packet].concat()
}

/// What chooses an EtherType: a byte and two.
fn chosen(protocol: u16) -> [u8; 3] {
    let kind = match protocol {
        0x0800 => 0,
        0x86dd => 3,
        0x0806 => 5,
        _ => 6,
    };
    [kind, 0, 0]
}

/// Of the target `receive`.
pub fn receive() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (at, (protocol, packet)) in packets().into_iter().enumerate() {
        let cluster = CLUSTERS[at % CLUSTERS.len()];
        all.push([&cluster[..], &[0], &chosen(protocol), &PEER, &packet].concat());
        let tag = [&[0, 0][..], &protocol.to_be_bytes(), &packet].concat();
        if at % 4 == 0 {
            all.push([&cluster[..], &[1], &chosen(0x8100), &[0; 6], &tag].concat());
        }
    }
    all
}

/// Of the target `send`.
pub fn send() -> Vec<Vec<u8>> {
    let all = packets().into_iter().enumerate();
    all.map(|(at, (protocol, packet))| {
        let mut cluster = CLUSTERS[at % CLUSTERS.len()];
        cluster[0] ^= u8::try_from(at % 4).unwrap() << 3;
        [&cluster[..], &frame(protocol, &packet)].concat()
    })
    .collect()
}

/// Of the target `fast`.
pub fn fast() -> Vec<Vec<u8>> {
    let all = packets()
        .into_iter()
        .filter(|(protocol, _)| *protocol != 0x0806);
    all.map(|(protocol, packet)| [&CLUSTERS[0][..], &[0, 0], &frame(protocol, &packet)].concat())
        .collect()
}

/// Of the target `reset`.
pub fn reset() -> Vec<Vec<u8>> {
    let all = packets()
        .into_iter()
        .filter(|(protocol, _)| *protocol != 0x0806);
    all.map(|(protocol, packet)| [&[u8::from(protocol == 0x86dd)], &packet[..]].concat())
        .collect()
}

/// Of the target `announcement`: one of each kind, and all of them.
pub fn announcement() -> Vec<Vec<u8>> {
    let addresses = [address(VIPS4[0].into()), address(VIPS6[0].into())];
    let hello = Hello {
        nodes: 4,
        buckets: 64,
        function: Function::Modulo,
        siphash: true,
        forward: Forward::All,
        reply_mac: ReplyMac::Cluster,
        node_mac: Mac(PEER),
        generation: 9,
        addresses: Addresses::new(addresses.as_flattened()),
        fields: Fields::default(),
    };
    let part = Part {
        buckets: 64,
        first: 8,
        bits: &[0xa5, 0x5a],
    };
    let (asked, answers) = ([rank(0), rank(2)], [answer(0, 11)]);
    let bodies = [
        Body::FloodProbe,
        Body::Hello(hello),
        Body::Owned(part),
        Body::Challenge(Challenge::new(5, &asked)),
        // The number that a node's challenge has at first.
        Body::Response(Response::new(&answers)),
    ];
    let mut all = Vec::new();
    for (number, body) in (0u8..).zip(bodies) {
        let header = Header {
            base: BASE,
            node: 1,
            master: true,
            flooded: Some(false),
            sequence: 3,
            stamp: Stamp {
                session: 77,
                counter: number.into(),
            },
        };
        let untagged: Option<Tagging> = None;
        let bytes = write(&header, &body, (BASE, GROUP), untagged, |pieces| {
            pieces.concat()
        });
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        all.push([&[0], &length[..], &bytes].concat());
    }
    all.push([&all[4][..], &all[0], &all[3], &all[1], &all[1]].concat());
    all
}
