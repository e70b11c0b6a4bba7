// SPDX-License-Identifier: GPL-2.0-only

//! Connections of each bucket.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use logic::distribution::Distribution;
use ssi_netlink::Cluster;

/// Established connections to cluster addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// All of them.
    pub total: u32,
    /// Those of each bucket that has any.
    pub buckets: BTreeMap<u32, u32>,
}

/// Counts connections, by the cluster's own distribution.
#[derive(Clone, Debug)]
pub struct Tally {
    vips: Vec<IpAddr>,
    distribution: Distribution,
    counted: Connections,
}

impl Tally {
    /// Nothing is counted yet. `None` if the kernel's attributes do not make sense together.
    pub fn new(cluster: &Cluster) -> Option<Self> {
        Some(Self {
            vips: cluster.vips.clone(),
            distribution: cluster.distribution()?,
            counted: Connections::default(),
        })
    }

    /// Counts a connection if its local end is a cluster address. The node's own connections to itself are no
    /// client's.
    pub fn add(&mut self, local: SocketAddr, remote: SocketAddr) {
        // An IPv6 socket may have IPv4 clients.
        let (local, address) = (local.ip().to_canonical(), remote.ip().to_canonical());
        if !self.vips.contains(&local) || self.vips.contains(&address) {
            return;
        }
        self.counted.total = self.counted.total.saturating_add(1);
        let client = SocketAddr::new(address, remote.port());
        let bucket = self.distribution.bucket(client);
        let count = self.counted.buckets.entry(bucket).or_default();
        *count = count.saturating_add(1);
    }

    /// What was counted.
    pub fn counted(self) -> Connections {
        self.counted
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use logic::client::ClientKey;
    use logic::distribution::Hash;
    use ssi_netlink::spec;

    pub fn cluster(vips: &[&str], buckets: u32) -> Cluster {
        Cluster {
            name: "web".into(),
            buckets,
            vips: vips.iter().map(|vip| vip.parse().unwrap()).collect(),
            ..Cluster::default()
        }
    }

    fn counted(cluster: &Cluster, ends: &[(&str, &str)]) -> Connections {
        let mut tally = Tally::new(cluster).unwrap();
        for (local, remote) in ends {
            let end = |address: &str, port| SocketAddr::new(address.parse().unwrap(), port);
            tally.add(end(local, 2049), end(remote, 700));
        }
        tally.counted()
    }

    #[test]
    fn a_client_is_in_its_bucket() {
        let ends = [
            ("192.0.2.1", "192.0.2.130"),
            ("192.0.2.1", "192.0.2.130"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.131"),
            ("2001:db8::1", "2001:db8::ffff"),
            // Not of the cluster, or the node's own.
            ("192.0.2.9", "192.0.2.130"),
            ("192.0.2.1", "192.0.2.1"),
        ];
        let counted = counted(&cluster(&["192.0.2.1", "2001:db8::1"], 128), &ends);
        let bucket = |v4: u32| (0xc000_0200 + v4) % 128;
        assert_eq!(counted.total, 4);
        let expected = [(bucket(130), 2), (bucket(131), 1), (127, 1)];
        assert_eq!(counted.buckets, expected.into());
    }

    #[test]
    fn a_hash_counts_by_its_seed() {
        let mut hashed = cluster(&["192.0.2.1"], 4096);
        hashed.hash = spec::Hash::Siphash;
        assert!(Tally::new(&hashed).is_none());
        hashed.hash_seed = Some([7; 16]);
        let d = Distribution::new(4096, Hash::SipHash([7; 16])).unwrap();
        let client: SocketAddr = "192.0.2.130:700".parse().unwrap();
        let ends = [("192.0.2.1", "192.0.2.130")];
        let buckets = [(d.bucket(client), 1)].into();
        assert_eq!(counted(&hashed, &ends).buckets, buckets);
        hashed.client_key = spec::ClientKey::SourcePort;
        let d = d.by(ClientKey::SourcePort);
        let buckets = [(d.bucket(client), 1)].into();
        assert_eq!(counted(&hashed, &ends).buckets, buckets);
    }
}
