// SPDX-License-Identifier: GPL-2.0-only

//! The forward interface of a cluster in mode forward.

use kernel::sync::Arc;

use super::{
    peering::Peering,
    peers::Peers,
    trust::Trust, //
};
use crate::abstractions::device::Device;

/// The forward interface, and what is known of the other nodes.
#[derive(Clone)]
pub(crate) struct ForwardLink {
    /// The interface.
    pub(crate) device: Device,
    /// Its index, for those who may not look at an interface, as it may be gone.
    pub(crate) ifindex: u32,
    /// What is known of the nodes.
    pub(crate) state: Arc<Peers>,
    /// The check of their messages, where they share a key.
    pub(crate) trust: Option<Arc<Trust>>,
}

impl ForwardLink {
    /// By this interface.
    pub(crate) fn new(device: Device, peering: &Peering) -> Self {
        Self {
            device,
            ifindex: device.ifindex(),
            state: peering.state.clone(),
            trust: peering.trust.clone(),
        }
    }

    /// This one, with what is known now.
    pub(crate) fn with(&self, peering: &Peering) -> Self {
        Self {
            device: self.device,
            ifindex: self.ifindex,
            state: peering.state.clone(),
            trust: peering.trust.clone(),
        }
    }
}
