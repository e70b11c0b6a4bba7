// SPDX-License-Identifier: GPL-2.0-only

//! A cluster as it is configured, guarded by the RTNL.

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox,
        KVVec, //
    },
    error::Result,
    sync::Arc, //
};

use crate::{
    announcer::{
        addresses,
        Words, //
    },
    counters::Counters,
    facility::{
        device::Device,
        rtnl::Held, //
    },
    forwarding::Forwarding,
    logic::{
        config::{
            Config,
            Table, //
        },
        name::Name,
        owned,
        rules::Mode, //
    },
    packet_path::{
        Entry,
        Way, //
    },
    relay, //
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
    /// What joins it to the other nodes, in mode forward.
    pub(crate) link: Option<Link>,
}

/// The interface to the other nodes, and what they say.
pub(crate) struct Link {
    /// The interface.
    pub(crate) device: Device,
    /// What is known of the nodes.
    pub(crate) state: Arc<Forwarding>,
}

impl Cluster {
    /// A new cluster; `forward` is there in mode forward.
    pub(crate) fn new(
        name: Name,
        config: &Config,
        table: Table<'_>,
        forward: Option<Device>,
    ) -> Result<Arc<Self>> {
        let link = match forward {
            Some(device) => Some(Link {
                device,
                state: Arc::new(Forwarding::new(config)?, GFP_KERNEL_ACCOUNT)?,
            }),
            None => None,
        };
        Self::shared(Self {
            name,
            config: *config,
            generation: 1,
            owned: bitmap(config, table, &[])?,
            counters: Counters::new(config.buckets)?,
            link,
        })
    }

    /// This cluster with another configuration.
    pub(crate) fn changed(
        &self,
        config: &Config,
        table: Table<'_>,
        generation: u64,
    ) -> Result<Arc<Self>> {
        let counters = if config.buckets == self.config.buckets {
            self.counters.clone()
        } else {
            self.counters.with_buckets(config.buckets)?
        };
        let shape = |config: &Config| (config.buckets, config.nodes);
        let link = match &self.link {
            None => None,
            Some(link) => Some(Link {
                device: link.device,
                state: match shape(config) == shape(&self.config) {
                    true => link.state.clone(),
                    false => Arc::new(Forwarding::new(config)?, GFP_KERNEL_ACCOUNT)?,
                },
            }),
        };
        Self::shared(Self {
            name: self.name,
            config: *config,
            generation,
            owned: bitmap(config, table, &self.owned)?,
            counters,
            link,
        })
    }

    /// A configuration is too large to go from hand to hand on the stack.
    #[inline(always)]
    fn shared(self) -> Result<Arc<Self>> {
        Ok(Arc::new(self, GFP_KERNEL_ACCOUNT)?)
    }

    /// What a packet meets of it.
    pub(crate) fn entry(&self) -> Result<Entry> {
        let rules = self
            .config
            .rules()
            .map_err(|_| kernel::error::code::EINVAL)?;
        let way = match (&self.link, self.config.mode) {
            (Some(link), Mode::Forward(forward)) => Some(Way {
                device: link.device,
                forward,
                state: link.state.clone(),
            }),
            _ => None,
        };
        let counters = self.counters.clone();
        Ok(Entry::new(rules, copy(&self.owned)?, counters, way))
    }

    /// What a frame meets of it at the interface to the other nodes, at once or when it is opened.
    pub(crate) fn relay_entry(
        &self,
        device: Device,
        is_open: bool,
    ) -> Option<Result<KBox<relay::Entry>>> {
        let link = self.link.as_ref()?;
        Some(relay::Entry::new(
            &self.config,
            device,
            link.state.clone(),
            is_open,
        ))
    }

    /// What it tells the other nodes.
    #[inline(never)]
    pub(crate) fn words(&self, device: Device) -> Result<Option<KBox<Words>>> {
        let Some(link) = &self.link else {
            return Ok(None);
        };
        let words = Words {
            device,
            forward: link.device,
            config: self.config,
            addresses: addresses(&self.config)?,
            generation: self.generation,
            owned: copy(&self.owned)?,
            state: link.state.clone(),
        };
        Ok(Some(KBox::new(words, GFP_KERNEL_ACCOUNT)?))
    }

    /// Lets the cluster's frames in at its interfaces.
    pub(crate) fn join(&self, device: Device, held: Held<'_>) -> Result {
        let Some(link) = &self.link else {
            return device.join_group(self.config.group_mac, held);
        };
        device.join_unicast(self.config.mac, held)?;
        link.device
            .join_group(self.config.group_mac, held)
            .inspect_err(|_| device.leave_unicast(self.config.mac, held))
    }

    /// Takes one `join` back.
    pub(crate) fn leave(&self, device: Device, held: Held<'_>) {
        let Some(link) = &self.link else {
            return device.leave_group(self.config.group_mac, held);
        };
        link.device.leave_group(self.config.group_mac, held);
        device.leave_unicast(self.config.mac, held);
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
