// SPDX-License-Identifier: GPL-2.0-only

//! Refusals: situations that cannot be planned.

use ssi_plan::{Assignment, Change, Error, Member, NodeId, Situation, State, initial, plan};

use crate::sample::{cluster, members};

/// A cluster of three, changed.
fn refused(change: impl FnOnce(&mut Situation)) -> Error {
    let mut situation = cluster(&[1, 1, 1], 12);
    change(&mut situation);
    plan(&situation).unwrap_err()
}

#[test]
fn each_refusal() {
    assert_eq!(refused(|s| s.members.clear()), Error::NobodyTakes);
    let nobody = |s: &mut Situation| {
        s.members.iter_mut().for_each(|m| m.weight = 0);
        s.members[0].state = State::Draining;
    };
    assert_eq!(refused(nobody), Error::NobodyTakes);
    let twice = |s: &mut Situation| s.members.push(Member::weighing(NodeId(3), 0));
    assert_eq!(refused(twice), Error::Twice(NodeId(3)));
    let load = |s: &mut Situation| s.load = Some(vec![1; 11]);
    let (loads, buckets) = (11, 12);
    assert_eq!(refused(load), Error::Loads { loads, buckets });
    let moving = |s: &mut Situation| _ = s.moving.insert(12);
    assert_eq!(refused(moving), Error::NoBucket(12));
    let resting = |s: &mut Situation| _ = s.resting.insert(u32::MAX);
    assert_eq!(refused(resting), Error::NoBucket(u32::MAX));
    for (act, stop) in [(110, 120), (99, 99)] {
        let limits = |s: &mut Situation| (s.limits.act, s.limits.stop) = (act, stop);
        assert_eq!(refused(limits), Error::Hysteresis { act, stop });
    }
    for k in [0, 65_537] {
        let k_of_error = Error::Buckets(k as usize);
        assert_eq!(initial(&members(&[1]), k).unwrap_err(), k_of_error);
        assert_eq!(Assignment::new(vec![None; k as usize]), Err(k_of_error));
    }
}

#[test]
fn a_refused_change_changes_nothing() {
    let before = cluster(&[1, 1, 1], 12);
    for (change, error) in [
        (
            Change::Join(Member::new(NodeId(6))),
            Error::Twice(NodeId(6)),
        ),
        (Change::Leave(NodeId(7)), Error::NoMember(NodeId(7))),
        (Change::Drain(NodeId(7)), Error::NoMember(NodeId(7))),
        (Change::Weight(NodeId(7), 2), Error::NoMember(NodeId(7))),
        (Change::Death(NodeId(7)), Error::NoMember(NodeId(7))),
    ] {
        let mut situation = before.clone();
        assert_eq!(change.make(&mut situation), Err(error));
        assert_eq!(situation, before);
        assert!(error.to_string().contains(['6', '7']));
    }
}
