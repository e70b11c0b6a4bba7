// SPDX-License-Identifier: GPL-2.0-only

//! Disruption: counted one by one, and by the formulas.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use logic::distribution::{Distribution, Hash};
use proptest::prelude::*;
use ssi_plan::{Change, Disruption, Member, NodeId, Scheme, forecast};

use crate::sample::{NEW, cluster};

fn addresses(from: u32, count: u32) -> Vec<IpAddr> {
    (from..from + count)
        .map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)))
        .collect()
}

fn ids(numbers: impl IntoIterator<Item = u32>) -> Vec<NodeId> {
    numbers.into_iter().map(NodeId).collect()
}

const XT: Scheme = Scheme::XtCluster { seed: 0x5eed };

#[test]
fn one_more_node_moves_as_much_as_by_the_formulas() {
    for n in 1..20 {
        let (before, after) = (ids(0..n), ids(0..=n));
        let modulo = Disruption::by_scheme(Scheme::Modulo, &before, &after);
        assert_eq!(modulo.changed * u64::from(n + 1), modulo.of * u64::from(n));
        let xt = Disruption::by_scheme(XT, &before, &after);
        assert_eq!(xt.changed * 2, xt.of);
        assert_eq!(
            xt,
            Disruption::by_scheme(Scheme::NftJhash { seed: 1 }, &before, &after)
        );
    }
}

#[test]
fn ours_moves_the_joiners_share() {
    let situation = cluster(&[1; 4], 1024);
    let joined = forecast(&situation, Change::Join(Member::new(NEW))).unwrap();
    let ours = Disruption::by_table(&situation.assignment, &joined.assignment);
    assert_eq!((ours.changed, ours.of), (204, 1024));
    assert_eq!(ours.per_million(), 199_218);

    let distribution = Distribution::new(1024, Hash::None).unwrap();
    let (before, after) = (&situation.assignment, &joined.assignment);
    let counted =
        |clients: &[IpAddr]| Disruption::of_clients_by_table(clients, &distribution, before, after);
    let all = counted(&addresses(0x0a00_0000, 1024));
    assert_eq!((all.changed, all.of), (204, 1024));
    let v6: Vec<IpAddr> = (0..1024u128)
        .map(|n| IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8 << 96) + n)))
        .collect();
    assert_eq!(counted(&v6), all);
    assert_eq!(counted(&[]).per_million(), 0);
}

#[test]
fn the_better_numbering_is_taken() {
    // The first of four goes: those who move up keep half, with the last one in the gap it were a
    // quarter.
    let xt = Disruption::by_scheme(XT, &ids(0..4), &ids(1..4));
    assert_eq!((xt.changed, xt.of), (6, 12));
    // The last goes: both are the same.
    let xt = Disruption::by_scheme(XT, &ids(0..4), &ids(0..3));
    assert_eq!((xt.changed, xt.of), (6, 12));
    // Whoever comes in another's place takes its number; else all behind it would move up.
    let xt = Disruption::by_scheme(XT, &ids(0..4), &ids([0, 9, 2, 3]));
    assert_eq!((xt.changed * 4, xt.of), (xt.of, xt.of));
}

proptest! {
    #[test]
    fn formulas_are_what_is_counted(n in 1u32..12, keep in any::<u16>(), new in 0u32..6, seed: u32) {
        let before = ids(0..n);
        let after: Vec<NodeId> = (0..n).filter(|id| (keep >> id) & 1 == 1).chain(50..50 + new).map(NodeId).collect();
        prop_assume!(!after.is_empty());
        // All remainders by both numbers of nodes.
        let clients = addresses(0x0a00_0000, n * after.len() as u32 * 3);
        let computed = Disruption::by_scheme(Scheme::Modulo, &before, &after);
        let counted = Disruption::of_clients_by_scheme(&clients, Scheme::Modulo, &before, &after);
        prop_assert_eq!(computed.changed * counted.of, counted.changed * computed.of);

        let clients = addresses(seed, 20_000.min(u32::MAX - seed));
        prop_assume!(clients.len() == 20_000);
        let scheme = Scheme::XtCluster { seed };
        let computed = Disruption::by_scheme(scheme, &before, &after);
        let counted = Disruption::of_clients_by_scheme(&clients, scheme, &before, &after);
        prop_assert!(computed.per_million().abs_diff(counted.per_million()) < 20_000, "{:?} {:?}", computed, counted);
    }
}
