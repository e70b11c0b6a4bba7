// SPDX-License-Identifier: GPL-2.0-only

//! Clusters of network interfaces that go, or change.

use kernel::alloc::KVec;

use super::{
    observer,
    registry::REGISTRY, //
};
use crate::{
    abstractions::{
        device::Device,
        notifier::Listener,
        rtnl::Rtnl,
        vec, //
    },
    logic::{
        mac::Mac,
        refusal::Refusal,
        wire::{
            command,
            reason, //
        }, //
    }, //
};

/// Takes the clusters of interfaces away that go.
pub(crate) struct NetdevNotifier;

impl Listener for NetdevNotifier {
    fn gone(device: Device, rtnl: &mut Rtnl) {
        let (registry, token) = REGISTRY.get(rtnl);
        let mut subjects = KVec::new();
        let gone = registry
            .on_device(device)
            .chain(registry.by_forward(device));
        for (port, cluster) in gone {
            if let Some(subject) = port.subject(cluster) {
                // Without memory there is no event.
                let _ = vec::push(&mut subjects, subject);
            }
        }
        registry.gone(device, token);
        for subject in subjects {
            observer::notify(command::CLUSTER_DEL_NTF, Some(subject), reason::DEVICE_GONE);
        }
    }

    fn may_change_type(device: Device, rtnl: &mut Rtnl) -> bool {
        let (registry, _token) = REGISTRY.get(rtnl);
        let is_used = registry.on_device(device).next().is_some()
            || registry.by_forward(device).next().is_some();
        !is_used
    }

    fn may_have_mac(device: Device, mac: Mac, rtnl: &mut Rtnl) -> Result<(), Refusal> {
        let (registry, _token) = REGISTRY.get(rtnl);
        let mut clusters = registry.on_device(device);
        if clusters.any(|(_, cluster)| cluster.config.mac == mac) {
            return Err(Refusal::MacOfCluster);
        }
        Ok(())
    }
}
