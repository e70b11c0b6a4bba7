// SPDX-License-Identifier: GPL-2.0-only

//! A new cluster.

use kernel::{
    error::Result,
    sync::Arc, //
};

use super::{
    super::{
        observer,
        Cluster, //
    },
    index,
    table,
    ClusterEntry,
    Port,
    Registry, //
};
use crate::{
    abstractions::{
        device::{
            Device,
            Net, //
        },
        genl::Failure,
        hook::{
            AttachError,
            Attached,
            Kind, //
        },
        module::InUse,
        rcu::RcuBox,
        rtnl::RtnlToken,
        vec, //
    },
    datapath::{
        announcer::Announcer,
        PacketPath, //
    },
    logic::{
        mac::Mac,
        refusal::Refusal, //
    },
    parameters, //
};

impl Registry {
    /// Takes a new cluster in, on an interface of `net`.
    pub(crate) fn add(
        &mut self,
        net: Net,
        device: Device,
        hook: Option<Kind>,
        cluster: Arc<Cluster>,
        token: RtnlToken<'_>,
    ) -> Result<(), Failure> {
        if self.find(net, &cluster.name).is_ok() {
            return Err(Refusal::NameTaken.into());
        }
        let most = parameters::clusters_per_namespace();
        let there = self.in_net(net);
        if there.fold(0, |count: u32, _| count.saturating_add(1)) >= most {
            return Err(Refusal::NamespaceFull.into());
        }
        self.check(net, &cluster, None)?;
        self.check_devices(device, &cluster)?;
        if device.mac(token) == Some(cluster.config.mac) {
            return Err(Refusal::MacOfDevice.into());
        }
        let announcer = Announcer::new(cluster.announcement(device)?)?;
        let room = index::Room::new()?;
        self.add_relay(device, &cluster, token)?;
        let new = cluster.clone();
        let added = match self.ports.iter_mut().find(|port| port.device() == device) {
            Some(port) => add_to(port, hook, cluster, token),
            None => self.add_port(device, hook, cluster, token),
        };
        if added.is_err() {
            self.leave_relay(&new);
            return added;
        }
        // What the other nodes send meets the packet path now, and may come.
        self.open_relay(&new);
        let (port, _) = self.at(self.find(net, &new.name)?)?;
        let entry = index::Entry {
            interface: port.interface(),
            cluster: new.clone(),
        };
        room.fill(net, entry, token);
        let place = self.find(net, &new.name)?;
        self.entry_mut(place)?.announcer.insert(announcer).begin();
        Ok(())
    }

    #[inline(never)]
    fn add_port(
        &mut self,
        device: Device,
        hook: Option<Kind>,
        cluster: Arc<Cluster>,
        token: RtnlToken<'_>,
    ) -> Result<(), Failure> {
        check_room(0)?;
        let in_use = InUse::new()?;
        let path = PacketPath(RcuBox::new(table(device, [&*cluster])?));
        let mut clusters = vec::with_room(1)?;
        vec::make_room(&mut self.ports, 1)?;
        cluster.join(device, token)?;
        let attached = Attached::new(path, device, hook, token).map_err(|error| {
            cluster.leave(device, token);
            match error {
                AttachError::Busy => Refusal::HookBusy.into(),
                AttachError::Unsupported => Refusal::HookUnsupported.into(),
                AttachError::Other(error) => Failure::Error(error),
            }
        })?;
        // The files show where frames are met.
        let files = observer::show(device, attached.kind(), &cluster)
            .inspect_err(|_| cluster.leave(device, token))?;
        let entry = ClusterEntry {
            cluster,
            timer: None,
            files,
            announcer: None,
            _in_use: in_use,
        };
        vec::push(&mut clusters, entry)?;
        vec::push(&mut self.ports, Port { attached, clusters })?;
        Ok(())
    }
}

#[inline(never)]
fn add_to(
    port: &mut Port,
    hook: Option<Kind>,
    cluster: Arc<Cluster>,
    token: RtnlToken<'_>,
) -> Result<(), Failure> {
    check_room(port.clusters.len())?;
    let in_use = InUse::new()?;
    if hook.is_some_and(|kind| kind != port.hook()) {
        return Err(Refusal::HookDiffers.into());
    }
    if port.clusters().any(|other| {
        match_mac(other) == match_mac(&cluster) || other.config.mac == cluster.config.mac
    }) {
        return Err(Refusal::MacTaken.into());
    }
    let table = table(
        port.device(),
        port.clusters().chain([&cluster]).map(|cluster| &**cluster),
    )?;
    vec::make_room(&mut port.clusters, 1)?;
    let files = observer::show(port.device(), port.hook(), &cluster)?;
    cluster.join(port.device(), token)?;
    let entry = ClusterEntry {
        cluster,
        timer: None,
        files,
        announcer: None,
        _in_use: in_use,
    };
    vec::push(&mut port.clusters, entry)?;
    port.publish(table);
    Ok(())
}

/// The MAC by which the cluster's frames are matched, whatever the form.
fn match_mac(cluster: &Cluster) -> Mac {
    match cluster.config.is_forward() {
        true => cluster.config.mac,
        false => cluster.config.group_mac.base(),
    }
}

/// Whether an interface that has this many clusters may have one more.
fn check_room(clusters: usize) -> Result<(), Refusal> {
    let most = parameters::clusters_max();
    if clusters >= most as usize {
        return Err(Refusal::DeviceFull);
    }
    Ok(())
}
