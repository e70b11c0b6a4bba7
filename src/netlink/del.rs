// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-del`.

use super::request::RequestAttrs;
use crate::{
    abstractions::{
        genl::{
            Do,
            Failure,
            Request, //
        },
        rtnl::Rtnl, //
    },
    cluster::{
        observer,
        registry::REGISTRY, //
    },
    logic::wire::{
        command,
        reason, //
    }, //
};

/// Takes a cluster away.
pub(super) struct ClusterDel;

impl Do for ClusterDel {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let attrs = RequestAttrs::read(request.attributes())?;
        let mut rtnl = Rtnl::lock();
        let (registry, token) = REGISTRY.get(&mut rtnl);
        let place = registry.find(request.net(), &attrs.name)?;
        let subject = registry.subject(place);
        registry.remove(place, token)?;
        observer::notify(command::CLUSTER_DEL_NTF, subject, reason::REQUEST);
        Ok(())
    }
}
