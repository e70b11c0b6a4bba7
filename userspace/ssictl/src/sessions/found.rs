// SPDX-License-Identifier: GPL-2.0-only

//! Sessions of clients at this node, with their buckets.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ssi_cluster::failure::Failure;
use ssi_cluster::sessions::{Clients, Role};
use ssi_cluster::system::System;
use ssi_netlink::sock_diag::Session;

use crate::daemon::amount::counted;
use crate::explain::{distribution, read};
use crate::sessions::client::Client;

/// So many clients are named in a sentence.
const NAMED: usize = 5;

/// Which sessions are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Which<'a> {
    /// Of this cluster; none: of all of the network namespace.
    pub name: Option<&'a str>,
    /// Only those in buckets that this node has given away.
    pub draining: bool,
    /// Of these clients.
    pub client: Client,
}

impl Which<'_> {
    fn has(&self, found: &Found) -> bool {
        let is_left = matches!(found.role, Role::Draining | Role::Stranded);
        (is_left || !self.draining) && self.client.has(found.session.remote)
    }
}

/// A session.
#[derive(Clone, Debug)]
pub struct Found {
    /// The cluster's name.
    pub name: String,
    /// The connection.
    pub session: Session,
    /// Its bucket.
    pub bucket: u32,
    /// What this node is to that.
    pub role: Role,
}

/// Finds them, in order.
pub fn found(system: &mut impl System, which: &Which<'_>) -> Result<Vec<Found>, Failure> {
    let clusters = match which.name {
        Some(name) => vec![
            system
                .cluster(name)
                .map_err(|e| Failure::refused(name, &e))?,
        ],
        None => system.clusters()?,
    };
    let vips: Vec<IpAddr> = clusters.iter().flat_map(|c| c.vips.clone()).collect();
    let sessions = match vips.is_empty() {
        true => Vec::new(),
        false => system.sessions(&vips).map_err(unlisted)?,
    };
    let mut all = Vec::new();
    for cluster in clusters {
        // Read after the sessions: what is in none of the node's buckets now is not a session that has just begun there.
        let (cluster, table) =
            read(system, &cluster.name).map_err(|e| Failure::refused(&cluster.name, &e))?;
        let clients = Clients::new(&cluster, distribution(&cluster)?);
        let of_cluster = sessions.iter().filter_map(|session| {
            let bucket = clients.bucket(session)?;
            Some(Found {
                name: cluster.name.clone(),
                session: session.clone(),
                bucket,
                role: Role::of(&table, bucket),
            })
        });
        all.extend(of_cluster.filter(|found| which.has(found)));
    }
    all.sort_by(|a, b| {
        let key = |found: &Found| (found.session.remote, found.session.local);
        a.name.cmp(&b.name).then(key(a).cmp(&key(b)))
    });
    Ok(all)
}

fn unlisted(error: ssi_netlink::Error) -> Failure {
    Failure::Refused(format!(
        "listing connections: {error}; is the kernel's tcp_diag there?"
    ))
}

/// How many sessions each client has, the most first.
pub fn by_client(all: &[Found]) -> Vec<(IpAddr, u32)> {
    let mut counts: BTreeMap<IpAddr, u32> = BTreeMap::new();
    for found in all {
        let count = counts.entry(found.session.remote.ip()).or_default();
        *count = count.saturating_add(1);
    }
    let mut counts: Vec<(IpAddr, u32)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// `3 sessions of 2 clients`.
pub fn count(all: &[Found]) -> String {
    format!(
        "{} of {}",
        counted(number(all.len()), "session"),
        counted(number(by_client(all).len()), "client")
    )
}

/// The clients with the most sessions: `198.51.100.7 (3), 198.51.100.8 (2) and 10 more`.
pub fn named(clients: &[(IpAddr, u32)]) -> String {
    let some = clients.iter().take(NAMED);
    let some: Vec<String> = some
        .map(|(client, count)| format!("{client} ({count})"))
        .collect();
    let more = match clients.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    some.join(", ") + &more
}

fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
