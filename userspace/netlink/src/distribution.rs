// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's own distribution of clients over buckets.

use logic::client::ClientKey;
use logic::distribution::{self, Distribution};

use crate::config::Cluster;
use crate::spec::Hash;

impl Cluster {
    /// The function that leads from a client to its bucket. None where the kernel does not show the hash's seed, as to readers
    /// that are not root, or what it shows does not go together.
    pub fn distribution(&self) -> Option<Distribution> {
        let hash = match self.hash {
            Hash::None => distribution::Hash::None,
            Hash::Siphash => distribution::Hash::SipHash(self.hash_seed?),
        };
        Some(Distribution::new(self.buckets, hash)?.by(self.key()))
    }

    /// What of a client makes its bucket.
    pub fn key(&self) -> ClientKey {
        let key = ClientKey::Source.with(self.client_key);
        key.with_prefix(self.prefix4, self.prefix6).unwrap_or(key)
    }
}
