// SPDX-License-Identifier: GPL-2.0-only

//! Each difference is found and no other; it is shown once it has lasted.

use super::*;
use crate::{
    announcement::{
        address,
        fields::OwnFields,
        Addresses, //
    },
    config::Proposal,
    rules::{
        Forward,
        Mode, //
    },
    sample::{
        NIC,
        VIP,
        VIP6, //
    },
    wire, //
};
use proptest::prelude::*;
use std::vec::Vec;

fn vips(all: &[core::net::IpAddr]) -> Vips {
    let mut vips = Vips::EMPTY;
    all.iter().for_each(|vip| vips.push(*vip).unwrap());
    vips
}

fn config(change: impl FnOnce(&mut Proposal<'_>)) -> Config {
    with_vips(&vips(&[VIP.into(), VIP6.into()]), change)
}

fn with_vips(vips: &Vips, change: impl FnOnce(&mut Proposal<'_>)) -> Config {
    let mut proposal = Proposal {
        vips: Some(vips),
        node: Some(1),
        nodes: Some(3),
        siphash: Some(true),
        seed: Some([7; 16]),
        ..Proposal::default()
    };
    change(&mut proposal);
    Config::create(&proposal).unwrap().0
}

/// What a node of `theirs` sends to one of `ours`.
fn found(theirs: &Config, ours: &Config) -> Vec<Difference> {
    let list: Vec<u8> = theirs.vips.iter().flat_map(address).collect();
    let fields = OwnFields::new(theirs);
    let hello = Hello::new(theirs, Addresses::new(&list), fields.get(), 1, NIC);
    differences(theirs.mac, &hello, ours).iter().collect()
}

#[test]
fn each_difference_is_found_and_no_other() {
    let ours = config(|_| {});
    let one = vips(&[VIP.into()]);
    let mac = Mac([2, 0, 0, 0, 0, 9]);
    for (theirs, due) in [
        (config(|_| {}), &[][..]),
        (config(|p| p.master = Some(true)), &[]),
        (config(|p| p.node = Some(2)), &[]),
        (
            config(|p| p.mode = Some(Mode::Forward(Forward::All))),
            &[Difference::Mode],
        ),
        (
            config(|p| p.mac = Some(mac)),
            &[Difference::Mac, Difference::GroupMac],
        ),
        (
            config(|p| p.group_mac = Some(mac.group())),
            &[Difference::GroupMac],
        ),
        (
            config(|p| p.nodes = Some(4)),
            &[Difference::Buckets, Difference::Nodes],
        ),
        (
            config(|p| {
                p.function = Some(wire::Function::Bitmap);
                p.buckets = Some(8);
            }),
            &[Difference::Buckets, Difference::Function],
        ),
        (
            config(|p| (p.siphash, p.seed) = (Some(false), None)),
            &[Difference::Hash],
        ),
        (config(|p| p.seed = Some([8; 16])), &[Difference::HashSeed]),
        (with_vips(&one, |_| {}), &[Difference::Vip]),
        (
            config(|p| p.client_key = Some(wire::ClientKey::SourcePort)),
            &[Difference::Key],
        ),
        (
            config(|p| p.client_key = Some(wire::ClientKey::Prefix)),
            &[Difference::Key],
        ),
    ] {
        assert_eq!(found(&theirs, &ours), due);
        let back = found(&ours, &theirs);
        assert_eq!(back, due, "the other way round");
    }
}

#[test]
fn prefixes_are_compared() {
    let by = |v4, v6| {
        config(move |p| {
            p.client_key = Some(wire::ClientKey::Prefix);
            (p.prefix4, p.prefix6) = (Some(v4), Some(v6));
        })
    };
    assert_eq!(found(&by(24, 64), &by(24, 64)), []);
    assert_eq!(found(&by(24, 64), &by(24, 128)), [Difference::Key]);
    assert_eq!(found(&by(23, 64), &by(24, 64)), [Difference::Key]);
}

/// A release without the field takes the address.
#[test]
fn who_tells_no_key_takes_addresses() {
    let (theirs, ours) = (
        config(|_| {}),
        config(|p| p.client_key = Some(wire::ClientKey::SourcePort)),
    );
    let list: Vec<u8> = theirs.vips.iter().flat_map(address).collect();
    let hello = Hello::new(&theirs, Addresses::new(&list), Default::default(), 1, NIC);
    let found = differences(theirs.mac, &hello, &ours);
    assert!(found.has(Difference::Key) && !found.agrees());
}

/// A release without fields has nothing of mode, seed and group MAC.
#[test]
fn what_is_not_told_is_no_difference() {
    let (theirs, ours) = (config(|p| p.seed = Some([8; 16])), config(|_| {}));
    let list: Vec<u8> = theirs.vips.iter().flat_map(address).collect();
    let hello = Hello::new(&theirs, Addresses::new(&list), Default::default(), 1, NIC);
    assert_eq!(differences(theirs.mac, &hello, &ours), Differences::NONE);
}

#[test]
fn claim_16_the_seed_is_not_told() {
    let fields = OwnFields::new(&config(|_| {}));
    let bytes = std::format!("{fields:?}");
    assert!(!bytes.contains("7, 7, 7, 7"), "{bytes}");
    assert_eq!(seed_digest(Hash::None), None);
}

#[test]
fn an_address_shows_whose_a_hello_is() {
    let other = config(|p| p.mac = Some(Mac([2, 0, 0, 0, 0, 9])));
    let list: Vec<u8> = other.vips.iter().flat_map(address).collect();
    let hello = Hello::new(&other, Addresses::new(&list), Default::default(), 1, NIC);
    assert!(is_of_cluster(&hello, &vips(&[VIP6.into()])));
    assert!(!is_of_cluster(
        &hello,
        &vips(&["192.0.2.99".parse().unwrap()])
    ));
}

#[test]
fn those_that_matter() {
    let of = |one| Differences::NONE.with(one);
    assert!(of(Difference::Master).and(of(Difference::Owned)).agrees());
    assert!(!of(Difference::HashSeed).agrees());
}

proptest! {
    /// By a count for each difference, as it is meant.
    #[test]
    fn a_difference_that_lasts_is_shown(looks: Vec<u32>) {
        let steady = Steady::new();
        let (mut shown, mut counts) = (0u32, [0u8; 32]);
        for now in looks.iter().flat_map(|now| [*now, *now, now & 0xffff, *now]) {
            let before = shown;
            for (bit, count) in counts.iter_mut().enumerate() {
                *count = match ((now ^ shown) >> bit) & 1 {
                    0 => 0,
                    _ => *count + 1,
                };
                if *count == 3 {
                    shown ^= 1 << bit;
                    *count = 0;
                }
            }
            prop_assert_eq!(steady.look(Differences(now)), shown != before);
            prop_assert_eq!(steady.shown(), Differences(shown));
        }
    }
}
