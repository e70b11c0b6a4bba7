// SPDX-License-Identifier: GPL-2.0-only

//! A cluster's peering: what is known of its other nodes, and the check of their messages.

use kernel::{
    alloc::flags::GFP_KERNEL_ACCOUNT,
    error::Result,
    sync::Arc, //
};

use super::{
    peers::Peers,
    trust::Trust, //
};
use crate::{
    abstractions::delayed_work::DelayedWork,
    logic::config::Config, //
};

/// What is known of a cluster's other nodes.
#[derive(Clone)]
pub(crate) struct Peering {
    /// What they are, by their messages.
    pub(crate) state: Arc<Peers>,
    /// The check that messages are theirs, where they share a key.
    pub(crate) trust: Option<Arc<Trust>>,
    work: &'static DelayedWork,
}

impl Peering {
    /// Nothing is known yet. The work is scheduled when differences have come or gone.
    pub(crate) fn new(config: &Config, work: &'static DelayedWork) -> Result<Self> {
        Ok(Self {
            state: Arc::new(Peers::new(config, work)?, GFP_KERNEL_ACCOUNT)?,
            trust: Trust::new(config)?,
            work,
        })
    }

    /// This one for a cluster that had the configuration `old` and has `new` from now on. What is known is
    /// kept as long as it means the same; with another key everybody has to prove anew that he is there.
    pub(crate) fn changed(&self, old: &Config, new: &Config) -> Result<Self> {
        let shape = |config: &Config| (config.buckets, config.nodes);
        let who = |config: &Config| (config.key, config.node, config.nodes);
        let state = match shape(new) == shape(old) {
            true => self.state.clone(),
            false => {
                let state = Peers::new(new, self.work)?;
                state.agreement.follow(&self.state.agreement);
                Arc::new(state, GFP_KERNEL_ACCOUNT)?
            }
        };
        Ok(Self {
            state,
            trust: match who(new) == who(old) {
                true => self.trust.clone(),
                false => Trust::new(new)?,
            },
            work: self.work,
        })
    }
}
