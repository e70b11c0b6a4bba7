// SPDX-License-Identifier: GPL-2.0-only

//! All clusters, by interface; guarded by the RTNL.
//!
//! Every change is made ready first (checked, allocated), then done in steps that cannot fail, so
//! that a refusal or a lack of memory leaves everything as it was.

pub(crate) mod index;
pub(crate) mod leases;
mod relays;
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

use self::leases::Leases;
use super::{
    observer::{
        self,
        Interface,
        Subject,
        View, //
    },
    work::TRANSITION_WORK,
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
            AttachError,
            Attached,
            Kind, //
        },
        hrtimer::OneShotTimer,
        module::InUse,
        rcu::RcuBox,
        redirect::Redirected,
        rtnl::{
            RtnlLocked,
            RtnlToken, //
        },
        vec, //
    },
    datapath::{
        announcer::{
            gratuitous,
            Announcement,
            Announcer, //
        },
        buckets::Buckets,
        lease::Lease,
        relay::{
            self,
            Relay, //
        },
        table::Table,
        PacketPath, //
    },
    logic::{
        mac::Mac,
        name::Name,
        refusal::Refusal, //
    }, //
};

/// All clusters of this machine.
pub(crate) static REGISTRY: RtnlLocked<Registry> = RtnlLocked::new(Registry::new());

/// A cluster, its files, and what announces it to the other nodes (mode forward).
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

/// A cluster that is ready to take the place of another one.
struct Replacement {
    place: ClusterIndex,
    cluster: Arc<Cluster>,
    table: KBox<Table>,
    relay: Option<KBox<relay::Table>>,
    announcement: Option<KBox<Announcement>>,
    /// The end of its lease, where it has one and a table of its own.
    timer: Option<OneShotTimer<Buckets>>,
    /// Where its lease is another one.
    leases: Option<KBox<Leases>>,
    is_table_new: bool,
    is_new_master: bool,
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
        let most = crate::module_parameters::clusters_per_namespace.value();
        let there = self.in_net(net);
        if there.fold(0, |count: u32, _| count.saturating_add(1)) >= most {
            return Err(Refusal::NamespaceFull.into());
        }
        self.check(net, &cluster, None)?;
        self.check_devices(device, &cluster)?;
        if device.mac(token) == Some(cluster.config.mac) {
            return Err(Refusal::MacOfDevice.into());
        }
        let announcement = cluster.announcement(device)?;
        let announcer = announcement.map(Announcer::new).transpose()?;
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
        match announcer {
            Some(announcer) => {
                let place = self.find(net, &new.name)?;
                self.entry_mut(place)?.announcer.insert(announcer).begin();
            }
            None if new.config.master => gratuitous(device, &new.config),
            None => {}
        }
        Ok(())
    }

    /// Puts `cluster` in the place of what is there.
    pub(crate) fn replace(
        &mut self,
        net: Net,
        place: ClusterIndex,
        cluster: Arc<Cluster>,
        token: RtnlToken<'_>,
    ) -> Result<(), Failure> {
        let replacement = self.prepare(net, place, cluster)?;
        Ok(self.commit(net, replacement, token)?)
    }

    /// Makes ready whatever may fail of a replacement.
    fn prepare(
        &self,
        net: Net,
        place: ClusterIndex,
        cluster: Arc<Cluster>,
    ) -> Result<Replacement, Failure> {
        self.check(net, &cluster, Some(cluster.name))?;
        let port = self.ports.get(place.port).ok_or(Refusal::NameUnknown)?;
        let device = port.device();
        let with_it = numbered(port.clusters());
        let table = table(
            device,
            with_it.map(|(old, at)| match at == place.cluster {
                true => &*cluster,
                false => &**old,
            }),
        )?;
        let (_, old) = self.at(place)?;
        let lease = cluster.buckets.shared_lease();
        let is_table_new = !Arc::ptr_eq(&old.buckets, &cluster.buckets);
        Ok(Replacement {
            announcement: cluster.announcement(device)?,
            table,
            relay: self.relay_with(&cluster, device)?,
            timer: match lease {
                Some(_) if is_table_new => Some(OneShotTimer::new(cluster.buckets.clone())?),
                _ => None,
            },
            leases: match is_same(old.buckets.shared_lease(), lease) {
                true => None,
                false => Some(self.leases(net, &cluster)?),
            },
            is_table_new,
            // A master that was one no longer, as its lease had expired, announces itself as well.
            is_new_master: cluster.is_master() && !old.is_master(),
            place,
            cluster,
        })
    }

    /// Puts a replacement in force, in steps that do not fail. The table that packets still meet keeps its own
    /// lease's end.
    fn commit(&mut self, net: Net, new: Replacement, token: RtnlToken<'_>) -> Result<(), Refusal> {
        let Replacement {
            cluster,
            place,
            mut timer,
            ..
        } = new;
        let (port, old) = self.at(place)?;
        let device = port.device();
        if new.leases.is_some() {
            old.end_renewals();
        }
        let ends = cluster
            .buckets
            .shared_lease()
            .and_then(|lease| lease.ends());
        match (&mut timer, ends) {
            (Some(timer), Some(ends)) => timer.set(ends),
            // It ran out while the change was made ready.
            _ if cluster.is_to_expire() => TRANSITION_WORK.schedule(0),
            _ => {}
        }
        cluster.end_transitions();
        port.publish(new.table);
        if let Some(leases) = new.leases {
            Leases::publish(leases, token);
        }
        self.publish_relay(&cluster, new.relay);
        let entry = self.entry_mut(place)?;
        entry.cluster = cluster.clone();
        if new.is_table_new {
            entry.timer = timer;
        }
        index::replace(net, cluster.clone(), token);
        match (&mut entry.announcer, new.announcement) {
            (Some(announcer), Some(announcement)) => {
                announcer.change(announcement, new.is_new_master);
            }
            _ if new.is_new_master => gratuitous(device, &cluster.config),
            _ => {}
        }
        if let Some(files) = &entry.files {
            files.update(cluster);
        }
        Ok(())
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

    /// The leases of the list of `net` when `changed`, which is in it, is in the place of the cluster of
    /// its name.
    fn leases(&self, net: Net, changed: &Cluster) -> Result<KBox<Leases>> {
        let leases = self.all().filter_map(|(port, cluster)| {
            let its_net = port.device().net()?;
            let buckets = match its_net == net && cluster.name == changed.name {
                true => &changed.buckets,
                false => &cluster.buckets,
            };
            Some((its_net, buckets.shared_lease()?))
        });
        Leases::new(net, leases)
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

/// Whether both are one lease, or none.
fn is_same(one: Option<&Arc<Lease>>, other: Option<&Arc<Lease>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// The cluster is not found any more.
fn unindex(device: Device, gone: &Cluster, token: RtnlToken<'_>) {
    if let Some(net) = device.net() {
        index::remove(net, &gone.name, token);
    }
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
    let most = crate::module_parameters::clusters_max.value();
    if clusters >= most as usize {
        return Err(Refusal::DeviceFull);
    }
    Ok(())
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
