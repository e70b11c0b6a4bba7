// SPDX-License-Identifier: GPL-2.0-only

//! All clusters, by interface; guarded by the RTNL.
//!
//! Every change is made ready first (checked, allocated), then done in steps that cannot fail, so
//! that a refusal or a lack of memory leaves everything as it was.

mod add;
pub(crate) mod index;
pub(crate) mod leases;
mod relays;
mod replace;
pub(crate) mod visit;

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox,
        KVec, //
    },
    error::{
        code::EINVAL,
        Result, //
    },
    sync::Arc, //
};

use super::{
    observer::{
        Interface,
        Subject,
        View, //
    },
    Cluster, //
};
use crate::{
    abstractions::{
        device::{
            Device,
            Net, //
        },
        genl::Failure,
        hook::{
            Attached,
            Kind, //
        },
        hrtimer::OneShotTimer,
        module::InUse,
        redirect::Redirected,
        rtnl::{
            RtnlLocked,
            RtnlToken, //
        },
        vec, //
    },
    datapath::{
        announcer::Announcer,
        buckets::Buckets,
        relay::Relay,
        table::Table,
        PacketPath, //
    },
    logic::{
        name::Name,
        refusal::Refusal, //
    }, //
};

/// All clusters of this machine.
pub(crate) static REGISTRY: RtnlLocked<Registry> = RtnlLocked::new(Registry::new());

/// A cluster, its files, and what announces it to the other nodes.
struct ClusterEntry {
    cluster: Arc<Cluster>,
    /// The end of its lease, where it has one.
    timer: Option<OneShotTimer<Buckets>>,
    files: Option<KBox<dyn View>>,
    announcer: Option<Announcer>,
    /// The cluster's addresses are bound, and answered for with the cluster's MAC by nobody but this module.
    _in_use: InUse,
}

/// An interface with clusters.
pub(crate) struct Port {
    attached: Attached<PacketPath>,
    clusters: KVec<ClusterEntry>,
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

    /// The interface, as it is shown.
    pub(crate) fn interface(&self) -> Interface {
        Interface {
            ifindex: self.device().ifindex(),
            hook: self.hook(),
        }
    }

    fn clusters(&self) -> impl Iterator<Item = &Arc<Cluster>> {
        self.clusters.iter().map(|entry| &entry.cluster)
    }

    /// A cluster of it, for the observer.
    pub(crate) fn subject(&self, cluster: &Arc<Cluster>) -> Option<Subject> {
        Some(Subject {
            net: self.device().net()?,
            interface: self.interface(),
            cluster: cluster.clone(),
        })
    }

    fn publish(&self, table: KBox<Table>) {
        self.attached.path().0.replace(table);
    }
}

/// A place for a cluster: its port's and its own number.
#[derive(Clone, Copy)]
pub(crate) struct ClusterIndex {
    port: usize,
    cluster: usize,
}

/// The places from `next` on.
struct ClusterIndices<'a> {
    ports: &'a [Port],
    next: ClusterIndex,
}

impl Iterator for ClusterIndices<'_> {
    type Item = ClusterIndex;

    fn next(&mut self) -> Option<ClusterIndex> {
        loop {
            let place = self.next;
            if place.cluster < self.ports.get(place.port)?.clusters.len() {
                self.next.cluster = place.cluster.saturating_add(1);
                return Some(place);
            }
            self.next = ClusterIndex {
                port: place.port.saturating_add(1),
                cluster: 0,
            };
        }
    }
}

/// All clusters.
pub(crate) struct Registry {
    ports: KVec<Port>,
    /// The forward interfaces of clusters.
    relays: KVec<Redirected<Relay>>,
}

impl Registry {
    /// None.
    pub(crate) const fn new() -> Self {
        Self {
            ports: KVec::new(),
            relays: KVec::new(),
        }
    }

    /// The clusters of a namespace, each with its port.
    pub(crate) fn in_net(&self, net: Net) -> impl Iterator<Item = (&Port, &Arc<Cluster>)> {
        self.ports
            .iter()
            .filter(move |port| port.device().net() == Some(net))
            .flat_map(|port| port.clusters().map(move |cluster| (port, cluster)))
    }

