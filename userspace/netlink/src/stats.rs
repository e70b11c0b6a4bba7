// SPDX-License-Identifier: GPL-2.0-only

//! Counters of a cluster: one for each way a frame leaves the packet path.

use netlink_packet_core::DecodeError;

use crate::attribute::{Attributes, due};
use crate::spec::{Attr, Counter};

/// One cluster's counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// The cluster's name.
    pub name: String,
    /// Each counter that the kernel gave, in the order of [`Counter::ALL`].
    pub counters: Vec<(Counter, u64)>,
}

impl TryFrom<&Attributes> for Stats {
    type Error = DecodeError;

    fn try_from(a: &Attributes) -> Result<Self, DecodeError> {
        let nest = Attributes::parse(due(a.get(Attr::Stats.number()), Attr::Stats)?)?;
        let mut counters = Vec::with_capacity(Counter::ALL.len());
        for counter in Counter::ALL {
            if let Some(value) = nest.get_u64(counter.number())? {
                counters.push((*counter, value));
            }
        }
        Ok(Self {
            name: due(a.get_text(Attr::Name.number())?, Attr::Name)?,
            counters,
        })
    }
}

impl From<&Stats> for Attributes {
    fn from(stats: &Stats) -> Self {
        let mut nest = Self::default();
        for (counter, value) in &stats.counters {
            nest.u64(counter.number(), *value);
        }
        let mut a = Self::default();
        a.text(Attr::Name.number(), &stats.name)
            .nest(Attr::Stats.number(), &nest);
        a
    }
}
