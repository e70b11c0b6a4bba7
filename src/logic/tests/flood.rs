// SPDX-License-Identifier: GPL-2.0-only

//! Flood detection of nodes on a hub, on a switch, and on one where the MAC moves.

use super::*;

/// What a node finds that gets master 0's hellos, and of its flood probes those in `came`.
fn after(all: &[bool]) -> Option<bool> {
    let flood = Flood::new();
    for (&came, n) in all.iter().zip(1000..) {
        flood.hello(0, n);
        if came {
            flood.flood_probe(n);
        }
    }
    flood.known()
}

const YES: bool = true;
const NO: bool = false;

#[test]
fn claim_3_at_first_the_master_forwards() {
    assert!(Flood::new().is_flooded());
    assert_eq!(after(&[]), None);
    assert_eq!(after(&[NO]), None, "one hello shows nothing");
    assert_eq!(after(&[YES]), None);
}

#[test]
fn claim_3_a_switch_that_learns_keeps_them() {
    for n in 2..9 {
        assert_eq!(after(&vec![NO; n]), Some(false), "{n}");
    }
}

#[test]
fn claim_3_a_hub_lets_all_through() {
    for n in 2..9 {
        assert_eq!(after(&vec![YES; n]), Some(true), "{n}");
    }
}

#[test]
fn claim_3_a_few_that_slip_through_or_are_lost_change_nothing() {
    assert_eq!(after(&[NO, NO, YES, YES, NO, YES, YES, NO]), Some(false));
    assert_eq!(after(&[YES, YES, NO, YES, YES, NO, YES]), Some(true));
}

#[test]
fn claim_3_a_network_that_changes_is_found_out() {
    assert_eq!(after(&[NO, NO, YES, YES, YES, NO]), Some(true));
    assert_eq!(after(&[YES, YES, YES, NO, NO, NO]), Some(false));
}

#[test]
fn a_new_masters_numbers_are_its_own() {
    let flood = Flood::new();
    for n in 5..9 {
        flood.flood_probe(n);
        flood.hello(0, n);
    }
    assert_eq!(flood.known(), Some(true));
    for n in 70..80 {
        flood.hello(1, n);
        assert_eq!(
            (flood.known(), flood.master()),
            (Some(true), Some(1)),
            "{n}"
        );
        flood.flood_probe(n);
    }
}

#[test]
fn numbers_wrap_around() {
    let flood = Flood::new();
    for n in [u32::MAX - 1, u32::MAX, 0, 1, 2] {
        flood.hello(0, n);
        flood.flood_probe(n);
    }
    assert_eq!(flood.known(), Some(true));
}

#[test]
fn claim_15_who_gets_none_believes_others() {
    let flood = Flood::new();
    flood.reported(false, false);
    assert_eq!(flood.known(), Some(false));
    flood.reported(true, false);
    assert_eq!(flood.known(), Some(false), "it has ears of its own");
    flood.reported(true, true);
    assert_eq!(flood.known(), Some(true));
}

use std::vec;
