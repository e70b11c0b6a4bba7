// SPDX-License-Identifier: GPL-2.0-only

//! All clusters, by interface; guarded by the RTNL.
//!
//! Every change is made ready first (checked, allocated), then done in steps that cannot fail, so
//! that a refusal or a lack of memory leaves everything as it was.

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox,
        KVec, //
    },
    error::Result,
    sync::Arc, //
};

use crate::{
    cluster::Cluster,
    facility::{
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
        rcu::Published,
        rtnl::Held, //
    },
    logic::{
        name::Name,
        refusal::Refusal, //
    },
    packet_path::{
        PacketPath,
        Table, //
    },
    sysfs::Files, //
};

/// A cluster and its files.
struct Listed {
    cluster: Arc<Cluster>,
    files: Files,
}

/// An interface with clusters.
pub(crate) struct Port {
    attached: Attached<PacketPath>,
    clusters: KVec<Listed>,
}

impl Port {
    /// The interface.
    pub(crate) fn device(&self) -> Device {
        self.attached.device()
    }

    /// Where its received frames are met.
    pub(crate) fn hook(&self) -> Kind {
        self.attached.kind()
    }

    fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        self.clusters.iter().map(|listed| &*listed.cluster)
    }

    fn publish(&self, table: KBox<Table>) {
        self.attached.path().0.replace(table);
    }
}

/// A place for a cluster: its port's and its own number.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    port: usize,
    cluster: usize,
}

/// All clusters.
pub(crate) struct Registry {
    ports: KVec<Port>,
    version: u32,
}

impl Registry {
    /// None.
    pub(crate) const fn new() -> Self {
        Self {
            ports: KVec::new(),
            version: 0,
        }
    }

    /// Changes with every change of what clusters there are and what they have.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// The clusters of a namespace, each with its port.
    pub(crate) fn in_net(&self, net: Net) -> impl Iterator<Item = (&Port, &Cluster)> {
        self.ports
            .iter()
            .filter(move |port| port.device().net() == Some(net))
            .flat_map(|port| port.clusters().map(move |cluster| (port, cluster)))
    }

    /// The clusters of an interface, each with its port.
    pub(crate) fn on_device(&self, device: Device) -> impl Iterator<Item = (&Port, &Cluster)> {
        self.ports
            .iter()
            .filter(move |port| port.device() == device)
            .flat_map(|port| port.clusters().map(move |cluster| (port, cluster)))
    }

    /// Where the cluster of this name is.
    pub(crate) fn find(&self, net: Net, name: &Name) -> Result<Place, Refusal> {
        for (port, at) in self.ports.iter().zip(0..) {
            if port.device().net() != Some(net) {
                continue;
            }
            if let Some(cluster) = port.clusters().position(|c| c.name == *name) {
                return Ok(Place { port: at, cluster });
            }
        }
        Err(Refusal::NameUnknown)
    }

    /// What is at a place.
    pub(crate) fn at(&self, place: Place) -> Result<(&Port, &Cluster), Refusal> {
        let port = self.ports.get(place.port).ok_or(Refusal::NameUnknown)?;
        let listed = port.clusters.get(place.cluster);
        let listed = listed.ok_or(Refusal::NameUnknown)?;
        Ok((port, &listed.cluster))
    }

    /// Takes a new cluster in, on an interface of `net`.
    pub(crate) fn add(
        &mut self,
        net: Net,
        device: Device,
        hook: Option<Kind>,
        cluster: Cluster,
        held: Held<'_>,
    ) -> Result<(), Failure> {
        self.version = self.version.wrapping_add(1);
        if self.find(net, &cluster.name).is_ok() {
            return Err(Refusal::NameTaken.into());
        }
        self.check(net, &cluster, None)?;
        if device.mac(held) == Some(cluster.config.mac) {
            return Err(Refusal::MacOfDevice.into());
        }
        match self.ports.iter_mut().find(|port| port.device() == device) {
            Some(port) => add_to(port, hook, cluster, held),
            None => self.add_port(device, hook, cluster, held),
        }
    }

    /// Puts `cluster` in the place of what is there.
    pub(crate) fn replace(
        &mut self,
        net: Net,
        place: Place,
        cluster: Cluster,
    ) -> Result<(), Failure> {
        self.version = self.version.wrapping_add(1);
        self.check(net, &cluster, Some(cluster.name))?;
        let cluster = Arc::new(cluster, GFP_KERNEL_ACCOUNT)?;
        let port = self.ports.get_mut(place.port).ok_or(Refusal::NameUnknown)?;
        let clusters = port.clusters().zip(0..);
        let table = table(clusters.map(|(old, at)| match at == place.cluster {
            true => &*cluster,
            false => old,
        }))?;
        let listed = port.clusters.get_mut(place.cluster);
        let listed = listed.ok_or(Refusal::NameUnknown)?;
        listed.cluster = cluster.clone();
        listed.files.show(cluster);
        port.publish(table);
        Ok(())
    }

