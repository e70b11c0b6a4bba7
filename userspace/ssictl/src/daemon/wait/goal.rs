// SPDX-License-Identifier: GPL-2.0-only

//! Goal of an order: when it is carried out.

use ssid_api::{NodeStatus, Order, Status, Wish};

use crate::daemon::amount::counted;

/// So many statuses in a row without anything that moves, as what is planned next begins a moment later.
const CALM: u32 = 3;
/// So many in which no node got or gave a bucket, one a second: buckets whose sessions last stay in transition, and keep others
/// from moving for a minute, the usual `rest`.
const STEADY: u32 = 75;

/// What a node is to be.
pub struct Goal<'a> {
    order: &'a Order,
    calm: u32,
    /// How many buckets each node had in the last status, and in how many it was so.
    owned: Vec<u32>,
    steady: u32,
    /// The daemon that is asked is that node's, and it has nothing left.
    is_own_end: bool,
}

/// How far it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is there.
    Reached,
    /// What is left to be done.
    Left(String),
}

impl<'a> Goal<'a> {
    /// Of an order.
    pub fn new(order: &'a Order) -> Self {
        Self {
            order,
            calm: 0,
            owned: Vec::new(),
            steady: 0,
            is_own_end: false,
        }
    }

    /// Looks at how things are.
    pub fn see(&mut self, status: &Status) -> Seen {
        self.is_own_end = false;
        let Some(node) = status.nodes.iter().find(|one| one.name == self.order.node) else {
            return Seen::Left("ssid knows no such node".to_owned());
        };
        let is_empty = node.owned == 0 && node.draining == 0;
        let state = node.state.as_str();
        let is_reached = match self.order.wish {
            Wish::Serve => {
                node.member && state == "serving" && (node.owned > 0 || node.weight == 0)
            }
            Wish::Drain(_) => state == "draining" && is_empty,
            Wish::Leave(_) => {
                self.is_own_end = state == "leaving" && is_empty && node.name == status.node;
                state == "left"
            }
            Wish::Weight(wanted) => self.is_levelled(status, node, wanted),
        };
        match is_reached {
            true => Seen::Reached,
            false => Seen::Left(left(status, node, self.order.wish)),
        }
    }

    /// Whether the order is carried out when the daemon sends nothing any more.
    pub fn is_over_when_the_daemon_ends(&self) -> bool {
        self.is_own_end
    }

    fn is_levelled(&mut self, status: &Status, node: &NodeStatus, wanted: Option<u32>) -> bool {
        let has_weight = wanted.is_none_or(|wanted| node.full_weight == wanted);
        self.calm = match has_weight && status.moving == 0 {
            true => self.calm.saturating_add(1),
            false => 0,
        };
        let owned = status.nodes.iter().map(|node| node.owned).collect();
        self.steady = match has_weight && owned == self.owned {
            true => self.steady.saturating_add(1),
            false => 0,
        };
        self.owned = owned;
        self.calm >= CALM || self.steady >= STEADY
    }
}

fn left(status: &Status, node: &NodeStatus, wish: Wish) -> String {
    let buckets = |count: u32| counted(count.into(), "bucket");
    match (wish, node.state.as_str()) {
        (Wish::Weight(_), _) => format!("{} of the cluster are moving", buckets(status.moving)),
        (Wish::Serve, "serving") => "serving, and has no bucket yet".to_owned(),
        (Wish::Drain(_) | Wish::Leave(_), state @ ("draining" | "leaving")) => format!(
            "{state}, {} to give away, {} with {} to end",
            buckets(node.owned),
            buckets(node.draining),
            counted(node.connections, "connection")
        ),
        (_, state) => format!("{state} still"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::sample;

    fn order(node: &str, wish: Wish) -> Order {
        let node = node.into();
        Order { node, wish }
    }

    #[test]
    fn what_counts_as_carried_out() {
        let (drain, leave) = (
            order("n2", Wish::Drain(None)),
            order("n2", Wish::Leave(None)),
        );
        let serve = order("n2", Wish::Serve);
        for (state, owned, draining, reached) in [
            ("serving", 0, 0, [false, false, false]),
            ("serving", 5, 0, [false, false, true]),
            ("draining", 5, 0, [false, false, false]),
            ("draining", 0, 5, [false, false, false]),
            ("draining", 0, 0, [true, false, false]),
            ("leaving", 0, 0, [false, false, false]),
            ("left", 0, 0, [false, true, false]),
            // Who died has given nothing away.
            ("gone", 0, 0, [false, false, false]),
        ] {
            let mut status = sample::well();
            status.nodes[1].state = state.into();
            (status.nodes[1].owned, status.nodes[1].draining) = (owned, draining);
            let seen = [&drain, &leave, &serve].map(|order| Goal::new(order).see(&status));
            assert_eq!(
                seen.map(|seen| seen == Seen::Reached),
                reached,
                "{state} {owned} {draining}"
            );
        }
    }

    #[test]
    fn a_weight_is_reached_when_nothing_moves_for_a_while() {
        let order = order("n1", Wish::Weight(Some(50)));
        let mut goal = Goal::new(&order);
        let mut status = sample::well();
        for _ in 0..5 {
            assert!(
                matches!(goal.see(&status), Seen::Left(_)),
                "not yet in force"
            );
        }
        status.nodes[0].full_weight = 50;
        status.moving = 2;
        assert_eq!(
            goal.see(&status),
            Seen::Left("2 buckets of the cluster are moving".into())
        );
        status.moving = 0;
        assert_ne!(goal.see(&status), Seen::Reached);
        assert_ne!(goal.see(&status), Seen::Reached);
        assert_eq!(goal.see(&status), Seen::Reached);
    }

    #[test]
    fn sessions_that_last_keep_no_weight_from_being_reached() {
        let order = order("n1", Wish::Weight(Some(50)));
        let mut goal = Goal::new(&order);
        let mut status = sample::well();
        status.nodes[0].full_weight = 50;
        status.moving = 2;
        for _ in 0..STEADY {
            assert_ne!(goal.see(&status), Seen::Reached);
        }
        status.nodes[0].owned += 1;
        for _ in 0..STEADY {
            assert_ne!(goal.see(&status), Seen::Reached);
        }
        assert_eq!(goal.see(&status), Seen::Reached);
    }

    #[test]
    fn what_is_left_is_reported() {
        let drain = order("n2", Wish::Drain(None));
        assert_eq!(
            Goal::new(&drain).see(&sample::ill()),
            Seen::Left(
                "draining, 17 buckets to give away, 40 buckets with 120 connections to end".into()
            )
        );
    }
}
