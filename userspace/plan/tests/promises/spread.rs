// SPDX-License-Identifier: GPL-2.0-only

//! Spread: neighbouring buckets go to different nodes.

use ssi_plan::{Member, NodeId, initial, plan};

use crate::sample::{NEW, cluster, members};

#[test]
fn first_table_of_equals_is_modulo() {
    for (nodes, k) in [(1, 1), (3, 7), (5, 5), (16, 1024), (7, 3)] {
        let members = members(&vec![4; nodes]);
        let table = initial(&members, k).unwrap();
        for b in 0..k {
            assert_eq!(table.owner(b), Some(NodeId(3 * (b % nodes as u32))));
        }
    }
}

#[test]
fn greatest_remainders_get_the_spare_buckets() {
    // Shares of 4.29, 4.29 and 1.43; of 3.75, 3.75 and 2.5.
    for (k, weights, counts) in [(10, [6, 6, 2], [4, 4, 2]), (10, [3, 3, 2], [4, 4, 2])] {
        let table = initial(&members(&weights), k).unwrap();
        assert_eq!([0, 3, 6].map(|id| table.count(NodeId(id))), counts);
    }
}

#[test]
fn neighbours_go_to_different_nodes() {
    let table = initial(&members(&[1, 2, 2]), 5).unwrap();
    let order: Vec<u32> = table.owners().iter().map(|id| id.unwrap().0).collect();
    assert_eq!(order, [3, 6, 0, 3, 6]);

    // Ten clients with consecutive addresses, weights 1, 2 and 2: nobody gets more than its five, six.
    let table = initial(&members(&[1, 2, 2]), 1000).unwrap();
    for first in 0..990 {
        let run = (first..first + 10).map(|b| table.owner(b).unwrap());
        let mut counts = [0; 3];
        run.for_each(|id| counts[id.0 as usize / 3] += 1);
        assert!((1..=3).contains(&counts[0]), "{first}: {counts:?}");
        assert!((3..=5).contains(&counts[1]), "{first}: {counts:?}");
        assert!((3..=5).contains(&counts[2]), "{first}: {counts:?}");
    }
}

#[test]
fn a_joiners_buckets_come_from_everywhere() {
    let mut situation = cluster(&[1; 4], 1000);
    situation.members.push(Member::new(NEW));
    let taken: Vec<u32> = plan(&situation)
        .unwrap()
        .moves
        .iter()
        .map(|m| m.bucket)
        .collect();
    for first in 0..900 {
        let run = taken.iter().filter(|b| (first..first + 100).contains(*b));
        let run = run.count();
        assert!(
            (16..=24).contains(&run),
            "{run} of the buckets from {first}"
        );
    }
}
