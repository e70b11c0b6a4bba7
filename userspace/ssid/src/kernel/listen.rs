// SPDX-License-Identifier: GPL-2.0-only

//! Events of the kernel about the cluster: drains that ended, a lease that ran out, others with whom it does not agree.

use std::sync::mpsc;
use std::thread::sleep;
use std::time::Duration;

use ssi_netlink::spec::{Op, Reason};
use ssi_netlink::{Client, Error, Event, Events};
use ssi_protocol::Buckets;

use crate::kernel::order::Order;

/// After a failure, such as a module that is not there.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens until nobody takes orders any more.
pub fn run(name: &str, orders: &mpsc::Sender<Order>) {
    loop {
        // Once when it begins as well: there is no event of what happened before.
        if let Ok(mut events) = Client::open().and_then(Client::events) {
            while orders.send(Order::Look).is_ok() {
                let Some(given_up) = next(&mut events, name) else {
                    break;
                };
                for buckets in given_up {
                    if orders.send(Order::EndSessions(buckets)).is_err() {
                        return;
                    }
                }
            }
        }
        if orders.send(Order::Look).is_err() {
            return;
        }
        sleep(PAUSE);
    }
}

/// Waits until something concerns the cluster; none when there will be no event any more. Buckets whose drain was over with
/// sessions left come with it.
fn next(events: &mut Events, name: &str) -> Option<Vec<Buckets>> {
    loop {
        match events.wait() {
            Ok(events) if events.iter().any(|event| concerns(event, name)) => {
                let own = events.iter().filter(|event| concerns(event, name));
                return Some(own.filter_map(given_up).collect());
            }
            Ok(_) => {}
            // What they would have reported is seen by looking.
            Err(Error::Lost) => return Some(Vec::new()),
            Err(_) => return None,
        }
    }
}

fn given_up(event: &Event) -> Option<Buckets> {
    match event {
        Event::Drained(drained) if drained.reason == Reason::Deadline => {
            Some(Buckets::from_bitmap(drained.buckets, &drained.drained))
        }
        _ => None,
    }
}

fn concerns(event: &Event, name: &str) -> bool {
    match event {
        Event::Drained(drained) => drained.name == name,
        Event::Cluster { op, cluster } => {
            matches!(op, Op::LapsedNtf | Op::AgreementNtf) && cluster.name == name
        }
    }
}
