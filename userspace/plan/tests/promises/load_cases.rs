// SPDX-License-Identifier: GPL-2.0-only

//! Levelling by load at its borders, in single cases.

use std::collections::BTreeSet;

use ssi_plan::{Cause, Member, NodeId, Situation};

use crate::judge::{judged, settled};
use crate::load::extremes;
use crate::sample::{NEW, cluster};

/// Two nodes of ten buckets each; the first one's have this load, the others' 100.
fn two(first: u64) -> Situation {
    let mut situation = cluster(&[1, 1], 20);
    let load = (0..20).map(|b| if b % 2 == 0 { first } else { 100 });
    situation.load = Some(load.collect());
    situation
}

#[test]
fn levelling_begins_past_the_border_and_not_before() {
    // 1,660 of 2,660 is 125 % of the mean, 1,670 of 2,670 a little more.
    assert!(judged(&two(166)).unwrap().is_settled());
    assert!(!judged(&two(167)).unwrap().is_settled());
    // Once begun it goes on where it would not begin.
    let mut begun = two(140);
    begun.intent.levelling = true;
    assert!(!judged(&begun).unwrap().is_settled());
    begun.limits.stop = 120;
    assert!(judged(&begun).unwrap().is_settled());
}

#[test]
fn claim_13_load_of_sessions_that_stay_counts_where_it_is_served() {
    let mut situation = two(100);
    assert!(judged(&situation).unwrap().is_settled());
    // Its buckets are as heavy as the other's, but it serves connections of buckets that it has given away.
    situation.members[0].held = 1000;
    let moves = settled(&mut situation).unwrap();
    // 2,000 and 1,000 come to 1,600 and 1,400.
    assert_eq!(moves.len(), 4, "{moves:?}");
    assert!(moves.iter().all(|m| m.from == Some(NodeId(0))), "{moves:?}");
}

#[test]
fn levelling_in_small_steps_goes_as_far_as_in_one() {
    for max_moving in [1, 2, 100] {
        let mut situation = two(300);
        situation.limits.max_moving = max_moving;
        let moves = settled(&mut situation).unwrap();
        assert!(extremes(&situation).0 <= 110, "{:?}", extremes(&situation));
        // 3,000 and 1,000: three of the hot ones make 2,100 and 1,900.
        assert_eq!(moves.len(), 3, "{moves:?}");
    }
}

#[test]
fn levelling_leaves_a_quarter_of_its_buckets_beside_a_hot_one() {
    // 40 buckets each; one has more than half of the load, and its node would best be rid of all others.
    let mut situation = cluster(&[1, 1], 80);
    let mut load = vec![10; 80];
    load[0] = 1000;
    situation.load = Some(load);
    let moves = settled(&mut situation).unwrap();
    assert_eq!(situation.assignment.count(NodeId(0)), 40 / 4);
    assert!(moves.iter().all(|m| m.bucket != 0));
}

#[test]
fn levelling_gives_nobody_more_than_four_times_its_share_of_buckets() {
    // A tenth of the weight has ten buckets of a hundred, idle ones. The others have one that is too
    // hot to move and 80 of a quarter of the mean: of these a tenth of the load would be 40.
    let mut situation = cluster(&[1, 9], 100);
    let mut load = vec![0; 100];
    let others = situation.assignment.owned_by(NodeId(3));
    others.take(81).for_each(|b| load[b as usize] = 1);
    let hot = situation.assignment.owned_by(NodeId(3)).next().unwrap();
    load[hot as usize] = 320;
    situation.load = Some(load);
    settled(&mut situation).unwrap();
    assert_eq!(situation.assignment.count(NodeId(0)), 40);
}

#[test]
fn nothing_is_levelled_below_the_quiet_border() {
    let mut situation = two(300);
    situation.limits.quiet = 4000;
    assert!(judged(&situation).unwrap().is_settled());
    situation.limits.quiet = 3999;
    assert!(!judged(&situation).unwrap().is_settled());
}

#[test]
fn no_load_at_all_moves_nothing() {
    let mut situation = two(0);
    situation.assignment.give(0, NodeId(3));
    situation.load = Some(vec![0; 20]);
    assert!(judged(&situation).unwrap().is_settled());
}

#[test]
fn nobody_is_given_all_the_idle_orphans() {
    // Seven of eight have a hot bucket each, the eighth nothing; all the other buckets are idle.
    let mut situation = cluster(&[1; 8], 160);
    let mut load = vec![0; 160];
    for bucket in 0..160 {
        if bucket < 7 {
            load[bucket as usize] = 1_000_000;
        } else {
            situation.assignment.give(bucket, NEW);
        }
    }
    situation.load = Some(load);
    let plan = judged(&situation).unwrap();
    assert_eq!(plan.assignment.count(NodeId(21)), 4 * 20);
}

#[test]
fn idle_orphans_are_shared_out_as_well() {
    let mut situation = cluster(&[1; 5], 1000);
    situation.load = Some(vec![0; 1000]);
    situation.members.remove(2);
    let plan = judged(&situation).unwrap();
    situation.advance(&plan);
    for member in &situation.members {
        assert_eq!(situation.assignment.count(member.id), 250);
    }
}

#[test]
fn a_greater_weight_is_followed_by_load() {
    let mut situation = cluster(&[1; 4], 400);
    situation.load = Some(vec![10; 400]);
    situation.members[0].weight = 2;
    let moves = settled(&mut situation).unwrap();
    assert!(moves.iter().all(|m| m.to == NodeId(0)));
    let (most, least) = extremes(&situation);
    assert!(most <= 110 && least >= 90, "{most} {least}");
}

#[test]
fn who_has_its_load_is_not_filled_for_having_few_buckets() {
    // One bucket has half of the load: who gets it gets few others.
    let mut situation = cluster(&[1, 1, 50], 200);
    let hot = situation.assignment.owned_by(NodeId(6)).next().unwrap();
    let mut load = vec![10; 200];
    load[hot as usize] = 2100;
    situation.load = Some(load);
    situation.members.pop();
    let moves = settled(&mut situation).unwrap();
    assert!(moves.iter().all(|m| m.cause == Cause::Orphan), "{moves:?}");
    let owner = situation.assignment.owner(hot).unwrap();
    assert!(situation.assignment.count(owner) < 200 / 2 / 8);
}

#[test]
fn a_much_greater_weight_is_followed_as_a_join_is() {
    let mut situation = cluster(&[1; 16], 1600);
    situation.load = Some(vec![10; 1600]);
    situation.members[0].weight = 100;
    let moves = settled(&mut situation).unwrap();
    assert!(moves.iter().all(|m| m.cause == Cause::Weight));
    assert_eq!(situation.assignment.count(NodeId(0)), 1600 * 100 / 115);
}

#[test]
fn equal_loads_are_taken_from_everywhere() {
    let mut situation = cluster(&[1; 4], 1000);
    situation.load = Some(vec![10; 1000]);
    situation.members.push(Member::new(NEW));
    let plan = judged(&situation).unwrap();
    situation.advance(&plan);
    let taken: BTreeSet<u32> = situation.assignment.owned_by(NEW).collect();
    for first in 0..900 {
        let run = taken.range(first..first + 100).count();
        assert!(
            (12..=28).contains(&run),
            "{run} of the buckets from {first}"
        );
    }
}