    /// All clusters, each with its port.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Port, &Arc<Cluster>)> {
        self.ports
            .iter()
            .flat_map(|port| port.clusters().map(move |cluster| (port, cluster)))
    }

    /// The clusters of an interface, each with its port.
    pub(crate) fn on_device(&self, device: Device) -> impl Iterator<Item = (&Port, &Arc<Cluster>)> {
        self.ports
            .iter()
            .filter(move |port| port.device() == device)
            .flat_map(|port| port.clusters().map(move |cluster| (port, cluster)))
    }

    /// Where the cluster of this name is.
    pub(crate) fn find(&self, net: Net, name: &Name) -> Result<ClusterIndex, Refusal> {
        for (port, at) in numbered(self.ports.iter()) {
            if port.device().net() != Some(net) {
                continue;
            }
            if let Some(cluster) = port.clusters().position(|c| c.name == *name) {
                return Ok(ClusterIndex { port: at, cluster });
            }
        }
        Err(Refusal::NameUnknown)
    }

    fn places(&self) -> ClusterIndices<'_> {
        let ports = &self.ports;
        let next = ClusterIndex::FIRST;
        ClusterIndices { ports, next }
    }

    /// What is at a place.
    pub(crate) fn at(&self, place: ClusterIndex) -> Result<(&Port, &Arc<Cluster>), Refusal> {
        let port = self.ports.get(place.port).ok_or(Refusal::NameUnknown)?;
        let entry = port.clusters.get(place.cluster);
        let entry = entry.ok_or(Refusal::NameUnknown)?;
        Ok((port, &entry.cluster))
    }

    /// What is at a place, for the observer.
    pub(crate) fn subject(&self, place: ClusterIndex) -> Option<Subject> {
        let (port, cluster) = self.at(place).ok()?;
        port.subject(cluster)
    }

    /// Takes the cluster away that is at `place`.
    pub(crate) fn remove(
        &mut self,
        place: ClusterIndex,
        token: RtnlToken<'_>,
    ) -> Result<(), Failure> {
        let port = self.ports.get_mut(place.port).ok_or(Refusal::NameUnknown)?;
        if port.clusters.len() == 1 {
            self.forget(place.port, token);
            return Ok(());
        }
        let rest = numbered(port.clusters()).filter(|(_, at)| *at != place.cluster);
        let table = table(port.device(), rest.map(|(cluster, _)| &**cluster))?;
        let gone = vec::remove(&mut port.clusters, place.cluster);
        let gone = gone.ok_or(Refusal::NameUnknown)?;
        unindex(port.attached.device(), &gone.cluster, token);
        // First nothing comes from the other nodes any more, since it would not be filtered.
        self.leave_relay(&gone.cluster);
        gone.cluster.end_renewals();
        let port = self.ports.get(place.port).ok_or(Refusal::NameUnknown)?;
        port.publish(table);
        gone.cluster.leave(port.device(), token);
        Ok(())
    }

    /// Takes all clusters of an interface away.
    pub(crate) fn gone(&mut self, device: Device, token: RtnlToken<'_>) {
        if let Some(at) = self.ports.iter().position(|port| port.device() == device) {
            self.forget(at, token);
        }
        // Those that forward by it cannot go on either.
        while let Some(place) = self.first_by(device) {
            if self.remove(place, token).is_err() {
                // No memory for the table of the rest: all of them go.
                self.forget(place.port, token);
            }
        }
    }

    fn entry_mut(&mut self, place: ClusterIndex) -> Result<&mut ClusterEntry, Refusal> {
        let port = self.ports.get_mut(place.port).ok_or(Refusal::NameUnknown)?;
        let entry = port.clusters.get_mut(place.cluster);
        entry.ok_or(Refusal::NameUnknown)
    }

    /// Detaches a port and drops it.
    fn forget(&mut self, at: usize, token: RtnlToken<'_>) {
        if let Some(port) = vec::remove(&mut self.ports, at) {
            let Port { attached, clusters } = port;
            let device = attached.device();
            // As in `remove`, but that a grace period is waited for once for all that forward by the same.
            for gone in &clusters {
                unindex(device, &gone.cluster, token);
                let is_before = |other: &&ClusterEntry| !core::ptr::eq(*other, gone);
                let before = clusters.iter().take_while(is_before);
                self.leave_relay_unless(&gone.cluster, before.map(|entry| &*entry.cluster));
                gone.cluster.end_renewals();
            }
            drop(attached);
            for gone in clusters {
                gone.cluster.leave(device, token);
            }
        }
        if self.ports.is_empty() {
            // The registry is static, so that nothing would free its memory at unloading.
            self.ports = KVec::new();
            self.relays = KVec::new();
            leases::forget(token);
        }
    }

    /// Ends all leases.
    pub(crate) fn end_leases(&self) {
        let leases = self
            .all()
            .filter_map(|(_, cluster)| cluster.buckets.shared_lease());
        leases.for_each(|lease| lease.end());
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
}

/// The cluster is not found any more.
fn unindex(device: Device, gone: &Cluster, token: RtnlToken<'_>) {
    if let Some(net) = device.net() {
        index::remove(net, &gone.name, token);
    }
}

/// Each with its number. A zip with a range counts with checks that the compiler does not see through.
fn numbered<T>(all: impl Iterator<Item = T>) -> impl Iterator<Item = (T, usize)> {
    let mut next = 0usize;
    all.map(move |one| {
        let number = next;
        next = next.wrapping_add(1);
        (one, number)
    })
}

/// Out of line, as some other functions here: its stack is not to be held while interfaces change.
#[inline(never)]
fn table<'a>(
    device: Device,
    clusters: impl IntoIterator<Item = &'a Cluster>,
) -> Result<KBox<Table>> {
    let mut clusters = clusters.into_iter();
    let first = clusters.next().ok_or(EINVAL)?.entry(device)?;
    let mut others = KVec::new();
    for cluster in clusters {
        let entry = Arc::new(cluster.entry(device)?, GFP_KERNEL_ACCOUNT)?;
        vec::push(&mut others, entry)?;
    }
    Table::new(first, others)
}
