// SPDX-License-Identifier: GPL-2.0-only

//! This node's kernel: what the agent wants of it, done one after the other in a thread of its own, and its events.
//!
//! A thread, since the kernel may let a request wait for seconds (the RTNL), and the agent must not.

mod interfaces;
mod listen;
mod order;
mod orders;
mod sticking;
mod stranded;

use std::sync::mpsc;
use std::thread;

use ssi_cluster::file::{ClusterFile, Node};
use ssi_group_comm::realtime;
use tokio::sync::mpsc as channel;

use crate::agent::Event;
use crate::log_kind::LogKind;

use sticking::Watch;
use stranded::Stranded;

pub use order::Order;
pub use orders::{found, sentence};

/// The kernel, for the loop. A witness has none: what it is asked is refused.
pub struct Kernel {
    orders: mpsc::Sender<Order>,
    /// This node, for who watches its interfaces.
    files: mpsc::Sender<Node>,
}

impl Kernel {
    /// Begins to work and to listen; what happens goes to `events`. `is_present`: the cluster is on this machine.
    pub fn start(
        file: ClusterFile,
        me: Node,
        is_present: bool,
        events: channel::Sender<Event>,
    ) -> Self {
        let (orders, received) = mpsc::channel();
        let (files, other_files) = mpsc::channel();
        let (stranded, end_sessions) = Stranded::new(&file.name);
        let (watch, look_after) = Watch::new(&file.name, events.clone());
        if !me.is_witness() {
            let (name, looks) = (file.name.clone(), orders.clone());
            named("events", move || listen::run(&name, &looks));
            named("sessions", end_sessions);
            named("sticking", look_after);
            let (watched, seen) = (me.clone(), events.clone());
            named("interfaces", move || {
                interfaces::run(&watched, &other_files, &seen)
            });
        }
        named("kernel", move || {
            // That it is not allowed is known by now.
            let _ = realtime::enter();
            orders::run(
                (file, me),
                is_present,
                &received,
                (&events, stranded, watch),
            );
        });
        Self { orders, files }
    }

    /// One whose orders somebody else carries out.
    #[cfg(test)]
    pub fn of(orders: mpsc::Sender<Order>) -> Self {
        let (files, _) = mpsc::channel();
        Self { orders, files }
    }

    /// To be done after what was ordered before.
    pub fn order(&self, order: Order) {
        if let Order::File(file) = &order {
            // A witness needs no interface.
            let _ = self.files.send(file.1.clone());
        }
        // The thread ends when the loop has.
        let _ = self.orders.send(order);
    }
}

/// A thread by whose name an operator sees what it is at. That there is none is fatal: nothing could be served.
fn named(name: &str, run: impl FnOnce() + Send + 'static) {
    let begun = thread::Builder::new().name(name.into()).spawn(run);
    if let Err(e) = begun {
        LogKind::NoThread.log(format_args!("the thread {name} does not start: {e}"));
    }
}
