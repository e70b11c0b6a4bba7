// SPDX-License-Identifier: GPL-2.0-only

//! A changed cluster in the place of the one before: made ready, then put in force in steps that do not fail.

use kernel::{
    alloc::KBox,
    error::Result,
    sync::Arc, //
};

use super::{
    super::{
        work::TRANSITION_WORK,
        Cluster, //
    },
    index,
    leases::Leases,
    numbered,
    table,
    ClusterIndex,
    Registry, //
};
use crate::{
    abstractions::{
        device::Net,
        genl::Failure,
        hrtimer::OneShotTimer,
        rtnl::RtnlToken, //
    },
    datapath::{
        announcer::Announcement,
        buckets::Buckets,
        lease::Lease,
        relay,
        table::Table, //
    },
    logic::{
        config::Config,
        refusal::Refusal, //
    }, //
};

/// A cluster that is ready to take the place of another one.
struct Replacement {
    place: ClusterIndex,
    cluster: Arc<Cluster>,
    table: KBox<Table>,
    relay: Option<KBox<relay::Table>>,
    announcement: KBox<Announcement>,
    /// The end of its lease, where it has one and a table of its own.
    timer: Option<OneShotTimer<Buckets>>,
    /// Where its lease is another one.
    leases: Option<KBox<Leases>>,
    is_table_new: bool,
    is_news: bool,
}

impl Registry {
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
            is_news: cluster.is_master()
                && !(old.is_master() && is_announced_alike(&old.config, &cluster.config)),
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
        if let Some(announcer) = &mut entry.announcer {
            announcer.change(new.announcement, new.is_news);
        }
        if let Some(files) = &entry.files {
            files.update(cluster);
        }
        Ok(())
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
}

/// Whether their masters announce the same.
fn is_announced_alike(one: &Config, other: &Config) -> bool {
    one.vips == other.vips && one.mac == other.mac && one.group_mac == other.group_mac
}

/// Whether both are one lease, or none.
fn is_same(one: Option<&Arc<Lease>>, other: Option<&Arc<Lease>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
