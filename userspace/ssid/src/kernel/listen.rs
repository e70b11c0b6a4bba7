// SPDX-License-Identifier: GPL-2.0-only

//! Events of the kernel about the cluster: drains that ended, a lease that ran out.

use std::sync::mpsc;
use std::thread::sleep;
use std::time::Duration;

use ssi_netlink::spec::Op;
use ssi_netlink::{Client, Error, Event, Events};

use crate::kernel::order::Order;

/// After a failure, such as a module that is not there.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens until nobody takes orders any more.
pub fn run(name: &str, orders: &mpsc::Sender<Order>) {
    loop {
        // Once when it begins as well: there is no event of what happened before.
        if let Ok(mut events) = Client::open().and_then(Client::events) {
            while orders.send(Order::Look).is_ok() {
                if !next(&mut events, name) {
                    break;
                }
            }
        }
        if orders.send(Order::Look).is_err() {
            return;
        }
        sleep(PAUSE);
    }
}

/// Waits until something concerns the cluster; false when there will be no event any more.
fn next(events: &mut Events, name: &str) -> bool {
    loop {
        match events.wait() {
            Ok(events) if events.iter().any(|event| concerns(event, name)) => return true,
            Ok(_) => {}
            // What they would have reported is seen by looking.
            Err(Error::Lost) => return true,
            Err(_) => return false,
        }
    }
}

fn concerns(event: &Event, name: &str) -> bool {
    match event {
        Event::Drained(drained) => drained.name == name,
        Event::Cluster { op, cluster } => *op == Op::LapsedNtf && cluster.name == name,
    }
}
