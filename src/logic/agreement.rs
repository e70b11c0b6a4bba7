// SPDX-License-Identifier: GPL-2.0-only

//! Agreement of nodes: in what another node differs from this one, and whether that lasts.

use core::sync::atomic::{
    AtomicU32,
    Ordering::Relaxed, //
};

use super::{
    announcement::{
        fields::seed_digest,
        Hello, //
    },
    config::Config,
    distribution::Hash,
    mac::Mac,
    vips::Vips,
    wire::Difference, //
};

/// A set of differences.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Differences(pub u32);

impl Differences {
    /// Those with which no two nodes serve one cluster.
    const SERIOUS: Self = Self::NONE
        .with(Difference::Buckets)
        .with(Difference::Nodes)
        .with(Difference::Function)
        .with(Difference::Hash)
        .with(Difference::HashSeed)
        .with(Difference::Vip)
        .with(Difference::Key);

    /// None.
    pub const NONE: Self = Self(0);

    /// These and another one.
    pub const fn with(self, one: Difference) -> Self {
        Self(self.0 | (1 << one.number()))
    }

    /// These and another one, if there is that.
    pub const fn with_if(self, one: Difference, is_there: bool) -> Self {
        match is_there {
            true => self.with(one),
            false => self,
        }
    }

    /// These and those.
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether this one is among them.
    pub const fn has(self, one: Difference) -> bool {
        self.0 & (1 << one.number()) != 0
    }

    /// They, one by one.
    pub fn iter(self) -> impl Iterator<Item = Difference> {
        let all = Difference::ALL.iter().copied();
        all.filter(move |one| self.has(*one))
    }

    /// Whether nodes that differ so can serve one cluster.
    pub const fn agrees(self) -> bool {
        self.0 & Self::SERIOUS.0 == 0
    }
}

/// In what the sender of a hello of the cluster with this base MAC differs from a node of `config`. What a hello
/// lacks is taken for the same.
pub fn differences(base: Mac, hello: &Hello<'_>, config: &Config) -> Differences {
    let mode = config.mode.wire();
    let (theirs, ours) = (hello.fields.seed(), seed_digest(config.hash));
    let is_other_seed = theirs.zip(ours).is_some_and(|(their, our)| their != our);
    let is_other_group = |group| group != config.group_mac;
    [
        (
            Difference::Mode,
            hello.fields.mode().is_some_and(|theirs| theirs != mode),
        ),
        (Difference::Mac, base != config.mac),
        (
            Difference::GroupMac,
            hello.fields.group_mac().is_some_and(is_other_group),
        ),
        (Difference::Buckets, hello.buckets != config.buckets),
        (Difference::Nodes, hello.nodes != config.nodes),
        (Difference::Function, hello.function != config.function),
        (
            Difference::Hash,
            hello.siphash != (config.hash != Hash::None),
        ),
        (Difference::HashSeed, is_other_seed),
        (Difference::Vip, !hello.addresses.are(&config.vips)),
        (
            Difference::Key,
            hello.fields.client_key() != Some(config.client_key),
        ),
    ]
    .into_iter()
    .fold(Differences::NONE, |all, (one, is_there)| {
        all.with_if(one, is_there)
    })
}

/// Whether a hello has one of these addresses: so it is of a node of the same cluster, whatever else differs.
pub fn is_of_cluster(hello: &Hello<'_>, vips: &Vips) -> bool {
    hello.addresses.iter().any(|theirs| vips.contains(theirs))
}

/// Differences that have lasted: for three looks, a second apart. They are over when they were gone for as long, since an
/// admin changes one node after the other.
///
/// How many looks in a row saw another state than is shown is counted for each difference: in `once` is the lower bit
/// of that count, in `twice` the upper one.
#[derive(Debug, Default)]
pub struct Steady {
    shown: AtomicU32,
    once: AtomicU32,
    twice: AtomicU32,
}

impl Steady {
    /// None yet.
    pub const fn new() -> Self {
        Self {
            shown: AtomicU32::new(0),
            once: AtomicU32::new(0),
            twice: AtomicU32::new(0),
        }
    }

    /// Those that have lasted.
    pub fn shown(&self) -> Differences {
        Differences(self.shown.load(Relaxed))
    }

    /// There are these now. Whether others have lasted than before. One CPU at a time.
    pub fn look(&self, now: Differences) -> bool {
        let shown = self.shown.load(Relaxed);
        let other = now.0 ^ shown;
        let (once, twice) = (self.once.load(Relaxed), self.twice.load(Relaxed));
        let (first, second) = ((once ^ other) & other, (twice ^ (once & other)) & other);
        let lasted = first & second;
        self.once.store(first & !lasted, Relaxed);
        self.twice.store(second & !lasted, Relaxed);
        self.shown.store(shown ^ lasted, Relaxed);
        lasted != 0
    }
}

#[cfg(test)]
#[path = "tests/agreement.rs"]
mod tests;
