// SPDX-License-Identifier: GPL-2.0-only

//! The leases that run, for those who renew them: without the RTNL, which others hold for seconds at
//! times, longer than a lease may be.
//!
//! A change makes the list anew, under the RTNL, so there are many lists, and a namespace is in one:
//! who has many clusters with leases makes his own changes slow, and seldom somebody else's.

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

use crate::{
    abstractions::{
        device::Net,
        rcu::{
            self,
            RcuOption, //
        },
        rtnl::RtnlToken,
        vec, //
    },
    datapath::lease::Lease,
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

/// Those of some namespaces.
pub(crate) struct Leases {
    list: &'static RcuOption<Self>,
    all: KVec<Leased>,
}

/// A power of two.
const LISTS: usize = 64;

static LEASES: [RcuOption<Leases>; LISTS] = [const { RcuOption::empty() }; LISTS];

/// Which list a namespace is in.
fn list(net: Net) -> Option<&'static RcuOption<Leases>> {
    let number = net.number().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The upper bits are the well mixed ones.
    LEASES.get((number >> 58) as usize % LISTS)
}

/// Lets the lease of this cluster run until then. `None` where it is not found without the RTNL.
pub(crate) fn renew(net: Net, name: &Name, until: u64) -> Option<Result<(), Refusal>> {
    rcu::read(|reader| {
        let all = &list(net)?.read(reader)?.all;
        let its = |leased: &&Leased| leased.net == net && leased.lease.is_of(name);
        Some(all.iter().find(its)?.lease.renew(until))
    })
}

/// Ends those that are found without the RTNL.
pub(crate) fn end_all() {
    rcu::read(|reader| {
        let lists = LEASES.iter().filter_map(|list| list.read(reader));
        let all = lists.flat_map(|leases| leases.all.iter());
        all.for_each(|leased| leased.lease.end());
    });
}

impl Leases {
    /// The list of `net`, of `all` leases of all namespaces.
    pub(super) fn new<'a>(
        net: Net,
        all: impl Iterator<Item = (Net, &'a Arc<Lease>)>,
    ) -> Result<KBox<Self>> {
        let list = list(net).ok_or(EINVAL)?;
        let mut its = KVec::new();
        for (net, lease) in all {
            if self::list(net).is_some_and(|its| core::ptr::eq(its, list)) {
                let lease = lease.clone();
                vec::push(&mut its, Leased { net, lease })?;
            }
        }
        Ok(KBox::new(Self { list, all: its }, GFP_KERNEL_ACCOUNT)?)
    }

    /// Lets those be found that are in it.
    pub(super) fn publish(this: KBox<Self>, token: RtnlToken<'_>) {
        this.list.replace(Some(this), token);
    }
}

/// Forgets all, as there is no cluster any more. Those of clusters that go one by one are found no
/// more (`Lease::replace`).
pub(super) fn forget(token: RtnlToken<'_>) {
    LEASES.iter().for_each(|list| list.replace(None, token));
}
