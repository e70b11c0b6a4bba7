// SPDX-License-Identifier: GPL-2.0-only

//! The forward interface of a cluster in mode forward.

use kernel::{
    alloc::flags::GFP_KERNEL_ACCOUNT,
    error::Result,
    sync::Arc, //
};

use super::{
    peers::Forwarding,
    trust::Trust, //
};
use crate::{
    abstractions::device::Device,
    logic::config::Config, //
};

/// The forward interface, and what is known of the other nodes.
#[derive(Clone)]
pub(crate) struct ForwardLink {
    /// The interface.
    pub(crate) device: Device,
    /// Its index, for those who may not look at an interface, as it may be gone.
    pub(crate) ifindex: u32,
    /// What is known of the nodes.
    pub(crate) state: Arc<Forwarding>,
    /// The check of their messages, where they share a key.
    pub(crate) trust: Option<Arc<Trust>>,
}

impl ForwardLink {
    /// This one for a cluster that had the configuration `old` and has `new` from now on. What is known is
    /// kept as long as it means the same; with another key everybody has to prove anew that he is there.
    pub(crate) fn changed(&self, old: &Config, new: &Config) -> Result<Self> {
        let shape = |config: &Config| (config.buckets, config.nodes);
        let who = |config: &Config| (config.key, config.node, config.nodes);
        Ok(Self {
            device: self.device,
            ifindex: self.ifindex,
            state: match shape(new) == shape(old) {
                true => self.state.clone(),
                false => Arc::new(Forwarding::new(new)?, GFP_KERNEL_ACCOUNT)?,
            },
            trust: match who(new) == who(old) {
                true => self.trust.clone(),
                false => Trust::new(new)?,
            },
        })
    }
}
