// SPDX-License-Identifier: GPL-2.0-only

//! Watch over this node's interfaces, by rtnetlink's notifications.

use std::thread::sleep;
use std::time::Duration;

use ssi_cluster::file::{ForwardInterface, Node};
use ssi_netlink::Error;
use ssi_netlink::link::Link;
use ssi_netlink::route::Route;
use ssi_netlink::route_events::RouteEvents;
use tokio::sync::mpsc;

use crate::agent::{Event, Need};
use crate::log_kind::LogKind;

/// After a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// An interface that is needed.
struct Watched {
    need: Need,
    name: String,
    /// Its number, when it was there last: one that is renamed is the same.
    ifindex: Option<u32>,
}

impl Watched {
    fn new(need: Need, name: String) -> Self {
        Self {
            need,
            name,
            ifindex: None,
        }
    }

    /// Why it passes no frames; `None`: it does.
    fn unmet(&mut self, route: &mut Route) -> Result<Option<String>, Error> {
        let mut link = route.link(&self.name)?;
        if let (None, Some(ifindex)) = (&link, self.ifindex) {
            link = route.link_of(ifindex)?;
        }
        self.ifindex = link.as_ref().map(|link| link.ifindex);
        let name = &self.name;
        Ok(match link {
            None => Some(format!("there is no interface {name}")),
            Some(Link { up: false, .. }) => Some(format!("{name} is set down")),
            Some(Link { carrier: false, .. }) => Some(format!("{name} has no carrier")),
            Some(Link { running: false, .. }) => Some(format!("{name} is not operational")),
            Some(_) => None,
        })
    }
}

/// Reports until the loop has ended.
pub fn run(me: &Node, events: &mpsc::Sender<Event>) {
    let mut all = vec![Watched::new(Need::Interface, me.interface.clone())];
    match &me.forward_interface {
        Some(ForwardInterface::Device(device)) => {
            all.push(Watched::new(Need::ForwardInterface, device.clone()));
        }
        // Made by ssi on the interface, and up whenever that is.
        Some(ForwardInterface::Vlan(_)) | None => {}
    }
    while !events.is_closed() {
        if let Err(e) = watch(&mut all, events) {
            LogKind::NotWatched.log(format_args!("interfaces are not watched: {e}"));
        }
        sleep(PAUSE);
    }
}

/// Looks whenever something changes, until there is nobody to report to.
fn watch(all: &mut [Watched], events: &mpsc::Sender<Event>) -> Result<(), Error> {
    // First of all: there is no notification of what happened before.
    let mut changes = RouteEvents::open()?;
    let mut route = Route::open()?;
    loop {
        for watched in &mut *all {
            let unmet = watched.unmet(&mut route)?;
            if events
                .blocking_send(Event::Need(watched.need, unmet))
                .is_err()
            {
                return Ok(());
            }
        }
        if events.blocking_send(Event::InterfacesChanged).is_err() {
            return Ok(());
        }
        changes.wait()?;
    }
}
