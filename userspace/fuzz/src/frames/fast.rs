// SPDX-License-Identifier: GPL-2.0-only

//! The fast path leads where the slow one does, in and out, and takes what it is made for.
//!
//! An input: a cluster, a byte of states, an EtherType, and the frame from its Ethernet header on.

use logic::fast_path::{
    NONE, RxFastPath, SENT, TxDecision, TxFastPath, as_it_lies, fraction_v6, reply, vips,
};
use logic::fraction::row;
use logic::perfect_hash::PerfectHash;
use logic::receive::{Verdict, to_cluster};
use logic::rules::{Mode, Rules};
use logic::segment::{IP4_FLAGS, IP6_FLAGS, Packet, opens_nothing_v4, opens_nothing_v6};
use logic::send::{Rewrite, decide};
use logic::states::State;
use logic::states::States as _;

use super::cluster::{Repeating, rules};
use crate::input::Input;

/// The target.
pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let rules = rules(&mut input);
    let states = Repeating(input.u8());
    let has_others = input.u8() & 1 != 0;
    let frame = input.rest();
    let packet = frame.get(14..).unwrap_or_default();
    received(&rules, &states, packet);
    sent(&rules, has_others, frame);
}

/// What a request in this bucket meets.
fn served(states: &Repeating, m: u32) -> Verdict {
    match states.state(m) {
        State::Owned => Verdict::Serve(m),
        State::Leased => Verdict::Leased(m),
        State::Other => Verdict::Other(m),
        State::Draining | State::Adopting | State::Cold => Verdict::InTransition(m),
    }
}

/// As `src/datapath/table.rs` has the addresses: by a perfect hash.
fn is_vip(rules: &Rules, address: u64) -> bool {
    let all: Vec<u64> = vips(rules).collect();
    let hash = PerfectHash::new(all.iter().copied()).unwrap();
    let mut slots = vec![NONE; hash.slots()];
    for vip in &all {
        slots[hash.slot(*vip)] = *vip;
    }
    let slot = slots[hash.slot(address)];
    assert_eq!(slot == address, all.contains(&address), "the perfect hash");
    slot == address
}

fn received(rules: &Rules, states: &Repeating, packet: &[u8]) {
    let k = rules.distribution.buckets();
    let is_open = rules.mode == Mode::Multicast && rules.distribution.is_plain();
    if let Some(start) = packet.first_chunk::<IP4_FLAGS>() {
        let header = start.first_chunk().unwrap();
        let fraction = RxFastPath::new(rules).fraction(header, |address| is_vip(rules, address));
        let slow = to_cluster(rules, states, 0x0800, packet);
        // What it is made for it takes.
        let to: [u8; 4] = packet[16..20].try_into().unwrap();
        let is_plain = packet[0] == 0x45 && packet[9] != 1 && rules.vips.contains_v4(to.into());
        assert_eq!(fraction.is_some(), is_open && is_plain);
        if let Some(fraction) = fraction {
            let m = u32::try_from(row(fraction, k.into())).unwrap();
            assert_eq!(served(states, m), slow);
            // The clock is looked at for all that may open something; half a header opens nothing.
            if opens_nothing_v4(start) && packet.len() >= 20 + 20 {
                assert!(Packet::new(0x0800, packet).opens_nothing());
            }
        }
    }
    if let Some(start) = packet.first_chunk::<IP6_FLAGS>() {
        let header = start.first_chunk().unwrap();
        if let Some(fraction) = fraction_v6(rules, header) {
            assert!(is_open);
            let m = u32::try_from(row(fraction, k.into())).unwrap();
            assert_eq!(served(states, m), to_cluster(rules, states, 0x86dd, packet));
            if opens_nothing_v6(start) && packet.len() >= 40 + 20 {
                assert!(Packet::new(0x86dd, packet).opens_nothing());
            }
        }
    }
}

fn sent(rules: &Rules, has_others: bool, frame: &[u8]) {
    let Some(start) = frame.first_chunk::<SENT>() else {
        return;
    };
    let slow = decide(rules, frame);
    let as_slow = |fast| match fast {
        TxDecision::NotOurs => assert_eq!(slow, Rewrite::NotOurs),
        TxDecision::Untouched => assert_eq!(slow, Rewrite::Untouched),
        TxDecision::Source(mac) => assert_eq!(slow, Rewrite::Source(mac)),
        TxDecision::Other(_) | TxDecision::Unknown => {}
    };
    let fast = TxFastPath::new(rules, has_others).decide(start);
    as_slow(fast);
    let octets: [u8; 4] = start[26..30].try_into().unwrap();
    if let TxDecision::Other(source) = fast {
        assert_eq!(source, as_it_lies(octets.into()));
        assert!(has_others || rules.vips.as_v4().len() > 1);
    }
    // The table knows by the address alone that a frame is this cluster's.
    if start[12..14] == [8, 0] && rules.vips.contains_v4(octets.into()) {
        as_slow(reply(rules, start));
    }
}
