// SPDX-License-Identifier: GPL-2.0-only

//! Sessions in buckets that this node has given up: nobody hears what their clients send, so each is ended by a reset.

use std::collections::BTreeSet;

use logic::owned::{self, owns};
use ssi_netlink::Error;

use crate::sessions::{Clients, Role};
use crate::system::System;

/// How many were ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    /// Connections.
    pub sessions: usize,
    /// Addresses that they were of.
    pub clients: usize,
}

/// Ends those of a bitmap's buckets. Sessions are listed before the table is read: a session of a bucket that is neither owned nor drained then began
/// before that, and nobody serves it, whatever comes to this node next.
pub fn end(system: &mut impl System, name: &str, buckets: &[u8]) -> Result<Ended, Error> {
    let cluster = system.cluster(name)?;
    let sessions = system.sessions(&cluster.vips)?;
    let table = system.table(name)?;
    let mut ended = Ended {
        sessions: 0,
        clients: 0,
    };
    let Some(distribution) = cluster.distribution() else {
        return Ok(ended);
    };
    // Another table is another's.
    if table.buckets != cluster.buckets || owned::len(table.buckets) != buckets.len() {
        return Ok(ended);
    }
    let clients = Clients::new(&cluster, distribution);
    let mut seen = BTreeSet::new();
    for session in &sessions {
        let is_stranded = clients.bucket(session).is_some_and(|bucket| {
            owns(buckets, bucket) && Role::of(&table, bucket) == Role::Stranded
        });
        if is_stranded && system.end_session(session)? {
            ended.sessions = ended.sessions.saturating_add(1);
            seen.insert(session.remote.ip());
        }
    }
    ended.clients = seen.len();
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fake::{Fake, sample};
    use ssi_netlink::NewTable;
    use ssi_netlink::sock_diag::Session;
    use ssi_netlink::spec::Function;

    /// Of three buckets this node has 1 and drains 0. Client 198.51.100.N is in bucket (N + 1) mod 3.
    fn fake() -> Fake {
        let mut fake = Fake::default();
        let cluster = sample(Function::Bitmap);
        fake.state
            .clusters
            .insert("store".into(), (cluster, vec![0b011]));
        fake.connections = Duration::from_secs(60);
        fake.replace_table(&NewTable {
            name: "store".into(),
            buckets: 3,
            owned: vec![0b010],
            generation: 9,
            ..NewTable::default()
        })
        .unwrap();
        fake.steps.clear();
        let ends = ["5:1", "6:1", "7:1", "7:2", "10:1"];
        fake.sessions = ends
            .map(|end| {
                let client = format!("198.51.100.{end}").parse().unwrap();
                Session::sample("192.0.2.10:2049".parse().unwrap(), client)
            })
            .into();
        fake
    }

    #[test]
    fn those_that_nobody_serves_end_and_no_others() {
        let mut fake = fake();
        let all = [0b111];
        let ended = end(&mut fake, "store", &all).unwrap();
        assert_eq!(
            fake.steps,
            [
                "end 198.51.100.7:1",
                "end 198.51.100.7:2",
                "end 198.51.100.10:1"
            ]
        );
        let (sessions, clients) = (3, 2);
        assert_eq!(ended, Ended { sessions, clients });
        // What drains is served, what is owned too.
        assert_eq!(fake.sessions.len(), 2);
    }

    #[test]
    fn buckets_that_were_not_given_up_are_left_alone() {
        let mut fake = fake();
        end(&mut fake, "store", &[0b011]).unwrap();
        // Another table is another's.
        end(&mut fake, "store", &[0xff; 8]).unwrap();
        assert!(fake.steps.is_empty());
        assert!(end(&mut fake, "web", &[0b111]).is_err());
    }
}
