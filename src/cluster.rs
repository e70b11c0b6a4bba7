// SPDX-License-Identifier: GPL-2.0-only

//! A cluster as it is configured, guarded by the RTNL.

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KVVec, //
    },
    error::Result, //
};

use crate::{
    counters::Counters,
    logic::{
        config::{
            Config,
            Table, //
        },
        name::Name,
        owned, //
    },
    packet_path::Entry, //
};

/// A cluster.
pub(crate) struct Cluster {
    /// Its name, unique in its namespace.
    pub(crate) name: Name,
    /// Its configuration.
    pub(crate) config: Config,
    /// Number of the bucket table.
    pub(crate) generation: u64,
    /// The bucket table.
    pub(crate) owned: KVVec<u8>,
    /// Its counters.
    pub(crate) counters: Counters,
}

impl Cluster {
    /// A new cluster.
    pub(crate) fn new(name: Name, config: Config, table: Table<'_>) -> Result<Self> {
        Ok(Self {
            name,
            config,
            generation: 1,
            owned: bitmap(&config, table, &[])?,
            counters: Counters::new(config.buckets)?,
        })
    }

    /// This cluster with another configuration.
    pub(crate) fn changed(
        &self,
        config: Config,
        table: Table<'_>,
        generation: u64,
    ) -> Result<Self> {
        let counters = if config.buckets == self.config.buckets {
            self.counters.clone()
        } else {
            self.counters.with_buckets(config.buckets)?
        };
        Ok(Self {
            name: self.name,
            config,
            generation,
            owned: bitmap(&config, table, &self.owned)?,
            counters,
        })
    }

    /// What a packet meets of it.
    pub(crate) fn entry(&self) -> Result<Entry> {
        let rules = self
            .config
            .rules()
            .map_err(|_| kernel::error::code::EINVAL)?;
        Ok(Entry::new(rules, copy(&self.owned)?, self.counters.clone()))
    }
}

fn bitmap(config: &Config, table: Table<'_>, now: &[u8]) -> Result<KVVec<u8>> {
    match table {
        Table::Keep => copy(now),
        Table::Given(owned) => copy(owned),
        Table::ByRank => {
            let mut owned = KVVec::from_elem(0, owned::len(config.buckets), GFP_KERNEL_ACCOUNT)?;
            owned::fill_by_rank(&mut owned, config.buckets, config.node, config.nodes);
            Ok(owned)
        }
    }
}

fn copy(bytes: &[u8]) -> Result<KVVec<u8>> {
    let mut copy = KVVec::with_capacity(bytes.len(), GFP_KERNEL_ACCOUNT)?;
    copy.extend_from_slice(bytes, GFP_KERNEL_ACCOUNT)?;
    Ok(copy)
}
