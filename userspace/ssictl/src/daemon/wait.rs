// SPDX-License-Identifier: GPL-2.0-only

//! Waiting until an order is carried out.

mod goal;
mod line;

use std::time::{Duration, Instant};

use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;
use ssid_api::{Answer, Ask, Order};

use crate::daemon::wait::goal::{Goal, Seen};
use crate::daemon::wait::line::Line;
use crate::daemon::{Place, left};

/// Waits so long at most; returns how long it took. `end` is when sessions that are left are given up.
pub fn until(
    system: &mut impl System,
    place: &Place,
    order: &Order,
    (timeout, end): (Duration, Option<Duration>),
) -> Result<Duration, Failure> {
    let begun = Instant::now();
    let mut goal = Goal::new(order);
    let mut line = Line::new();
    let mut client = place.ask(&Ask::Watch { heat: false })?;
    loop {
        let mut remark = String::new();
        let seen = match place.answer(&mut client) {
            Ok(Answer::Status(status)) => {
                let left = end.map(|end| end.saturating_sub(begun.elapsed()));
                let about = (order.node.as_str(), order.wish);
                remark = left::remark(system, &status, about, left);
                goal.see(&status)
            }
            Ok(other) => return Err(place.unfit(&other)),
            // With the cluster, the node's own ssid may go.
            Err(_) if goal.is_over_when_the_daemon_ends() => Seen::Reached,
            Err(e) => return Err(e),
        };
        let left = match seen {
            Seen::Reached => return Ok(begun.elapsed()),
            Seen::Left(left) => left,
        };
        let passed = begun.elapsed();
        if passed >= timeout {
            return Err(Failure::Refused(format!(
                "{}: {left}{remark} after {} s; it goes on, see ssictl status {}",
                order.node,
                passed.as_secs(),
                place.cluster
            )));
        }
        line.show(passed, &format!("{}: {left}{remark}", order.node));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::fake::Daemon;
    use crate::daemon::sample;
    use ssi_cluster::fake::Fake;
    use ssid_api::{Status, Wish};

    fn until(
        place: &Place,
        order: &Order,
        limits: (Duration, Option<Duration>),
    ) -> Result<Duration, Failure> {
        super::until(&mut Fake::default(), place, order, limits)
    }

    const LONG: (Duration, Option<Duration>) = (Duration::from_secs(60), None);

    fn drain() -> Order {
        Order {
            node: "n2".into(),
            wish: Wish::Drain(None),
        }
    }

    fn watched(statuses: Vec<Status>) -> Daemon {
        Daemon::answering(move |ask| {
            assert_eq!(*ask, Ask::Watch { heat: false });
            let answer = |status| Answer::Status(Box::new(status));
            statuses.iter().cloned().map(answer).collect()
        })
    }

    #[test]
    fn until_it_is_drained() {
        let mut drained = sample::ill();
        (drained.nodes[1].owned, drained.nodes[1].draining) = (0, 0);
        let daemon = watched(vec![sample::well(), sample::ill(), drained]);
        assert!(until(&daemon.place, &drain(), LONG).unwrap() < LONG.0);
    }

    #[test]
    fn no_longer_than_given() {
        let daemon = watched(vec![sample::well(), sample::ill()]);
        let late = until(
            &daemon.place,
            &drain(),
            (Duration::ZERO, Some(Duration::from_secs(9))),
        );
        let Err(Failure::Refused(sentence)) = late else {
            panic!("{late:?}");
        };
        assert!(
            sentence.starts_with("n2: serving still; given up in "),
            "{sentence}"
        );
        assert!(sentence.ends_with("see ssictl status web"), "{sentence}");
    }

    #[test]
    fn a_daemon_that_ends_is_the_end_of_its_own_node_only() {
        let mut status = sample::ill();
        status.nodes[1].state = "leaving".into();
        (status.nodes[1].owned, status.nodes[1].draining) = (0, 0);
        let order = Order {
            wish: Wish::Leave(None),
            ..drain()
        };
        let daemon = watched(vec![status.clone()]);
        let other = until(&daemon.place, &order, LONG);
        assert!(matches!(other, Err(Failure::Refused(_))), "{other:?}");
        status.node = "n2".into();
        let daemon = watched(vec![status]);
        assert!(until(&daemon.place, &order, LONG).is_ok());
    }
}
