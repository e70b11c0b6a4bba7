// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-del`.

use super::{
    event,
    proposal::Given,
    REGISTRY, //
};
use crate::{
    facility::{
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
        let given = Given::read(request.attributes())?;
        let mut rtnl = Rtnl::lock();
        let (registry, held) = REGISTRY.get(&mut rtnl);
        let place = registry.find(request.net(), &given.name)?;
        let (port, cluster) = registry.at(place)?;
        let told = event::Ready::of(command::CLUSTER_DEL_NTF, port, cluster, reason::REQUEST);
        registry.remove(place, held)?;
        if let Some(told) = told {
            told.tell();
        }
        Ok(())
    }
}
