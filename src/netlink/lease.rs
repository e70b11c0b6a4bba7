// SPDX-License-Identifier: GPL-2.0-only

//! `lease-renew`.

use super::request::RequestAttrs;
use crate::{
    abstractions::{
        clock::boottime,
        genl::{
            Do,
            Failure,
            Request, //
        },
        rtnl::Rtnl, //
    },
    cluster::registry::{
        leases,
        REGISTRY, //
    },
    logic::refusal::Refusal, //
};

/// Lets a lease run on.
pub(super) struct LeaseRenew;

impl Do for LeaseRenew {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        // A length is counted from here, however long anything takes.
        let now = boottime();
        let asked = attrs.lease(now)?.ok_or(Refusal::LeaseMissing)?;
        let until = asked.renewal(now)?;
        if let Some(Ok(())) = leases::renew(request.net(), &attrs.name, until) {
            return Ok(());
        }
        // Why not: that there is none, or that it changes hands at this moment.
        let mut rtnl = Rtnl::lock();
        let (registry, _token) = REGISTRY.get(&mut rtnl);
        let (_, cluster) = registry.at(registry.find(request.net(), &attrs.name)?)?;
        let lease = cluster.buckets.shared_lease();
        Ok(lease.ok_or(Refusal::LeaseUnused)?.renew(until)?)
    }
}
