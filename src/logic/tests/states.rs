// SPDX-License-Identifier: GPL-2.0-only

use super::*;
use crate::owned;
use proptest::prelude::*;
use std::{
    collections::BTreeSet,
    vec::Vec, //
};

/// As no new table is: what is not written would be seen.
fn new(k: u32) -> Vec<Cell> {
    let cells: Vec<_> = (0..k).map(|_| Cell::new()).collect();
    cells.iter().for_each(|cell| cell.set(State::Cold));
    cells
}

prop_compose! {
    fn table()(k in 1u32..200)(
        k in Just(k),
        owned in prop::collection::btree_set(0..k, 0..k as usize + 1),
        moving in prop::collection::btree_set(0..k, 0..k as usize + 1),
    ) -> (u32, BTreeSet<u32>, BTreeSet<u32>) {
        (k, owned, moving)
    }
}

fn written(k: u32, owned: &BTreeSet<u32>, moving: &BTreeSet<u32>, is_leased: bool) -> Vec<Cell> {
    let mut bits = std::vec![0; owned::len(k)];
    for m in owned {
        bits[*m as usize / 8] |= 1 << (m % 8);
    }
    let cells = new(k);
    // Every third one was taken cold.
    let moving = moving.iter().map(|m| (*m, m % 3 == 0));
    fill(&cells, &bits, moving, is_leased);
    cells
}

proptest! {
    #[test]
    fn what_is_written_is_read((k, owned, moving) in table(), is_leased: bool) {
        let cells = written(k, &owned, &moving, is_leased);
        for m in 0..k {
            let expected = match (owned.contains(&m), moving.contains(&m)) {
                (false, false) => State::Other,
                (true, false) if is_leased => State::Leased,
                (true, false) => State::Owned,
                (false, true) => State::Draining,
                (true, true) if m % 3 == 0 => State::Cold,
                (true, true) => State::Adopting,
            };
            prop_assert_eq!(cells.state(m), expected, "bucket {}", m);
        }
        for past in [k, k + 31, k + 32, u32::MAX] {
            prop_assert_eq!(cells.state(past), State::Other, "past {}", past);
        }
    }

    #[test]
    fn a_bitmap_has_nothing_in_transition((k, owned, _) in table()) {
        let cells = written(k, &owned, &BTreeSet::new(), false);
        let mut bits = std::vec![0u8; owned::len(k)];
        for m in &owned {
            bits[*m as usize / 8] |= 1 << (m % 8);
        }
        for m in 0..k + 9 {
            prop_assert_eq!(cells.state(m), bits.state(m));
        }
    }

    #[test]
    fn what_is_given_up_is_never_served_anew((k, owned, moving) in table(), keep: bool, is_leased: bool) {
        let cells = written(k, &owned, &moving, is_leased);
        give_up(&cells, keep);
        for m in 0..k {
            let had = owned.contains(&m) || moving.contains(&m);
            let expected = match had && keep {
                true => State::Draining,
                false => State::Other,
            };
            prop_assert_eq!(cells.state(m), expected, "bucket {}", m);
        }
        // Once more is no different.
        let once: Vec<_> = cells.iter().map(Cell::get).collect();
        give_up(&cells, keep);
        let twice: Vec<_> = cells.iter().map(Cell::get).collect();
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn transitions_end_where_they_are_over(
        (k, owned, moving) in table(), left in prop::collection::btree_set(0u32..200, 0..100),
        is_leased: bool, given_up: bool, keep: bool,
    ) {
        let left: BTreeSet<u32> = left.intersection(&moving).copied().collect();
        let cells = written(k, &owned, &moving, is_leased);
        let mut bits = std::vec![0; owned::len(k)];
        for m in &owned {
            bits[*m as usize / 8] |= 1 << (m % 8);
        }
        if given_up {
            give_up(&cells, keep);
        }
        end_transitions(&cells, &bits, left.iter().copied(), is_leased);
        let expected = written(k, &owned, &left, is_leased);
        for m in 0..k {
            match given_up {
                false => prop_assert_eq!(cells.state(m), expected.state(m), "bucket {}", m),
                // It opens nothing.
                true => prop_assert!(matches!(cells.state(m), State::Other | State::Draining)),
            }
        }
    }
}
