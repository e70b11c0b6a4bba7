// SPDX-License-Identifier: GPL-2.0-only

//! Watch over this node's interfaces, by rtnetlink's notifications.

use std::sync::mpsc::Receiver;
use std::thread::sleep;
use std::time::Duration;

use ssi_cluster::file::{ForwardInterface, Node};
use ssi_cluster::forward_interface;
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
    /// Its name in the cluster file.
    given: String,
    /// It is a VLAN interface of the file's, which ssi makes where there is none, on the clients' interface: it is missing, or down,
    /// until it is put back, and passes frames as that does.
    is_vlan: bool,
    /// Its number, when it was there last: one that is renamed is the same, whoever has its name by now.
    ifindex: Option<u32>,
    /// Its name, as it was reported last.
    name: Option<String>,
}

impl Watched {
    fn new(need: Need, given: &str) -> Self {
        Self {
            need,
            given: given.to_owned(),
            is_vlan: false,
            ifindex: None,
            name: None,
        }
    }

    /// All that a node needs, by its cluster file.
    fn all(me: &Node) -> Vec<Self> {
        let mut all = vec![Self::new(Need::Interface, &me.interface)];
        match &me.forward_interface {
            Some(ForwardInterface::Device(device)) => {
                all.push(Self::new(Need::ForwardInterface, device));
            }
            Some(ForwardInterface::Vlan(id)) => all.push(Self {
                is_vlan: true,
                ..Self::new(Need::ForwardInterface, &format!("{}.{id}", me.interface))
            }),
            None => {}
        }
        all
    }

    /// The cluster file is another. What it names as before is known still, and what it names as that is named by now: whatever it is
    /// named when somebody looks the next time.
    fn all_again(me: &Node, before: Vec<Self>) -> Vec<Self> {
        let mut all = Self::all(me);
        for old in before {
            let is_it = |new: &&mut Self| {
                let name = Some(&new.given);
                new.need == old.need && (name == Some(&old.given) || name == old.name.as_ref())
            };
            if let Some(new) = all.iter_mut().find(is_it) {
                (new.ifindex, new.name) = (old.ifindex, old.name);
            }
        }
        all
    }

    fn find(&mut self, route: &mut Route) -> Result<Option<Link>, Error> {
        let known = self.ifindex.map(|ifindex| route.link_of(ifindex));
        let link = match known.transpose()?.flatten() {
            Some(link) => Some(link),
            None => route.link(&self.given)?,
        };
        self.ifindex = link.as_ref().map(|link| link.ifindex);
        Ok(link)
    }

    /// What is to be reported of it.
    fn look(&mut self, route: &mut Route) -> Result<Vec<Event>, Error> {
        let link = self.find(route)?;
        let unmet = match (&link, self.is_vlan) {
            (link, false) => unmet(link.as_ref(), &self.given),
            (Some(link), true) if !link.up && !forward_interface::is_made(link) => {
                unmet(Some(link), &self.given)
            }
            (_, true) => None,
        };
        let mut events = vec![Event::Need(self.need, unmet)];
        let name = link.map(|link| link.name);
        if name != self.name {
            self.name.clone_from(&name);
            events.push(Event::Named(self.need, name));
        }
        Ok(events)
    }
}

/// Why an interface passes no frames; `None`: it does.
fn unmet(link: Option<&Link>, given: &str) -> Option<String> {
    let Some(link) = link else {
        return Some(format!("there is no interface {given}"));
    };
    let name = &link.name;
    match link {
        Link { up: false, .. } => Some(format!("{name} is set down")),
        Link { carrier: false, .. } => Some(format!("{name} has no carrier")),
        Link { running: false, .. } => Some(format!("{name} is not operational")),
        _ => None,
    }
}

/// Reports until the loop has ended. `files` has this node each time that the cluster file is another.
pub fn run(me: &Node, files: &Receiver<Node>, events: &mpsc::Sender<Event>) {
    let mut all = Watched::all(me);
    while !events.is_closed() {
        if let Err(e) = watch(&mut all, files, events) {
            LogKind::NotWatched.log(format_args!("interfaces are not watched: {e}"));
        }
        sleep(PAUSE);
    }
}

/// Looks whenever something changes, until there is nobody to report to. Another file counts from the next look on: it has another
/// name for what is there already, or one that is still to come.
fn watch(
    all: &mut Vec<Watched>,
    files: &Receiver<Node>,
    events: &mpsc::Sender<Event>,
) -> Result<(), Error> {
    // First of all: there is no notification of what happened before.
    let mut changes = RouteEvents::open()?;
    let mut route = Route::open()?;
    loop {
        if let Some(me) = files.try_iter().last() {
            *all = Watched::all_again(&me, std::mem::take(all));
        }
        for watched in &mut *all {
            for event in watched.look(&mut route)? {
                if events.blocking_send(event).is_err() {
                    return Ok(());
                }
            }
        }
        if events.blocking_send(Event::InterfacesChanged).is_err() {
            return Ok(());
        }
        changes.wait()?;
    }
}
