// SPDX-License-Identifier: GPL-2.0-only

//! A change of a cluster, made ready before the RTNL is taken.
//!
//! It is made of the cluster as it is found, and put in force if that is still the one in force. So whatever needs
//! memory by the number of buckets is there before, and nobody who waits for the RTNL waits for memory.

use kernel::sync::{
    Arc,
    UniqueArc, //
};

use super::{
    observer,
    registry::{
        ClusterIndex,
        Registry, //
    },
    Cluster, //
};
use crate::abstractions::{
    clock::boottime,
    conntrack,
    device::Net,
    genl::Failure,
    rtnl::RtnlToken, //
};

/// A change that is ready.
pub(crate) struct Ready {
    before: Arc<Cluster>,
    /// `before`, where its lease has expired and it still has its table: that change is made first.
    expired: Option<Arc<Cluster>>,
    changed: UniqueArc<Cluster>,
    /// When it was made.
    at: u64,
    /// Whether the leases of both had run out by then.
    over: [bool; 2],
}

impl Ready {
    /// What `make` makes of `before` at the time that it gets, if anything.
    pub(super) fn new(
        before: Arc<Cluster>,
        make: impl FnOnce(&Cluster, u64) -> Result<Option<UniqueArc<Cluster>>, Failure>,
    ) -> Result<Option<Self>, Failure> {
        let at = boottime();
        let is_over = before.buckets.has_expired();
        let expired = match before.is_to_expire() {
            true => Some(before.expired()?),
            false => None,
        };
        let Some(changed) = make(expired.as_deref().unwrap_or(&before), at)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            over: [is_over, changed.buckets.has_expired()],
            before,
            expired,
            changed,
            at,
        }))
    }

    /// Puts it in force and returns where, or nothing if something else has changed meanwhile: then it is to
    /// be made anew.
    pub(super) fn put_in_force(
        mut self,
        net: Net,
        registry: &mut Registry,
        token: RtnlToken<'_>,
    ) -> Result<Option<ClusterIndex>, Failure> {
        let place = registry.find(net, &self.before.name)?;
        let (_, cluster) = registry.at(place)?;
        let over = [&*self.before, &*self.changed].map(|cluster| cluster.buckets.has_expired());
        if !Arc::ptr_eq(cluster, &self.before) || over != self.over {
            return Ok(None);
        }
        if let Some(expired) = self.expired {
            registry.replace(net, place, expired, token)?;
            observer::notify_expired(registry.subject(place));
        }
        if !self.changed.moving.is_empty() {
            conntrack::hold(token);
        }
        self.changed.follow(&self.before, self.at, boottime());
        registry.replace(net, place, self.changed.into(), token)?;
        Ok(Some(place))
    }
}
