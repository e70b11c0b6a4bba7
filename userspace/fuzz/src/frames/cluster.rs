// SPDX-License-Identifier: GPL-2.0-only

//! The clusters that frames meet: ten bytes of each input are one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use logic::client::ClientKey;
use logic::distribution::{BUCKETS_MAX, Distribution, Hash};
use logic::mac::Mac;
use logic::rules::{Forward, Mode, ReplyMac, Rules};
use logic::states::{State, States};
use logic::vips::Vips;

use crate::input::{Bits, Input};

/// Its base MAC.
pub const BASE: Mac = Mac([0x02, 0x5a, 192, 0, 2, 10]);
/// Its group MAC.
pub const GROUP: Mac = Mac([0x03, 0x5a, 192, 0, 2, 10]);
/// Its addresses.
pub const VIPS4: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 2, 10), Ipv4Addr::new(192, 0, 2, 11)];
/// Its IPv6 addresses.
pub const VIPS6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10),
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x11),
];

/// A cluster, by a byte of bits, the number of buckets, the key's kind and its prefixes, and one for its addresses.
pub fn rules(input: &mut Input<'_>) -> Rules {
    let mut bits = Bits(input.u8());
    let k = u32::from(input.u16()) % BUCKETS_MAX + 1;
    let (key, v4, v6) = (input.u8(), input.u8(), input.u8());
    let key = match key % 4 {
        0 | 1 => ClientKey::Source,
        2 => ClientKey::SourcePort,
        _ => ClientKey::Prefix {
            v4: u32::from(v4) % 32 + 1,
            v6: u32::from(v6) % 128 + 1,
        },
    };
    let hash = match bits.one() {
        true => Hash::SipHash([7; 16]),
        false => Hash::None,
    };
    let mode = match (bits.one(), bits.one()) {
        (false, _) => Mode::Multicast,
        (true, false) => Mode::Forward(Forward::All),
        (true, true) => Mode::Forward(Forward::Owner),
    };
    let reply_mac = match bits.two() {
        0 | 1 => ReplyMac::Cluster,
        2 => ReplyMac::Group,
        _ => ReplyMac::Node,
    };
    let master = bits.one();
    Rules {
        base: BASE,
        group: GROUP,
        mode,
        master,
        reply_mac,
        distribution: Distribution::new(k, hash).unwrap().by(key),
        vips: vips(!input.u8()),
    }
}

/// The addresses of these bits.
fn vips(bits: u8) -> Vips {
    let mut vips = Vips::EMPTY;
    let all = VIPS4.map(IpAddr::V4).into_iter();
    let all = all.chain(VIPS6.map(IpAddr::V6)).enumerate();
    for (_, vip) in all.filter(|(at, _)| bits & (1 << at) != 0) {
        vips.push(vip).unwrap();
    }
    vips
}

/// A table whose states repeat.
pub struct Repeating(pub u8);

impl States for Repeating {
    fn state(&self, m: u32) -> State {
        match (m ^ u32::from(self.0)) % 8 {
            0..=2 => State::Owned,
            3 => State::Leased,
            4 => State::Other,
            5 => State::Draining,
            6 => State::Adopting,
            _ => State::Cold,
        }
    }
}

/// An EtherType: mostly one that is looked at.
pub fn ethertype(input: &mut Input<'_>) -> u16 {
    let (kind, other) = (input.u8(), input.u16());
    match kind % 8 {
        0..=2 => 0x0800,
        3 | 4 => 0x86dd,
        5 => 0x0806,
        6 => [0x8100, 0x88a8][usize::from(other % 2)],
        _ => other,
    }
}
