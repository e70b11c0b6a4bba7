// SPDX-License-Identifier: GPL-2.0-only

//! Clients that stick to a node which drains their buckets.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Buckets;

/// Some clients, as the kernel's numbers of them (`logic::stick`): in its upper half each has its bucket.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Clients(BTreeSet<u64>);

impl Clients {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Each, in rising order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied()
    }

    /// Whether a client is among them.
    pub fn contains(&self, client: u64) -> bool {
        self.0.contains(&client)
    }

    /// The buckets of these, of `k`.
    pub fn buckets(&self, k: u32) -> Buckets {
        Buckets::of(k, self.iter().map(logic::stick::bucket))
    }

    /// Those of these buckets.
    pub fn of(&self, buckets: &Buckets) -> Self {
        let of = self.iter();
        of.filter(|client| buckets.contains(logic::stick::bucket(*client)))
            .collect()
    }

    /// Those that are not among the others.
    pub fn but(&self, others: &Self) -> Self {
        self.iter()
            .filter(|client| !others.contains(*client))
            .collect()
    }

    /// Adds others.
    pub fn add(&mut self, others: &Self) {
        self.0.extend(others.iter());
    }
}

impl FromIterator<u64> for Clients {
    fn from_iter<I: IntoIterator<Item = u64>>(clients: I) -> Self {
        Self(clients.into_iter().collect())
    }
}
