// SPDX-License-Identifier: GPL-2.0-only

//! What nodes of a hub, of a switch, and of one where the MAC moves come to think.

use super::*;

/// `heard[n]` says whether keepalive n came through.
fn after(heard: &[bool]) -> Flood {
    let flood = Flood::new();
    for (&came, n) in heard.iter().zip(1000..) {
        flood.hello(n);
        if came {
            flood.keepalive(n);
        }
    }
    flood
}

#[test]
fn claim_3_at_first_the_master_forwards() {
    assert!(Flood::new().is_flooded());
    assert!(after(&[false]).is_flooded(), "one hello tells nothing");
}

#[test]
fn claim_3_a_switch_that_learns_keeps_them() {
    assert!(!after(&[false, false]).is_flooded());
    assert!(!after(&[false; 9]).is_flooded());
}

#[test]
fn claim_3_a_hub_lets_all_through() {
    for n in 1..9 {
        assert!(after(&vec![true; n]).is_flooded(), "{n}");
    }
}

#[test]
fn claim_3_a_few_that_slip_through_change_nothing() {
    assert!(!after(&[false, false, true, true, false, true, true, false]).is_flooded());
    assert!(!after(&[false, false, true, true, false, true]).is_flooded());
}

#[test]
fn claim_3_a_switch_that_begins_to_flood_is_found_out() {
    assert!(after(&[false, false, false, true, true, true, true]).is_flooded());
    assert!(
        !after(&[true, true, true, true, false, false]).is_flooded(),
        "and one that ends to"
    );
}

#[test]
fn keepalive_ahead_of_its_hello_counts() {
    let flood = Flood::new();
    for n in [u32::MAX - 1, u32::MAX, 0, 1, 2] {
        flood.keepalive(n);
        flood.hello(n);
    }
    assert!(flood.is_flooded(), "numbers wrap around");
}

use std::vec;
