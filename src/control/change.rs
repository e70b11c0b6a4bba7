// SPDX-License-Identifier: GPL-2.0-only

//! A change of a cluster, whoever asks for it and by which way.

use super::{
    event,
    REGISTRY, //
};
use crate::{
    facility::{
        device::Net,
        genl::Failure,
        rtnl::Rtnl, //
    },
    logic::{
        config::{
            Proposal,
            Table, //
        },
        name::Name,
        refusal::Refusal,
        wire::{
            command,
            reason, //
        }, //
    }, //
};

/// Which generation of the bucket table a change is for, or makes.
#[derive(Clone, Copy)]
pub(crate) enum Generation {
    /// The next one, if the table changes, whatever is in force.
    Next,
    /// The same, but only if this one is in force.
    After(u64),
    /// This one, which has to be greater than the one in force.
    Exactly(u64),
}

/// Changes the cluster of this name in `net`, or nothing, and tells who listens.
pub(crate) fn apply(
    rtnl: &mut Rtnl,
    net: Net,
    name: &Name,
    generation: Generation,
    proposal: &Proposal<'_>,
) -> Result<(), Failure> {
    let (registry, _held) = REGISTRY.get(rtnl);
    let place = registry.find(net, name)?;
    let (_, cluster) = registry.at(place)?;
    match generation {
        Generation::After(meant) if meant != cluster.generation => {
            return Err(Refusal::GenerationStale.into());
        }
        Generation::Exactly(new) if new <= cluster.generation => {
            return Err(Refusal::GenerationOld.into());
        }
        _ => {}
    }
    let (config, table) = cluster.config.change(proposal)?;
    let moved = config.hash != cluster.config.hash || table != Table::Keep;
    let generation = match generation {
        Generation::Exactly(new) => new,
        _ => cluster.generation + u64::from(moved),
    };
    let changed = cluster.changed(&config, table, generation)?;
    registry.replace(net, place, changed)?;

    let (port, cluster) = registry.at(place)?;
    event::tell(command::CLUSTER_SET_NTF, port, cluster, reason::REQUEST);
    Ok(())
}
