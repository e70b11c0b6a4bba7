// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-del`.

use super::{
    event,
    proposal::RequestAttrs,
    REGISTRY, //
};
use crate::{
    abstractions::{
        genl::{
            Do,
            Failure,
            Request, //
        },
        rtnl::Rtnl, //
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
        let (port, cluster) = registry.at(place)?;
        let event = event::Ready::of(command::CLUSTER_DEL_NTF, port, cluster, reason::REQUEST);
        registry.remove(place, token)?;
        if let Some(event) = event {
            event.send();
        }
        Ok(())
    }
}
