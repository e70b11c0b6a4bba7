// SPDX-License-Identifier: GPL-2.0-only

//! Received frames: the verdict is the book's, however much of a frame is in its buffer's first part.
//!
//! An input: a cluster, a byte of states, an EtherType, a MAC that it is from, and the packet.

use logic::frame::{NEEDED, NEEDED_AT_MOST, needs_more};
use logic::mac::Mac;
use logic::receive::{to_anybody, to_cluster};
use logic::segment::Packet;

use super::book::start;
use super::cluster::{BASE, GROUP, Repeating, ethertype, rules};
use super::verdict;
use crate::input::Input;

/// Of a packet of which this much is needed: what may lie in the first part of a buffer.
fn layouts(packet: &[u8], needed: usize) -> [&[u8]; 4] {
    let between = needed + packet.len().saturating_sub(needed) / 2;
    [needed, needed + 1, between, usize::MAX].map(|most| start(packet, most))
}

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let rules = rules(&mut input);
    let states = Repeating(input.u8());
    let protocol = ethertype(&mut input);
    let source = match input.array() {
        [0, 0, 0, 0, 0, 0] => BASE,
        [1, 0, 0, 0, 0, 0] => GROUP,
        other => Mac(other),
    };
    let packet = input.rest();

    let expected = verdict::to_cluster(&rules, &states, protocol, packet);
    let more = needs_more(protocol, start(packet, NEEDED)) || rules.distribution.has_ports();
    let needed = if more { NEEDED_AT_MOST } else { NEEDED };
    for there in layouts(packet, needed) {
        let found = to_cluster(&rules, &states, protocol, there);
        assert_eq!(found, expected, "{} of {} bytes", there.len(), packet.len());
    }

    let expected = verdict::to_anybody(&rules, protocol, source, packet);
    let needed = match protocol {
        0x0800 | 0x0806 => NEEDED,
        _ => NEEDED_AT_MOST,
    };
    for there in layouts(packet, needed) {
        let found = to_anybody(&rules, protocol, source, there);
        assert_eq!(found, expected, "{} of {} bytes", there.len(), packet.len());
    }

    let [first, others @ ..] = layouts(packet, NEEDED_AT_MOST);
    let connection = Packet::new(protocol, first);
    for there in others {
        assert_eq!(Packet::new(protocol, there), connection);
    }
}
