// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-new`.

use super::{
    event,
    proposal::Given,
    REGISTRY, //
};
use crate::{
    cluster::NewCluster,
    facility::{
        device::Device,
        genl::{
            Do,
            Failure,
            Request, //
        },
        rtnl::Rtnl, //
    },
    logic::{
        config::Config,
        refusal::Refusal,
        wire::{
            command,
            reason, //
        }, //
    }, //
};

/// Makes a cluster.
pub(super) struct ClusterNew;

impl Do for ClusterNew {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let given = Given::read(request.attributes())?;
        let ifindex = given.ifindex.ok_or(Refusal::DeviceMissing)?;
        let (config, table) = Config::create(&given.proposal())?;
        let forward = match (config.is_forward(), given.forward_ifindex) {
            (true, None) => return Err(Refusal::ForwardDeviceMissing.into()),
            (false, Some(_)) => return Err(Refusal::ForwardUnused.into()),
            (_, forward) => forward,
        };

        let new = NewCluster::new(given.name, &config, table)?;
        let mut rtnl = Rtnl::lock();
        let (registry, held) = REGISTRY.get(&mut rtnl);
        let device = Device::by_index(request.net(), ifindex, held);
        let device = device.ok_or(Refusal::DeviceUnknown)?;
        if device.is_loopback() {
            return Err(Refusal::DeviceLoopback.into());
        }
        if !device.is_ethernet() {
            return Err(Refusal::DeviceNotEthernet.into());
        }
        if device.is_vrf(held) {
            return Err(Refusal::DeviceVrf.into());
        }
        if device.keeps_its_tag(held) {
            return Err(Refusal::DeviceTags.into());
        }
        let forward = match forward {
            None => None,
            Some(index) => {
                let forward = Device::by_index(request.net(), index, held);
                let forward = forward.ok_or(Refusal::ForwardDeviceUnknown)?;
                if forward.is_vrf(held) || forward.keeps_its_tag(held) {
                    return Err(Refusal::ForwardDeviceUnfit.into());
                }
                Some(forward)
            }
        };
        registry.add(request.net(), device, given.hook, new.on(forward), held)?;

        let (port, cluster) = registry.at(registry.find(request.net(), &given.name)?)?;
        event::tell(command::CLUSTER_NEW_NTF, port, cluster, reason::REQUEST);
        Ok(())
    }
}
