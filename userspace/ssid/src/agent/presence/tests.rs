// SPDX-License-Identifier: GPL-2.0-only

//! Tests of presences.

use std::collections::BTreeMap;

use super::*;

fn announced(number: u64, buckets: u32) -> Presence {
    Presence {
        number,
        fixed: vec![Field::new("buckets", buckets)],
        ..Presence::default()
    }
}

fn passed_on(number: u64, others: &[(u32, u64)]) -> Presence {
    let terms = Some(Terms {
        fixed: digest(&announced(0, 60).fixed),
        versions: Versions::default(),
    });
    Presence {
        others: others
            .iter()
            .map(|(node, number)| Other {
                node: *node,
                program: Program {
                    number: *number,
                    terms,
                },
            })
            .collect(),
        ..announced(number, 60)
    }
}

fn numbers(presences: &Presences) -> Vec<(u32, u64)> {
    let all = presences.announcement(&[], &[]).others;
    all.iter().map(|o| (o.node, o.program.number)).collect()
}

#[test]
fn a_program_that_comes_anew_makes_another_set() {
    let mut presences = Presences::new(10);
    presences.stay(&[1, 2]);
    presences.receive(1, announced(10, 60));
    assert_eq!(presences.programs(&[1, 2]), None);
    assert_eq!(presences.part(&[1, 2], &BTreeMap::new()), None);
    presences.receive(2, announced(20, 60));
    let both = presences.programs(&[1, 2]);
    assert!(both.is_some());
    presences.stay(&[1]);
    assert_ne!(presences.programs(&[1]), both);
    presences.stay(&[1, 2]);
    assert_eq!(
        presences.programs(&[1, 2]),
        None,
        "the old one is forgotten"
    );
    presences.receive(2, announced(21, 60));
    assert_ne!(presences.programs(&[1, 2]), both);
    presences.receive(2, announced(20, 60));
    assert_eq!(presences.programs(&[1, 2]), both);
    presences.receive(2, announced(20, 64));
    assert_ne!(presences.programs(&[1, 2]), both, "on other terms");
}

#[test]
fn a_program_that_was_out_is_another() {
    let mut presences = Presences::new(10);
    presences.renew();
    assert_ne!(presences.announcement(&[], &[]).number, 10);
}

#[test]
fn who_is_silent_is_known_by_the_others() {
    let mut presences = Presences::new(10);
    presences.receive(1, passed_on(10, &[(3, 30)]));
    presences.receive(2, passed_on(20, &[(3, 31), (1, 11)]));
    assert_eq!(numbers(&presences), [(1, 10), (2, 20), (3, 30)]);
    let set = presences.programs(&[1, 2, 3]);
    assert_eq!(presences.fields(3), None);
    // Its own presence comes later and is the same.
    presences.receive(3, announced(30, 60));
    assert_eq!(presences.programs(&[1, 2, 3]), set);
    assert!(presences.fields(3).is_some());
    presences.receive(3, announced(32, 60));
    assert_eq!(numbers(&presences), [(1, 10), (2, 20), (3, 32)]);
}

#[test]
fn who_was_passed_over_is_known_by_the_others() {
    let mut presences = Presences::new(10);
    presences.receive(1, announced(10, 60));
    presences.pass_over(3);
    presences.receive(2, passed_on(20, &[(3, 30)]));
    assert_eq!(numbers(&presences), [(1, 10), (2, 20), (3, 30)]);
    // It is not forgotten again.
    presences.pass_over(3);
    assert_eq!(numbers(&presences), [(1, 10), (2, 20), (3, 30)]);
}

#[test]
fn what_is_passed_on_is_bounded() {
    let mut presences = Presences::new(10);
    let many: Vec<(u32, u64)> = (0..100_000).map(|node| (node, 1)).collect();
    presences.receive(200_000, passed_on(20, &many));
    (300_000..400_000).for_each(|node| presences.pass_over(node));
    assert_eq!(numbers(&presences).len(), MOST);
    // A program's own message counts all the same.
    presences.receive(500_000, announced(30, 60));
    assert!(numbers(&presences).contains(&(500_000, 30)));
    presences.stay(&[500_000]);
    presences.receive(1, passed_on(10, &[(2, 20)]));
    assert_eq!(numbers(&presences), [(1, 10), (2, 20), (500_000, 30)]);
}

#[test]
fn who_never_sent_anything_is_passed_over_until_it_does() {
    let mut presences = Presences::new(10);
    presences.receive(1, announced(10, 60));
    assert_eq!(presences.missing(&[1, 2]).collect::<Vec<_>>(), [2]);
    presences.pass_over(1);
    presences.pass_over(2);
    let without = presences.programs(&[1, 2]);
    assert!(without.is_some());
    assert_eq!(
        presences.part(&[1, 2], &BTreeMap::new()).unwrap().members,
        [1, 2]
    );
    presences.receive(2, announced(20, 60));
    assert_ne!(presences.programs(&[1, 2]), without);
}

#[test]
fn who_speaks_another_version_is_known_by_it() {
    let mut presences = Presences::new(10);
    presences.receive(1, announced(10, 60));
    presences.receive(2, announced(20, 60));
    assert!(presences.misunderstand(3, 9));
    assert!(!presences.misunderstand(3, 9), "it is known");
    assert_eq!(
        presences
            .part(&[1, 2, 3], &BTreeMap::new())
            .unwrap()
            .members,
        [1, 2]
    );
    assert_eq!(presences.versions(3), Some(Versions::only(9)));
    // Who gets it from another comes to the same.
    let mut fresh = Presences::new(10);
    fresh.receive(1, presences.announcement(&announced(0, 60).fixed, &[]));
    fresh.receive(2, announced(20, 60));
    assert_eq!(fresh.programs(&[1, 2, 3]), presences.programs(&[1, 2, 3]));
    assert_eq!(
        fresh.part(&[1, 2, 3], &BTreeMap::new()),
        presences.part(&[1, 2, 3], &BTreeMap::new())
    );
    assert!(!presences.misunderstand(1, 9), "it was only early");
    assert_eq!(
        presences
            .part(&[1, 2, 3], &BTreeMap::new())
            .unwrap()
            .members,
        [1, 2]
    );
}
