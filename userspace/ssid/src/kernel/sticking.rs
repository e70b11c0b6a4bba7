// SPDX-License-Identifier: GPL-2.0-only

//! Clients that stick to this node while it drains their buckets: found when a bucket is given away, by the sessions that they have
//! here, and let go when they have had none for a while.
//!
//! Sessions are listed in a thread of its own, but for those of buckets that are given away at this moment.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use logic::stick;
use ssi_cluster::sessions::Clients as Sessions;
use ssi_netlink::sock_diag::{Bounds, List, Session};
use ssi_netlink::{Client, Cluster, Error};
use ssi_protocol::{Buckets, Clients};
use tokio::sync::mpsc as channel;

use crate::agent::Event;
use crate::log_kind::LogKind;

/// Clients that stick to all nodes together: so no kernel's list is ever longer than it may be, whoever gets which bucket.
const ALL: usize = stick::MOST / 2;
/// How often sessions are listed while somebody sticks.
const PERIOD: Duration = Duration::from_secs(1);
/// So long a client sticks after its last session: one that connects anew, or for each file, comes back to where it was.
const LINGER: Duration = Duration::from_secs(5);
/// Renewals of the lease wait while a bucket is given away.
const AT_ONCE: Bounds = Bounds {
    most: 1_000_000,
    time: Duration::from_millis(40),
};

/// Clients with sessions in these buckets that are to stick, but for those that stick elsewhere; no more than there is room for, where
/// the cluster has so many nodes and so many stick to this one already.
///
/// # Errors
///
/// What the kernel refuses.
pub fn find(
    client: &mut Client,
    name: &str,
    (buckets, elsewhere): &(Buckets, Clients),
    (nodes, already): (usize, usize),
) -> Result<Clients, Error> {
    if buckets.is_empty() {
        return Ok(Clients::default());
    }
    let cluster = client.cluster(name)?;
    let found = listed(&cluster, AT_ONCE)?.of(buckets).but(elsewhere);
    Ok(chosen(name, found, room(nodes, already)))
}

/// How many more may stick to a node.
fn room(nodes: usize, already: usize) -> usize {
    (ALL / nodes.max(1)).saturating_sub(already)
}

fn chosen(name: &str, found: Clients, room: usize) -> Clients {
    if found.len() > room {
        let beyond = found.len().saturating_sub(room);
        LogKind::NotSticking.log(format_args!(
            "{name}: {beyond} clients with sessions do not stick to this node, as there is room for {room} more"
        ));
    }
    found.iter().take(room).collect()
}

fn listed(cluster: &Cluster, bounds: Bounds) -> Result<Clients, Error> {
    let mut found = Vec::new();
    let numbers = Numbers::new(cluster);
    List::established(bounds)
        .each(|session| found.extend(numbers.as_ref().and_then(|n| n.of(&session))))?;
    Ok(found.into_iter().collect())
}

/// Clients' numbers by their sessions.
struct Numbers<'a>(Sessions<'a>);

impl<'a> Numbers<'a> {
    fn new(cluster: &'a Cluster) -> Option<Self> {
        Some(Self(Sessions::new(cluster, cluster.distribution()?)))
    }

    fn of(&self, session: &Session) -> Option<u64> {
        let bucket = self.0.bucket(session)?;
        Some(stick::number(bucket, session.remote.ip()))
    }
}

/// What gives the thread something to do.
#[derive(Clone)]
pub struct Watch(mpsc::Sender<Clients>);

impl Watch {
    /// Of a cluster; what is given back is to be run.
    pub fn new(name: &str, events: channel::Sender<Event>) -> (Self, impl FnOnce() + Send + use<>) {
        let (watched, received) = mpsc::channel();
        let name = name.to_owned();
        (Self(watched), move || run(&name, &received, &events))
    }

    /// These stick from now on, and no others.
    pub fn watch(&self, clients: Clients) {
        // The thread ends when the loop has.
        let _ = self.0.send(clients);
    }
}

fn run(name: &str, received: &mpsc::Receiver<Clients>, events: &channel::Sender<Event>) {
    let mut watched = Clients::default();
    let mut idle = Idle::default();
    loop {
        let next = match watched.is_empty() {
            true => received.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => received.recv_timeout(PERIOD),
        };
        match next {
            Ok(clients) => watched = clients,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                let here = Client::open()
                    .and_then(|mut client| client.cluster(name))
                    .and_then(|cluster| listed(&cluster, Bounds::NONE));
                let gone = match here {
                    Ok(here) => idle.gone(&watched, &here, Instant::now()),
                    Err(e) => {
                        LogKind::NotSticking.log(format_args!(
                            "{name}: {e}; clients stick to this node until that is mended"
                        ));
                        continue;
                    }
                };
                if !gone.is_empty() && events.blocking_send(Event::LetGo(gone)).is_err() {
                    return;
                }
            }
        }
    }
}

/// Since when clients that stick have no session.
#[derive(Default)]
struct Idle(BTreeMap<u64, Instant>);

impl Idle {
    /// Of those that stick who has had no session for long, where these have one.
    fn gone(&mut self, watched: &Clients, here: &Clients, now: Instant) -> Clients {
        self.0
            .retain(|client, _| watched.contains(*client) && !here.contains(*client));
        let idle = watched.iter().filter(|client| !here.contains(*client));
        let gone = idle.filter(|client| {
            let since = *self.0.entry(*client).or_insert(now);
            now.saturating_duration_since(since) >= LINGER
        });
        gone.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssi_cluster::fake::sample;
    use ssi_netlink::spec::Function;

    fn some(clients: impl IntoIterator<Item = u64>) -> Clients {
        clients.into_iter().collect()
    }

    #[test]
    fn who_has_no_session_for_long_is_let_go() {
        let (mut idle, start) = (Idle::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let watched = some([1, 2, 3]);
        assert_eq!(idle.gone(&watched, &some([1, 3]), at(0)), some([]));
        assert_eq!(idle.gone(&watched, &some([1]), at(4)), some([]));
        // 3 is back, and 2 is not.
        assert_eq!(idle.gone(&watched, &some([3]), at(5)), some([2]));
        assert_eq!(idle.gone(&some([1, 3]), &some([]), at(9)), some([]));
        assert_eq!(idle.gone(&some([1, 3]), &some([]), at(11)), some([1]));
        assert_eq!(idle.0.len(), 2);
        assert_eq!(idle.gone(&some([3]), &some([3]), at(12)), some([]));
        assert!(idle.0.is_empty());
    }

    #[test]
    fn there_is_room_for_a_part_of_all() {
        assert_eq!(room(2, 0), 2000);
        assert_eq!(room(2, 1999), 1);
        assert_eq!(room(3, 5000), 0);
        assert_eq!(room(0, 0), 4000);
        assert_eq!(chosen("store", some([5, 6, 7]), 2), some([5, 6]));
        assert_eq!(chosen("store", some([5, 6]), 2), some([5, 6]));
    }

    /// 198.51.100.7 is in bucket 2 of 3.
    #[test]
    fn who_has_sessions_here() {
        let cluster = sample(Function::Modulo);
        let numbers = Numbers::new(&cluster).unwrap();
        let number = |here: &str| {
            let session =
                Session::sample(here.parse().unwrap(), "198.51.100.7:700".parse().unwrap());
            numbers.of(&session)
        };
        let client = "198.51.100.7".parse().unwrap();
        assert_eq!(number("192.0.2.10:21"), Some(stick::number(2, client)));
        assert_eq!(number("192.0.2.9:21"), None);
    }
}
