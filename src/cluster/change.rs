// SPDX-License-Identifier: GPL-2.0-only

//! A change of a cluster, whoever asks for it and by which way.

use kernel::{
    error::code::EAGAIN,
    sync::{
        Arc,
        UniqueArc, //
    }, //
};

use super::{
    observer,
    ready::Ready,
    registry::{
        index,
        REGISTRY, //
    },
    Cluster, //
};
use crate::{
    abstractions::{
        device::Net,
        genl::Failure,
        rtnl::Rtnl, //
    },
    datapath::counters::OfBuckets,
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
        stick,
        wire::{
            command,
            reason, //
        }, //
    },
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
    /// Another list of clients that stick, as a message has it.
    pub(crate) sticking: Option<&'a [u8]>,
}

impl<'a> Change<'a> {
    /// Of the configuration only.
    pub(crate) fn of(generation: Generation, proposal: Proposal<'a>) -> Self {
        Self {
            generation,
            proposal,
            cold: None,
            lease: None,
            sticking: None,
        }
    }
}

/// How often a change is made ready without the RTNL, where others change the cluster again and again.
const TRIES: u32 = 4;
/// With the RTNL held only a lease that runs out makes it to be made anew: the one before, or the one after.
const TRIES_HELD: u32 = 3;

impl Change<'_> {
    /// This change of `before`, made ready.
    pub(crate) fn ready(&self, before: Arc<Cluster>) -> Result<Option<Ready>, Failure> {
        Ready::new(before, |before, at| self.make(before, at).map(Some))
    }

    fn make(&self, cluster: &Cluster, at: u64) -> Result<UniqueArc<Cluster>, Failure> {
        match self.generation {
            Generation::After(meant) if meant != cluster.generation => {
                return Err(Refusal::GenerationStale.into());
            }
            Generation::Exactly(new) => generation::check(new, cluster.generation)?,
            _ => {}
        }
        let (config, table) = cluster.config.change(&self.proposal)?;
        let cold = self.cold.unwrap_or(&[]);
        if self.cold.is_some() && !owned::is_whole(cold, config.buckets) {
            return Err(Refusal::ColdLength.into());
        }
        let is_list = |list| stick::is_list(list, config.buckets);
        if !self.sticking.is_none_or(is_list) {
            return Err(Refusal::StickingList.into());
        }
        let asked = match (cluster.buckets.has_expired(), &table) {
            (true, Table::ByRank) => return Err(Refusal::LeaseExpired.into()),
            // Whoever gives a table knows what the others have now.
            (true, Table::Given(_)) => Some(self.lease.unwrap_or(Asked::Always)),
            _ => self.lease,
        };
        let moved = !config.same_clients(&cluster.config) || table != Table::Keep;
        let number = match self.generation {
            Generation::Exactly(new) => new,
            _ if moved => generation::next(cluster.generation)?,
            _ => cluster.generation,
        };
        cluster.changed(&config, table, number, (cold, self.sticking), asked, at)
    }
}

/// Changes the cluster of this name in `net`, or nothing, and sends an event.
pub(crate) fn apply(net: Net, name: &Name, change: &Change<'_>) -> Result<(), Failure> {
    make_and_put(net, name, true, |before| change.ready(before))
}

/// Ends transitions of buckets of the bitmap `settled`, where there are any.
pub(crate) fn settle(net: Net, name: &Name, settled: &[u8]) -> Result<(), Failure> {
    let settle = |cluster: &Cluster, _| {
        if !owned::is_whole(settled, cluster.config.buckets) {
            return Err(Refusal::SettledLength.into());
        }
        let left = cluster.moving.iter().copied();
        let left = left.filter(|moving| !owned::owns(settled, moving.bucket));
        Ok(Some(cluster.with_moving(left)?))
    };
    make_and_put(net, name, true, |before| Ready::new(before, settle))
}

/// Gives each bucket of the cluster of this name a counter, where they have none.
pub(crate) fn count_buckets(net: Net, name: &Name) -> Result<(), Failure> {
    let k = index::find(net, name)?.cluster.config.buckets;
    let counters = OfBuckets::new(k, true)?;
    let count = |cluster: &Cluster, _| {
        // Where the number of buckets has changed at this moment, the next who asks gets them.
        if cluster.counters.has_buckets() || cluster.config.buckets != k {
            return Ok(None);
        }
        Ok(Some(cluster.with_counters(counters.clone())?))
    };
    make_and_put(net, name, false, |before| Ready::new(before, count))
}

/// Makes a change ready, if there is to be one, and puts it in force.
fn make_and_put(
    net: Net,
    name: &Name,
    with_event: bool,
    make: impl Fn(Arc<Cluster>) -> Result<Option<Ready>, Failure>,
) -> Result<(), Failure> {
    let mut token = None;
    for tried in 0..TRIES + TRIES_HELD {
        let Some(ready) = make(index::find(net, name)?.cluster)? else {
            return Ok(());
        };
        let mut rtnl = token.take().unwrap_or_else(Rtnl::lock);
        if put(&mut rtnl, net, ready, with_event)? {
            return Ok(());
        }
        token = (tried + 1 >= TRIES).then_some(rtnl);
    }
    Err(EAGAIN.into())
}

/// Puts a change in force, if it is still one of what there is, and sends an event.
pub(crate) fn put(
    rtnl: &mut Rtnl,
    net: Net,
    ready: Ready,
    with_event: bool,
) -> Result<bool, Failure> {
    let (registry, token) = REGISTRY.get(rtnl);
    let Some(place) = ready.put_in_force(net, registry, token)? else {
        return Ok(false);
    };
    let (port, cluster) = registry.at(place)?;
    if with_event {
        let subject = port.subject(cluster);
        observer::notify(command::CLUSTER_SET_NTF, subject, reason::REQUEST);
    }
    cluster.watch();
    Ok(true)
}
