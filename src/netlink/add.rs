// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-new`.

use super::request::RequestAttrs;
use crate::{
    abstractions::{
        device::Device,
        genl::{
            Do,
            Failure,
            Request, //
        },
        rtnl::Rtnl, //
    },
    cluster::{
        observer,
        registry::REGISTRY,
        NewCluster, //
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
        let attrs = RequestAttrs::read(request.attributes())?;
        let ifindex = attrs.ifindex.ok_or(Refusal::DeviceMissing)?;
        let (config, table) = Config::create(&attrs.proposal())?;
        let forward = match (config.is_forward(), attrs.forward_ifindex) {
            (true, None) => return Err(Refusal::ForwardDeviceMissing.into()),
            (false, Some(_)) => return Err(Refusal::ForwardUnused.into()),
            (_, forward) => forward,
        };

        let new = NewCluster::new(attrs.name, &config, table)?;
        let mut rtnl = Rtnl::lock();
        let (registry, token) = REGISTRY.get(&mut rtnl);
        let device = Device::by_index(request.net(), ifindex, token);
        let device = device.ok_or(Refusal::DeviceUnknown)?;
        if device.is_loopback() {
            return Err(Refusal::DeviceLoopback.into());
        }
        if !device.is_ethernet() {
            return Err(Refusal::DeviceNotEthernet.into());
        }
        if device.is_vrf(token) {
            return Err(Refusal::DeviceVrf.into());
        }
        if device.keeps_its_tag(token) {
            return Err(Refusal::DeviceTags.into());
        }
        let forward = match forward {
            None => None,
            Some(index) => {
                let forward = Device::by_index(request.net(), index, token);
                let forward = forward.ok_or(Refusal::ForwardDeviceUnknown)?;
                if forward.is_vrf(token) || forward.keeps_its_tag(token) {
                    return Err(Refusal::ForwardDeviceUnfit.into());
                }
                Some(forward)
            }
        };
        registry.add(request.net(), device, attrs.hook, new.on(forward), token)?;

        let (port, cluster) = registry.at(registry.find(request.net(), &attrs.name)?)?;
        let subject = port.subject(cluster);
        observer::notify(command::CLUSTER_NEW_NTF, subject, reason::REQUEST);
        Ok(())
    }
}
