// SPDX-License-Identifier: GPL-2.0-only

//! Clusters as delayed work meets them: a bounded number of them in one hold of the RTNL.

use kernel::{
    error::Result,
    sync::Arc, //
};

use super::{
    index,
    ClusterIndex,
    ClusterIndices,
    Registry, //
};
use crate::{
    abstractions::{
        device::Net,
        genl::Failure,
        rtnl::RtnlToken, //
    },
    cluster::Cluster,
    logic::refusal::Refusal, //
};

/// A cluster as it was when the RTNL was held. It may be another one's turn at its place by now, and
/// the namespace may be gone, which only the registry knows.
#[derive(Clone)]
pub(crate) struct Seen {
    /// Its namespace, to compare.
    net: Net,
    place: ClusterIndex,
    /// It.
    pub(crate) cluster: Arc<Cluster>,
}

/// What has become of a change that was made ready without the RTNL.
pub(crate) enum Swapped {
    /// It is in force.
    Done,
    /// The cluster is another one meanwhile.
    Changed(Arc<Cluster>),
    /// There is no such cluster any more.
    Gone,
}

impl ClusterIndex {
    /// Where the first cluster may be.
    pub(crate) const FIRST: Self = Self {
        port: 0,
        cluster: 0,
    };
}

impl Seen {
    /// The namespace, to compare.
    pub(crate) fn net(&self) -> Net {
        self.net
    }
}

impl Registry {
    /// Shows up to `most` clusters, from a place on. Returns how many, and where the next one is.
    pub(crate) fn visit(
        &self,
        from: ClusterIndex,
        most: usize,
        mut show: impl FnMut(Seen),
    ) -> (usize, Option<ClusterIndex>) {
        let ports = &self.ports;
        let mut visited = 0usize;
        for place in (ClusterIndices { ports, next: from }) {
            if visited == most {
                return (visited, Some(place));
            }
            visited = visited.saturating_add(1);
            let port = ports.get(place.port);
            let net = port.and_then(|port| port.device().net());
            let entry = port.and_then(|port| port.clusters.get(place.cluster));
            if let Some((net, entry)) = net.zip(entry) {
                show(Seen {
                    net,
                    place,
                    cluster: entry.cluster.clone(),
                });
            }
        }
        (visited, None)
    }

    /// Where what was seen is now, and what it is.
    pub(crate) fn again(&self, seen: &Seen) -> Option<(ClusterIndex, &Arc<Cluster>)> {
        let is_it = |place: &ClusterIndex| {
            let at = self.at(*place);
            at.is_ok_and(|(port, cluster)| {
                port.device().net() == Some(seen.net) && cluster.name == seen.cluster.name
            })
        };
        let place = match is_it(&seen.place) {
            true => seen.place,
            false => self.find(seen.net, &seen.cluster.name).ok()?,
        };
        let port = self.ports.get(place.port)?;
        Some((place, &port.clusters.get(place.cluster)?.cluster))
    }

    /// Puts `cluster` in the place of what was seen, if that is still there. It has the same addresses,
    /// rules and buckets, and only what is in transition differs, or the lease has run out: so packets
    /// meet it by what is written in place, and there is no table to be published.
    pub(crate) fn swap(
        &mut self,
        seen: &Seen,
        cluster: &Arc<Cluster>,
        token: RtnlToken<'_>,
    ) -> Result<Swapped, Failure> {
        let Some((place, now)) = self.again(seen) else {
            return Ok(Swapped::Gone);
        };
        if !Arc::ptr_eq(now, &seen.cluster) {
            return Ok(Swapped::Changed(now.clone()));
        }
        let port = self.ports.get(place.port).ok_or(Refusal::NameUnknown)?;
        let announcement = cluster.announcement(port.device())?;

        // From here on nothing fails.
        cluster.end_transitions();
        let entry = self.entry_mut(place)?;
        entry.cluster = cluster.clone();
        index::replace(seen.net, cluster.clone(), token);
        if let Some(announcer) = &mut entry.announcer {
            announcer.change(announcement, false);
        }
        if let Some(files) = &entry.files {
            files.update(cluster.clone());
        }
        Ok(Swapped::Done)
    }
}

impl Seen {
    /// The same cluster, as it is now.
    pub(crate) fn with(self, cluster: Arc<Cluster>) -> Self {
        Self { cluster, ..self }
    }
}
