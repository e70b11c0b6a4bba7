// SPDX-License-Identifier: GPL-2.0-only

//! Clients' sessions with a cluster at this node: TCP connections to its addresses, and what becomes of them as their buckets
//! move.

use std::net::IpAddr;

use logic::distribution::Distribution;
use logic::owned::owns;
use ssi_netlink::sock_diag::Session;
use ssi_netlink::{Cluster, Table};

/// What this node is to a bucket, and so to the sessions in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It has the bucket.
    Owned,
    /// It has the bucket, and a former node may serve sessions in it still.
    Adopting,
    /// It has given the bucket away, and serves the sessions that it has.
    Draining,
    /// The lease is over: sessions stand still, and go on if the bucket comes back soon.
    Lapsed,
    /// The bucket is another node's: what a client sends on a session here is dropped.
    Stranded,
}

impl Role {
    /// Of a bucket, by the table in force.
    pub fn of(table: &Table, bucket: u32) -> Self {
        match owns(&table.owned, bucket) {
            true if owns(&table.adopting, bucket) => Self::Adopting,
            true => Self::Owned,
            false if owns(&table.draining, bucket) => Self::Draining,
            false if table.lapsed => Self::Lapsed,
            false => Self::Stranded,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owned => "owned",
            Self::Adopting => "adopting",
            Self::Draining => "draining",
            Self::Lapsed => "lapsed",
            Self::Stranded => "stranded",
        }
    }
}

/// Which connections are sessions of a cluster's clients, and in which buckets.
#[derive(Clone, Copy, Debug)]
pub struct Clients<'a> {
    vips: &'a [IpAddr],
    distribution: Distribution,
}

impl<'a> Clients<'a> {
    /// Of a cluster, by its own function.
    pub fn new(cluster: &'a Cluster, distribution: Distribution) -> Self {
        Self {
            vips: &cluster.vips,
            distribution,
        }
    }

    /// The bucket of a session; none where it is no client's: of another address, or of the node with itself.
    pub fn bucket(&self, session: &Session) -> Option<u32> {
        let (here, client) = (session.local.ip(), session.remote.ip());
        let is_clients = self.vips.contains(&here) && !self.vips.contains(&client);
        is_clients.then(|| self.distribution.bucket(session.remote))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::sample;
    use ssi_netlink::spec::{self, Function};
    use std::collections::BTreeSet;
    use std::net::SocketAddr;

    #[test]
    fn roles() {
        let mut table = Table {
            name: "store".into(),
            buckets: 8,
            owned: vec![0b0000_0011],
            generation: 1,
            draining: vec![0b0000_0100],
            adopting: vec![0b0000_0010],
            connections: 0,
            lease_until: None,
            lapsed: false,
            sticking: Vec::new(),
        };
        let names: Vec<&str> = (0..4)
            .map(|bucket| Role::of(&table, bucket).name())
            .collect();
        assert_eq!(names, ["owned", "adopting", "draining", "stranded"]);
        assert_eq!(Role::of(&table, 100), Role::Stranded);
        (table.owned, table.lapsed) = (vec![0], true);
        assert_eq!(Role::of(&table, 0), Role::Lapsed);
        assert_eq!(Role::of(&table, 2), Role::Draining);
    }

    #[test]
    fn whose_sessions_are_clients() {
        let cluster = sample(Function::Modulo);
        let clients = Clients::new(&cluster, cluster.distribution().unwrap());
        let bucket = |here: &str, client: &str| {
            let (here, client) = (here.parse().unwrap(), client.parse().unwrap());
            clients.bucket(&Session::sample(here, client))
        };
        // 198.51.100.7 mod 3.
        assert_eq!(bucket("192.0.2.10:2049", "198.51.100.7:700"), Some(2));
        assert_eq!(bucket("192.0.2.9:2049", "198.51.100.7:700"), None);
        assert_eq!(bucket("192.0.2.10:2049", "192.0.2.10:700"), None);
    }

    #[test]
    fn by_ports_a_clients_sessions_are_in_several_buckets() {
        let mut cluster = sample(Function::Bitmap);
        (cluster.buckets, cluster.hash_seed) = (1024, Some([7; 16]));
        cluster.hash = spec::Hash::Siphash;
        cluster.client_key = spec::ClientKey::SourcePort;
        let distribution = cluster.distribution().unwrap();
        let clients = Clients::new(&cluster, distribution);
        let here = "192.0.2.10:2049".parse().unwrap();
        let buckets = (700..800).map(|port| {
            let client = SocketAddr::new([198, 51, 100, 7].into(), port);
            let bucket = clients.bucket(&Session::sample(here, client)).unwrap();
            assert_eq!(bucket, distribution.bucket(client));
            bucket
        });
        assert!(buckets.collect::<BTreeSet<u32>>().len() > 80);
    }
}