    /// Takes the cluster away that is at `place`.
    pub(crate) fn remove(&mut self, place: Place, held: Held<'_>) -> Result<(), Failure> {
        self.version = self.version.wrapping_add(1);
        let port = self.ports.get_mut(place.port).ok_or(Refusal::NameUnknown)?;
        if port.clusters.len() == 1 {
            self.forget(place.port, held);
            return Ok(());
        }
        let rest = port
            .clusters()
            .zip(0..)
            .filter(|(_, at)| *at != place.cluster);
        let table = table(rest.map(|(cluster, _)| cluster))?;
        port.publish(table);
        if let Ok(gone) = port.clusters.remove(place.cluster) {
            let group = gone.cluster.config.mac.group();
            port.device().leave_group(group, held);
        }
        Ok(())
    }

    /// Takes all clusters of an interface away.
    pub(crate) fn gone(&mut self, device: Device, held: Held<'_>) {
        if let Some(at) = self.ports.iter().position(|port| port.device() == device) {
            self.forget(at, held);
        }
    }

    /// Detaches a port and drops it.
    fn forget(&mut self, at: usize, held: Held<'_>) {
        self.version = self.version.wrapping_add(1);
        if let Ok(port) = self.ports.remove(at) {
            for cluster in port.clusters() {
                port.device().leave_group(cluster.config.mac.group(), held);
            }
        }
        if self.ports.is_empty() {
            // The registry is static, so that nothing would free its memory at unloading.
            self.ports = KVec::new();
        }
    }

    /// Whether `cluster` gets along with the others in its namespace; `but` is left out.
    fn check(&self, net: Net, cluster: &Cluster, but: Option<Name>) -> Result<(), Refusal> {
        let mut others = self
            .in_net(net)
            .filter(|(_, other)| Some(other.name) != but);
        if others.any(|(_, other)| other.config.vips.overlaps(&cluster.config.vips)) {
            return Err(Refusal::VipTaken);
        }
        Ok(())
    }

    fn add_port(
        &mut self,
        device: Device,
        hook: Option<Kind>,
        cluster: Cluster,
        held: Held<'_>,
    ) -> Result<(), Failure> {
        check_room(0)?;
        let group = cluster.config.mac.group();
        let path = PacketPath(Published::new(table([&cluster])?));
        let cluster = Arc::new(cluster, GFP_KERNEL_ACCOUNT)?;
        let mut clusters = KVec::with_capacity(1, GFP_KERNEL_ACCOUNT)?;
        self.ports.reserve(1, GFP_KERNEL_ACCOUNT)?;
        device.join_group(group, held)?;
        let attached = Attached::new(path, device, hook, held).map_err(|error| {
            device.leave_group(group, held);
            match error {
                AttachError::Busy => Refusal::HookBusy.into(),
                AttachError::Unsupported => Refusal::HookUnsupported.into(),
                AttachError::Other(error) => Failure::Error(error),
            }
        })?;
        // Where frames are met is a thing that the files tell.
        let files = Files::new(device, attached.kind(), cluster.clone())
            .inspect_err(|_| device.leave_group(group, held))?;
        clusters.push(Listed { cluster, files }, GFP_KERNEL_ACCOUNT)?;
        self.ports
            .push(Port { attached, clusters }, GFP_KERNEL_ACCOUNT)?;
        Ok(())
    }
}

fn add_to(
    port: &mut Port,
    hook: Option<Kind>,
    cluster: Cluster,
    held: Held<'_>,
) -> Result<(), Failure> {
    check_room(port.clusters.len())?;
    if hook.is_some_and(|kind| kind != port.hook()) {
        return Err(Refusal::HookDiffers.into());
    }
    if port
        .clusters()
        .any(|other| other.config.mac == cluster.config.mac)
    {
        return Err(Refusal::MacTaken.into());
    }
    let table = table(port.clusters().chain([&cluster]))?;
    let group = cluster.config.mac.group();
    let cluster = Arc::new(cluster, GFP_KERNEL_ACCOUNT)?;
    port.clusters.reserve(1, GFP_KERNEL_ACCOUNT)?;
    let files = Files::new(port.device(), port.hook(), cluster.clone())?;
    port.device().join_group(group, held)?;
    port.clusters
        .push(Listed { cluster, files }, GFP_KERNEL_ACCOUNT)?;
    port.publish(table);
    Ok(())
}

/// Whether an interface that has this many clusters may have one more.
fn check_room(clusters: usize) -> Result<(), Refusal> {
    let most = crate::module_parameters::clusters_max.value();
    if clusters >= most as usize {
        return Err(Refusal::DeviceFull);
    }
    Ok(())
}

fn table<'a>(clusters: impl IntoIterator<Item = &'a Cluster>) -> Result<KBox<Table>> {
    let mut entries = KVec::new();
    for cluster in clusters {
        entries.push(cluster.entry()?, GFP_KERNEL_ACCOUNT)?;
    }
    Ok(KBox::new(Table::new(entries), GFP_KERNEL_ACCOUNT)?)
}
