// SPDX-License-Identifier: GPL-2.0-only

use super::*;

const TIMING: Timing = Timing {
    beat: 60,
    patience: 200,
};

fn header(session: u8, counter: u64) -> Header {
    Header {
        from: 2,
        session: Session([session; 16]),
        counter,
    }
}

fn known(now: u64) -> Contact {
    let mut contact = Contact::default();
    assert_eq!(contact.arrival(now, &header(1, 5)), Arrival::Unknown);
    assert_eq!(contact.challenge(now, Session([1; 16]), 9, 20), Some(9));
    assert!(contact.response(now, &header(1, 6), 9, &TIMING));
    contact
}

#[test]
fn a_session_counts_only_once_it_has_answered_the_challenge_of_now() {
    let mut contact = Contact::default();
    let session = Session([1; 16]);
    assert!(
        !contact.response(0, &header(1, 6), 1, &TIMING),
        "nobody was challenged"
    );
    assert_eq!(contact.challenge(0, session, 9, 20), Some(9));
    assert_eq!(
        contact.challenge(19, session, 10, 20),
        None,
        "once in a while"
    );
    assert!(
        !contact.response(19, &header(1, 6), 8, &TIMING),
        "an old response"
    );
    assert!(contact.response(19, &header(1, 6), 9, &TIMING));
    assert!(!contact.response(19, &header(1, 7), 9, &TIMING), "once");
    assert_eq!(contact.arrival(20, &header(1, 6)), Arrival::Again);
    assert_eq!(contact.arrival(20, &header(1, 7)), Arrival::New);
    assert_eq!(contact.arrival(20, &header(1, 7)), Arrival::Again);
    assert_eq!(contact.arrival(20, &header(1, 71)), Arrival::New);
    assert_eq!(contact.arrival(20, &header(1, 7)), Arrival::Old);
    assert_eq!(contact.arrival(20, &header(2, 99)), Arrival::Unknown);
}

#[test]
fn what_is_replayed_keeps_no_response_from_counting() {
    let mut contact = Contact::default();
    let (old, new) = (Session([1; 16]), Session([2; 16]));
    assert_eq!(contact.challenge(0, new, 1, 20), Some(1));
    assert_eq!(contact.challenge(1, old, 2, 20), Some(1));
    assert!(contact.clone().response(2, &header(2, 1), 1, &TIMING));
    assert_eq!(contact.challenge(999, old, 2, 20), Some(1));
    assert_eq!(contact.challenge(1020, old, 2, 20), Some(2));
    assert!(
        !contact.response(1021, &header(2, 1), 1, &TIMING),
        "too late"
    );
}

#[test]
fn what_was_replayed_keeps_nobody_alive() {
    let mut contact = known(0);
    assert!(!contact.look(120, &TIMING, false));
    assert!(contact.reached().is_some());
    assert_eq!(contact.arrival(150, &header(1, 6)), Arrival::Again);
    assert!(contact.look(200, &TIMING, false));
    assert_eq!(contact.reached(), None);
    assert_eq!(contact.wake_at(&TIMING, false), None);
}

/// Receives from it each 10 ms, and gives when it is reached.
fn reached_after(contact: &mut Contact, from: u64, counter: &mut u64, is_wanted: bool) -> u64 {
    for now in (from..from + 100_000).step_by(10) {
        *counter += 1;
        contact.arrival(now, &header(1, *counter));
        let held_until = contact.held_until(&TIMING);
        contact.look(now, &TIMING, is_wanted);
        if contact.reached().is_some() {
            if !is_wanted {
                let until = (contact.losses > 1).then_some(now);
                assert_eq!(held_until, until, "it was said before");
            }
            assert_eq!(contact.held_until(&TIMING), None);
            return now - from;
        }
    }
    panic!("never")
}

#[test]
fn a_node_that_comes_and_goes_is_waited_for_longer_each_time() {
    let (mut contact, mut counter, mut now) = (known(0), 6, 0);
    let mut waits = Vec::new();
    for _ in 0..12 {
        let wait = reached_after(&mut contact, now, &mut counter, false);
        waits.push(wait);
        now += wait + 200;
        assert!(contact.look(now, &TIMING, false), "lost");
        assert_eq!(contact.held_until(&TIMING), None, "it is gone");
        now += 10;
    }
    let pauses = [
        120, 60, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000,
    ];
    assert_eq!(waits, pauses);
    let mut wanted = contact.clone();
    assert_eq!(
        reached_after(&mut wanted, now, &mut counter, true),
        60,
        "no quorum without"
    );
    // It stays for long, and all is forgotten.
    now += reached_after(&mut contact, now, &mut counter, false);
    for _ in 0..6_100 {
        now += 100;
        counter += 1;
        contact.arrival(now, &header(1, counter));
        assert!(!contact.look(now, &TIMING, false));
    }
    now += 200;
    assert!(contact.look(now, &TIMING, false));
    assert_eq!(reached_after(&mut contact, now, &mut counter, false), 60);
}

#[test]
fn another_session_is_a_loss_of_the_one_before() {
    let mut contact = known(0);
    contact.look(120, &TIMING, false);
    assert_eq!(contact.challenge(130, Session([2; 16]), 10, 20), Some(10));
    assert_eq!(contact.reached(), Some(Session([1; 16])));
    assert!(contact.response(131, &header(2, 1), 10, &TIMING));
    assert_eq!(contact.reached(), None);
    contact.look(250, &TIMING, false);
    assert_eq!(contact.reached(), None);
    contact.look(251, &TIMING, false);
    assert_eq!(contact.reached(), Some(Session([2; 16])));
}
