// SPDX-License-Identifier: GPL-2.0-only

//! Requests of a client.

use crate::config::{Cluster, Request};
use crate::spec::{Function, Hash};

impl Request {
    /// A request about the cluster of this name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// A request that brings a cluster back to what it was.
    pub fn restore(cluster: &Cluster, owned: Option<Vec<u8>>) -> Self {
        Self {
            ifindex: None,
            mode: None,
            mac: None,
            group_mac: None,
            forward_ifindex: None,
            hook: None,
            ..Self::again(cluster, owned)
        }
    }

    /// A request that makes a cluster again as it was, its generation and counters apart.
    pub fn again(cluster: &Cluster, owned: Option<Vec<u8>>) -> Self {
        Self {
            hash_seed: cluster.hash_seed.filter(|_| cluster.hash != Hash::None),
            owned: owned.filter(|_| cluster.function == Function::Bitmap),
            ..Self::of(cluster)
        }
    }
}
