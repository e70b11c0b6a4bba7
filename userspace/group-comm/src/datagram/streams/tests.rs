// SPDX-License-Identifier: GPL-2.0-only

//! Tests of streams.

#![allow(clippy::as_conversions)]

use proptest::prelude::*;

use super::incoming::WINDOW;
use super::outgoing::PART;
use super::*;

const AGAIN: u64 = 20;

fn pair() -> [Streams; 2] {
    [1, 0].map(|other| {
        let mut streams = Streams::none();
        streams.begin(0, 7, &[other]);
        streams
    })
}

proptest! {
    #[test]
    fn all_messages_arrive_in_order_and_once_over_a_bad_network(
        sizes in prop::collection::vec(0usize..5000, 1..40),
        fates in prop::collection::vec((0u8..4, 0u64..90), 400),
    ) {
        let [mut a, mut b] = pair();
        let messages: Vec<Vec<u8>> = sizes.iter().enumerate().map(|(at, size)| vec![at as u8; *size]).collect();
        messages.iter().for_each(|message| assert!(a.send(message)));
        let mut fates = fates.into_iter().chain(std::iter::repeat((1, 3)));
        // Parts to b and acks to a, with the time at which they arrive.
        let (mut parts, mut acks, mut got) = (Vec::new(), Vec::new(), Vec::new());
        for now in 0..20_000u64 {
            for (_, part) in a.out.due(now, AGAIN) {
                let (copies, late) = fates.next().unwrap();
                (0..copies).for_each(|copy| parts.push((now + late + u64::from(copy), part.clone())));
            }
            let (arrived, late): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(at, _)| *at <= now);
            parts = late;
            for (_, part) in arrived.into_iter().rev() {
                got.extend(b.part(now, 0, part, now));
            }
            if b.ack_at.take().is_some() {
                let (copies, late) = fates.next().unwrap();
                let all = b.acks();
                (0..copies).for_each(|_| acks.push((now + late, all.clone())));
            }
            acks.retain(|(at, all): &(u64, Option<Acks>)| {
                if let Some(all) = all.as_ref().filter(|_| *at <= now) {
                    a.acked(0, 1, all);
                }
                *at > now
            });
            if a.out.wake_at(AGAIN).is_none() {
                break;
            }
        }
        prop_assert_eq!(got, messages);
        prop_assert_eq!(a.out.stuck_since(), None);
    }
}

#[test]
fn what_is_not_acknowledged_is_sent_again_less_and_less_often() {
    let [mut a, _] = pair();
    assert!(a.send(b"one"));
    assert_eq!(a.out.wake_at(AGAIN), Some(0));
    let mut times = Vec::new();
    for now in 5..300 {
        if !a.out.due(now, AGAIN).is_empty() {
            times.push(now);
        }
    }
    assert_eq!(times, [5, 25, 65, 145, 225]);
    assert_eq!(a.out.stuck_since(), Some(5));
}

#[test]
fn no_more_than_a_window_is_on_its_way_and_memory_is_bounded() {
    let [mut a, _] = pair();
    assert!(a.send(&vec![0; 100 * PART]));
    assert_eq!(a.out.due(1, AGAIN).len(), WINDOW);
    assert_eq!(a.out.due(2, AGAIN).len(), 0);
    assert!(!a.send(&vec![0; LARGEST + 1]));
    let fits = (0..10).take_while(|_| a.send(&vec![0; LARGEST])).count();
    assert!(fits < 3);
}

#[test]
fn what_comes_before_its_ring_waits_for_it_and_what_is_of_an_old_one_is_dropped() {
    let [mut a, mut b] = pair();
    a.begin(0, 9, &[1]);
    assert!(a.send(b"early"));
    for (_, part) in a.out.due(1, AGAIN) {
        assert_eq!(b.part(1, 0, part.clone(), 1), Vec::<Vec<u8>>::new());
        assert_eq!(b.part(1, 0, part, 1), Vec::<Vec<u8>>::new());
    }
    assert_eq!(b.begin(2, 9, &[0]), [(0, b"early".to_vec())]);
    let [mut old, _] = pair();
    assert!(old.send(b"old"));
    for (_, part) in old.out.due(3, AGAIN) {
        assert_eq!(b.part(3, 0, part, 3), Vec::<Vec<u8>>::new());
    }
    assert_eq!(b.acks().unwrap().all, [(0, 1)]);
}

#[test]
fn one_of_three_that_lacks_something_is_sent_it_alone() {
    let mut a = Streams::none();
    a.begin(0, 7, &[1, 2]);
    assert!(a.send(b"x"));
    assert_eq!(a.out.due(0, AGAIN)[0].0, None);
    a.acked(
        0,
        1,
        &Acks {
            ring: 7,
            all: vec![(0, 1)],
        },
    );
    a.acked(
        0,
        2,
        &Acks {
            ring: 6,
            all: vec![(0, 1)],
        },
    );
    assert_eq!(a.out.due(20, AGAIN)[0].0, Some(2));
    a.acked(
        0,
        2,
        &Acks {
            ring: 7,
            all: vec![(0, 99)],
        },
    );
    assert_eq!(a.out.wake_at(AGAIN), None);
}
