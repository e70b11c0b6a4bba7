// SPDX-License-Identifier: GPL-2.0-only

//! A change of a cluster, whoever asks for it and by which way.

use super::{
    caretaker,
    event,
    REGISTRY, //
};
use crate::{
    counters::OfBuckets,
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
        generation,
        lease::Asked,
        name::Name,
        owned,
        refusal::Refusal,
        wire::{
            command,
            reason, //
        }, //
    },
    registry::index, //
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

/// What is to change.
pub(crate) struct Change<'a> {
    /// Which table it is for, or makes.
    pub(crate) generation: Generation,
    /// The configuration.
    pub(crate) proposal: Proposal<'a>,
    /// Buckets whose former node is gone: what it had is not waited for.
    pub(crate) cold: Option<&'a [u8]>,
    /// Another lease, or none any more.
    pub(crate) lease: Option<Asked>,
}

impl<'a> Change<'a> {
    /// Of the configuration only.
    pub(crate) fn of(generation: Generation, proposal: Proposal<'a>) -> Self {
        Self {
            generation,
            proposal,
            cold: None,
            lease: None,
        }
    }
}

/// Changes the cluster of this name in `net`, or nothing, and tells who listens.
pub(crate) fn apply(
    rtnl: &mut Rtnl,
    net: Net,
    name: &Name,
    change: &Change<'_>,
) -> Result<(), Failure> {
    let (registry, held) = REGISTRY.get(rtnl);
    let place = registry.find(net, name)?;
    caretaker::end_lease(registry, net, place, held)?;
    let (_, cluster) = registry.at(place)?;
    match change.generation {
        Generation::After(meant) if meant != cluster.generation => {
            return Err(Refusal::GenerationStale.into());
        }
        Generation::Exactly(new) => generation::check(new, cluster.generation)?,
        _ => {}
    }
    let (config, table) = cluster.config.change(&change.proposal)?;
    let cold = change.cold.unwrap_or(&[]);
    if change.cold.is_some() && !owned::is_whole(cold, config.buckets) {
        return Err(Refusal::ColdLength.into());
    }
    let asked = match (cluster.buckets.has_lapsed(), &table) {
        (true, Table::ByRank) => return Err(Refusal::Lapsed.into()),
        // Whoever gives a table knows what the others have now.
        (true, Table::Given(_)) => Some(change.lease.unwrap_or(Asked::Always)),
        _ => change.lease,
    };
    let moved = config.hash != cluster.config.hash || table != Table::Keep;
    let number = match change.generation {
        Generation::Exactly(new) => new,
        _ if moved => generation::next(cluster.generation)?,
        _ => cluster.generation,
    };
    let changed = cluster.changed(&config, table, number, cold, asked)?;
    registry.replace(net, place, changed, held)?;

    let (port, cluster) = registry.at(place)?;
    event::tell(command::CLUSTER_SET_NTF, port, cluster, reason::REQUEST);
    caretaker::look_after(cluster);
    Ok(())
}

/// Ends transitions of buckets of the bitmap `settled`, where there are any.
pub(super) fn settle(
    rtnl: &mut Rtnl,
    net: Net,
    name: &Name,
    settled: &[u8],
) -> Result<(), Failure> {
    let (registry, held) = REGISTRY.get(rtnl);
    let place = registry.find(net, name)?;
    // What a lease has ended is not to be settled.
    caretaker::end_lease(registry, net, place, held)?;
    let (_, cluster) = registry.at(place)?;
    if !owned::is_whole(settled, cluster.config.buckets) {
        return Err(Refusal::SettledLength.into());
    }
    let left = cluster.moving.iter().copied();
    let left = left.filter(|moving| !owned::owns(settled, moving.bucket));
    let changed = cluster.with_moving(left)?;
    registry.replace(net, place, changed, held)?;
    let (port, cluster) = registry.at(place)?;
    event::tell(command::CLUSTER_SET_NTF, port, cluster, reason::REQUEST);
    Ok(())
}

/// Gives each bucket of the cluster of this name a counter, where they have none.
pub(super) fn count_buckets(net: Net, name: &Name) -> Result<(), Failure> {
    // It may be much memory, and so is made before the RTNL is taken.
    let k = index::find(net, name)?.cluster.config.buckets;
    let counters = OfBuckets::new(k, true)?;
    let mut rtnl = Rtnl::lock();
    let (registry, held) = REGISTRY.get(&mut rtnl);
    let place = registry.find(net, name)?;
    let (_, cluster) = registry.at(place)?;
    // Where the number of buckets has changed at this moment, the next who asks gets them.
    if cluster.counters.has_buckets() || cluster.config.buckets != k {
        return Ok(());
    }
    let changed = cluster.with_counters(counters)?;
    registry.replace(net, place, changed, held)
}
