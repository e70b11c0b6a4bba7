// SPDX-License-Identifier: GPL-2.0-only

//! The leases that run, for those who renew them: without the RTNL, which others hold for seconds at
//! times, longer than a lease may be.

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KBox,
        KVec, //
    },
    error::Result,
    sync::Arc, //
};

use super::{
    Port,
    Registry, //
};
use crate::{
    cluster::Cluster,
    facility::{
        device::Net,
        rcu::{
            self,
            Slot, //
        },
        rtnl::Held,
        vec, //
    },
    lease::Lease,
    logic::{
        name::Name,
        refusal::Refusal, //
    }, //
};

/// A lease, and the namespace of its cluster.
struct Leased {
    net: Net,
    lease: Arc<Lease>,
}

/// Those that there are.
pub(crate) struct Leases(KVec<Leased>);

static LEASES: Slot<Leases> = Slot::empty();

/// Lets the lease of this cluster run until then. `None` where it is not found without the RTNL.
pub(crate) fn renew(net: Net, name: &Name, until: u64) -> Option<Result<(), Refusal>> {
    rcu::read(|reader| {
        let all = &LEASES.read(reader)?.0;
        let its = |leased: &&Leased| leased.net == net && leased.lease.is_of(name);
        Some(all.iter().find(its)?.lease.renew(until))
    })
}

/// Ends those that are found without the RTNL.
pub(crate) fn end_all() {
    rcu::read(|reader| {
        let all = LEASES.read(reader).map_or(&[][..], |leases| &leases.0);
        all.iter().for_each(|leased| leased.lease.end());
    });
}

impl Registry {
    /// Ends all of them.
    pub(crate) fn end_leases(&self) {
        let clusters = self.ports.iter().flat_map(Port::clusters);
        let leases = clusters.filter_map(|cluster| cluster.buckets.shared_lease());
        leases.for_each(|lease| lease.end());
    }

    /// The leases there are when `changed`, which is in `net`, is in the place of the cluster of its
    /// name.
    pub(super) fn leases(&self, net: Net, changed: &Arc<Cluster>) -> Result<KBox<Leases>> {
        let mut all = KVec::new();
        for port in &self.ports {
            let Some(its_net) = port.device().net() else {
                continue;
            };
            for cluster in port.clusters() {
                let is_changed = its_net == net && cluster.name == changed.name;
                let buckets = match is_changed {
                    true => &changed.buckets,
                    false => &cluster.buckets,
                };
                if let Some(lease) = buckets.shared_lease() {
                    let leased = Leased {
                        net: its_net,
                        lease: lease.clone(),
                    };
                    vec::push(&mut all, leased)?;
                }
            }
        }
        Ok(KBox::new(Leases(all), GFP_KERNEL_ACCOUNT)?)
    }

    /// Lets those be found that `leases` found.
    pub(super) fn publish_leases(&self, leases: KBox<Leases>, held: Held<'_>) {
        LEASES.replace(Some(leases), held);
    }

    /// Forgets them, as there is no cluster any more. Those of clusters that go one by one are found no
    /// more (`Lease::replace`).
    pub(super) fn forget_leases(&self, held: Held<'_>) {
        LEASES.replace(None, held);
    }
}
