// SPDX-License-Identifier: GPL-2.0-only

//! Sessions at a node that is to give its buckets away: how many there are, of which clients, and how long they may stay.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use ssi_cluster::system::System;
use ssid_api::{Status, Wish};

use crate::daemon::amount::{counted, time};
use crate::sessions::client::Client;
use crate::sessions::found::{Which, by_client, found, named};

/// Them.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Left {
    /// How many.
    count: u64,
    /// Seconds that they may stay; none: as long as they last.
    deadline: Option<u32>,
    /// Whose they are, who has the most first; none where the node is another one.
    clients: Option<Vec<OfClient>>,
    #[serde(skip)]
    node: String,
    #[serde(skip)]
    cluster: String,
}

/// One client's.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct OfClient {
    client: IpAddr,
    sessions: u32,
}

impl Left {
    /// What an order would leave, where it is one that gives all away.
    pub fn of(
        system: &mut impl System,
        status: &Status,
        (node, wish): (&str, Wish),
        deadline: Option<u32>,
    ) -> Option<Self> {
        if !matches!(wish, Wish::Drain(_) | Wish::Leave(_)) {
            return None;
        }
        let known = status.nodes.iter().find(|one| one.name == node)?;
        let clients = clients(system, status, node, false);
        let count = match &clients {
            Some(clients) => sum(clients),
            None => known.connections,
        };
        let of = |(client, sessions)| OfClient { client, sessions };
        Some(Self {
            count,
            deadline,
            clients: clients.map(|clients| clients.into_iter().map(of).collect()),
            node: node.to_owned(),
            cluster: status.cluster.clone(),
        })
    }

    /// In a sentence.
    pub fn text(&self) -> String {
        let Self { node, cluster, .. } = self;
        let sessions = counted(self.count, "session");
        if self.count == 0 {
            return format!("{node} has no sessions now\n");
        }
        let mut text = format!("{node} has {sessions} now");
        // Writing to a String cannot fail.
        let _ = match self.deadline {
            Some(seconds) => write!(text, "; those left after {seconds} s would end"),
            None => write!(text, "; they would stay there as long as they last"),
        };
        let _ = match &self.clients {
            Some(clients) => {
                let clients: Vec<_> = clients.iter().map(|c| (c.client, c.sessions)).collect();
                writeln!(
                    text,
                    ". {}: {}",
                    counted(number(clients.len()), "client"),
                    named(&clients)
                )
            }
            None => writeln!(
                text,
                ". Of which clients, {node} knows: ssictl sessions {cluster}"
            ),
        };
        text
    }
}

/// While an order is waited for: whose sessions are left, where the node is this one, and for how long.
pub fn remark(
    system: &mut impl System,
    status: &Status,
    (node, wish): (&str, Wish),
    left: Option<Duration>,
) -> String {
    let mut text = String::new();
    if !matches!(wish, Wish::Drain(_) | Wish::Leave(_)) {
        return text;
    }
    // Writing to a String cannot fail.
    if let Some(clients) = clients(system, status, node, true) {
        if !clients.is_empty() {
            let _ = write!(
                text,
                "; left: {} of {}",
                counted(sum(&clients), "session"),
                named(&clients)
            );
        }
    }
    if let Some(left) = left {
        let ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let _ = write!(text, "; given up in {}", time(ms));
    }
    text
}

/// How many sessions each client has; none where the node is another one, or its kernel does not tell.
fn clients(
    system: &mut impl System,
    status: &Status,
    node: &str,
    draining: bool,
) -> Option<Vec<(IpAddr, u32)>> {
    let which = Which {
        name: Some(&status.cluster),
        draining,
        client: Client::ANY,
    };
    let is_here = status.node == node;
    let all = is_here.then(|| found(system, &which))?;
    Some(by_client(&all.ok()?))
}

fn sum(clients: &[(IpAddr, u32)]) -> u64 {
    clients.iter().map(|(_, count)| u64::from(*count)).sum()
}

fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::sample;
    use crate::sessions::tests::fake;

    const DRAIN: (&str, Wish) = ("n2", Wish::Drain(None));

    /// How n2 sees it, whose cluster is the fake's.
    fn status() -> Status {
        let mut status = sample::well();
        (status.cluster, status.node) = ("store".into(), "n2".into());
        status
    }

    #[test]
    fn what_a_drain_would_end_is_told_with_the_clients_where_they_are() {
        let remarked = |status: &Status, deadline| {
            let left = Left::of(&mut fake(), status, DRAIN, deadline).unwrap();
            left.text()
        };
        assert_eq!(
            remarked(&status(), Some(1800)),
            "n2 has 3 sessions now; those left after 1800 s would end. 2 clients: 198.51.100.6 (2), 198.51.100.7 (1)\n"
        );
        assert!(
            remarked(&status(), None)
                .contains("they would stay there as long as they last. 2 clients")
        );
        let elsewhere = Status {
            node: "n1".into(),
            ..status()
        };
        assert_eq!(
            remarked(&elsewhere, Some(60)),
            "n2 has 120 sessions now; those left after 60 s would end. Of which clients, n2 knows: ssictl sessions store\n"
        );
        let serve = ("n2", Wish::Serve);
        assert_eq!(Left::of(&mut fake(), &status(), serve, None), None);
        let mut none = fake();
        none.sessions.clear();
        let left = Left::of(&mut none, &status(), DRAIN, None).unwrap();
        assert_eq!(left.text(), "n2 has no sessions now\n");
    }

    #[test]
    fn who_is_left_while_it_is_waited_for() {
        let remarked = |status: &Status, left| remark(&mut fake(), status, DRAIN, left);
        assert_eq!(
            remarked(&status(), Some(Duration::from_secs(61))),
            "; left: 1 session of 198.51.100.7 (1); given up in 1 min 1 s"
        );
        let elsewhere = Status {
            node: "n1".into(),
            ..status()
        };
        assert_eq!(
            remarked(&elsewhere, Some(Duration::from_secs(9))),
            "; given up in 9.0 s"
        );
        assert_eq!(remarked(&elsewhere, None), "");
        let serve = ("n2", Wish::Serve);
        assert_eq!(remark(&mut fake(), &status(), serve, None), "");
    }
}
