// SPDX-License-Identifier: GPL-2.0-only

//! Delayed work: one walk of the socket table counts the connections of all clusters that drain
//! buckets, and one of connection tracking's those that are translated on their way; it ends the drains of buckets
//! that have none.
//!
//! No lock is held while the table is walked. Namespaces that have a table of their own, which may be
//! as large as their makers like, are another work's, so that nobody else waits for theirs.

use core::net::{
    IpAddr,
    SocketAddr, //
};

use kernel::{
    alloc::{
        KVVec,
        KVec, //
    },
    error::{
        code::ENOMEM,
        Result, //
    }, //
};

use super::{
    holds::{
        self,
        gather,
        hold, //
    }, //
    registry::visit::Seen,
    transition_work,
    work::{
        OWN_WALK,
        PERIOD,
        SHARED_WALK, //
    }, //
};
use crate::{
    abstractions::{
        clock::boottime,
        conntrack,
        delayed_work::{
            self,
            DelayedWork,
            EnabledWork, //
        },
        ehash::{
            self,
            Table, //
        },
        namespace::Reference,
        random,
        vec, //
    },
    logic::{
        distribution::Distribution,
        moving,
        vip_index::{
            self,
            Key,
            Slot, //
        }, //
    },
};

/// Milliseconds from one walk to the next at most, where walks take long.
const PERIOD_MAX: u64 = 8000;
/// A walk may take one part of so many of the time.
const SHARE: u64 = 10;
const MILLISECOND: u64 = 1_000_000;

/// From now on the work may be scheduled.
pub(crate) fn enable() -> [EnabledWork; 2] {
    [SHARED_WALK.enable(walk_shared), OWN_WALK.enable(walk_own)]
}

fn walk_shared() {
    let began = boottime();
    if walk_all(&SHARED_WALK, false, |_| Some(Table::shared())) {
        SHARED_WALK.schedule(rest(began));
    }
}

fn walk_own() {
    let began = boottime();
    let own = |seen: &Seen| reference(seen).map(Table::own);
    if walk_all(&OWN_WALK, true, own) {
        OWN_WALK.schedule(rest(began));
    }
}

/// A reference to a cluster's namespace, if that is there still and not the first one.
fn reference(seen: &Seen) -> Option<Reference> {
    hold(|registry, token| {
        let is_there = registry.again(seen).is_some();
        let reference = is_there.then(|| Reference::new(seen.net(), token));
        (1, reference.flatten())
    })
}

/// Milliseconds until the next walk.
fn rest(began: u64) -> u32 {
    let took = boottime().saturating_sub(began) / MILLISECOND;
    let rest = took.saturating_mul(SHARE).min(PERIOD_MAX);
    u32::try_from(rest).unwrap_or(PERIOD).max(PERIOD)
}

/// Walks the tables of all clusters that drain and whose table is of this kind. Whether one drains
/// still.
fn walk_all(work: &DelayedWork, own: bool, table: impl Fn(&Seen) -> Option<Table>) -> bool {
    let gathered = gather(|seen, token| ehash::is_own(seen.net(), token) == own);
    let Ok((mut all, is_whole)) = gathered else {
        // Without memory it is tried again.
        return true;
    };
    let mut goes_on = !is_whole;
    while let Some(first) = all.iter().find(|seen| is_draining(seen)) {
        if work.is_cancelled() {
            return false;
        }
        let (net, table) = (first.net(), table(first));
        let is_in = |seen: &Seen| !own || seen.net() == net;
        let Ok((those, others)) = divide(all, is_in) else {
            return true;
        };
        all = others;
        goes_on |= match table {
            Some(table) => walk_one(work, &table, those).unwrap_or(true),
            // The namespace is being taken apart, or the cluster has gone.
            None => true,
        };
    }
    goes_on
}

/// Those that drain and are in a table, and those that are not in it.
fn divide(all: KVec<Seen>, is_in: impl Fn(&Seen) -> bool) -> Result<(KVec<Seen>, KVec<Seen>)> {
    let mut those = vec::with_room(all.len())?;
    let mut others = vec::with_room(all.len())?;
    for seen in all {
        // There is room for all of them.
        let _ = match (is_in(&seen), is_draining(&seen)) {
            (true, true) => vec::push(&mut those, seen),
            (true, false) => Ok(()),
            (false, _) => vec::push(&mut others, seen),
        };
    }
    Ok((those, others))
}

