// SPDX-License-Identifier: GPL-2.0-only

//! `cluster-set`.

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
    logic::{
        config::Table,
        refusal::Refusal,
        wire::{
            command,
            reason, //
        }, //
    }, //
};

/// Changes a cluster.
pub(super) struct ClusterSet;

impl Do for ClusterSet {
    fn run(request: &Request<'_>) -> Result<(), Failure> {
        let given = Given::read(request.attributes())?;
        if given.is_empty() {
            return Err(Refusal::NothingToSet.into());
        }
        let mut rtnl = Rtnl::lock();
        let (registry, _held) = REGISTRY.get(&mut rtnl);
        let place = registry.find(request.net(), &given.name)?;
        let (_, cluster) = registry.at(place)?;
        if given
            .generation
            .is_some_and(|meant| meant != cluster.generation)
        {
            return Err(Refusal::GenerationStale.into());
        }
        let (config, table) = cluster.config.change(&given.proposal())?;
        let moved = config.hash != cluster.config.hash || table != Table::Keep;
        let generation = cluster.generation + u64::from(moved);
        let changed = cluster.changed(&config, table, generation)?;
        registry.replace(request.net(), place, changed)?;

        let (port, cluster) = registry.at(place)?;
        event::tell(command::CLUSTER_SET_NTF, port, cluster, reason::REQUEST);
        Ok(())
    }
}