fn is_draining(seen: &Seen) -> bool {
    let cluster = &seen.cluster;
    let mut all = cluster.moving.iter();
    all.any(|one| moving::is_draining(one, &cluster.owned))
}

/// Walks one table for the clusters that have their connections in it. Whether one drains still.
fn walk_one(work: &DelayedWork, table: &Table, those: KVec<Seen>) -> Result<bool> {
    let index = Index::new(&those)?;
    for seen in &those {
        seen.cluster.buckets.sessions.begin();
    }
    let began = boottime();
    let mut is_whole = true;
    let mut next = Some(0);
    while let Some(from) = next {
        if work.is_cancelled() || table.is_abandoned() {
            return Ok(false);
        }
        let find = |net, here, there| index.find(net, here, there);
        let piece = table.piece(from, find, |(at, bucket): (u32, u32)| {
            if let Some(seen) = those.get(at as usize) {
                seen.cluster.buckets.sessions.add(bucket);
            }
        });
        holds::note_piece(&piece);
        is_whole &= piece.is_whole;
        next = piece.next;
        delayed_work::resched();
    }
    is_whole &= walk_translated(work, &those, &index);
    holds::note_walk(boottime().saturating_sub(began));
    let mut goes_on = false;
    for seen in those {
        let cluster = &seen.cluster;
        cluster.buckets.sessions.end(began);
        let mut connections = 0u32;
        for one in &cluster.moving {
            if moving::is_draining(one, &cluster.owned) {
                let count = cluster.buckets.sessions.last(one.bucket);
                connections = connections.saturating_add(count.unwrap_or(0));
            }
        }
        cluster.buckets.set_connections(connections);
        let is_over =
            is_whole && matches!(transition_work::end_expired(seen, Some(began)), Ok(true));
        goes_on |= !is_over;
    }
    Ok(goes_on)
}

/// Counts connections that are translated on their way, of which there is no socket in the same namespace. Whether
/// all were met.
fn walk_translated(work: &DelayedWork, those: &[Seen], index: &Index) -> bool {
    let Some(table) = conntrack::Table::new() else {
        return true;
    };
    let mut is_whole = true;
    for seen in those {
        delayed_work::resched();
        let net = seen.net();
        // Each namespace once.
        let first = those.iter().find(|first| first.net() == net);
        if !first.is_some_and(|first| core::ptr::eq(first, seen)) {
            continue;
        }
        if work.is_cancelled() {
            return false;
        }
        let count = |here, there| {
            if let Some((at, bucket)) = index.find(net.number(), here, there) {
                if let Some(seen) = those.get(at as usize) {
                    seen.cluster.buckets.sessions.add(bucket);
                }
            }
        };
        if net.is_first() {
            table.each_of_first(count);
            continue;
        }
        match reference(seen) {
            Some(owner) => table.each(&owner, count),
            None => is_whole = false,
        }
    }
    is_whole
}

/// Which cluster an address is, and which bucket a client is in.
struct Index {
    seed: u64,
    slots: KVVec<Slot>,
    distributions: KVec<Distribution>,
}

impl Index {
    fn new(all: &[Seen]) -> Result<Self> {
        let mut addresses = 0usize;
        let mut distributions = vec::with_room(all.len())?;
        for seen in all {
            addresses = addresses.saturating_add(seen.cluster.config.vips.iter().count());
            let rules = seen.cluster.config.rules();
            let rules = rules.map_err(|_| kernel::error::code::EINVAL)?;
            vec::push(&mut distributions, rules.distribution)?;
        }
        let length = vip_index::slots(addresses).ok_or(ENOMEM)?;
        let mut slots = vec::filled(length, || Slot::FREE)?;
        let seed = random::number();
        for (seen, at) in all.iter().zip(0..u32::MAX) {
            for address in seen.cluster.config.vips.iter() {
                let key = Key::new(seen.net().number(), address);
                vip_index::insert(&mut slots, seed, key, at);
            }
        }
        Ok(Self {
            seed,
            slots,
            distributions,
        })
    }

    /// The cluster's number and the bucket of a connection.
    fn find(&self, net: u64, here: IpAddr, there: SocketAddr) -> Option<(u32, u32)> {
        let at = vip_index::find(&self.slots, self.seed, Key::new(net, here))?;
        let distribution = self.distributions.get(at as usize)?;
        Some((at, distribution.bucket(there)))
    }
}
