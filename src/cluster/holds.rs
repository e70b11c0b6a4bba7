// SPDX-License-Identifier: GPL-2.0-only

//! Bounded holds of the RTNL by delayed work, since all configuration of networks waits for it: a bounded
//! number of clusters at a time. What it came to is in debugfs, `ssi_filter/holds`.

use core::sync::atomic::{
    AtomicU64,
    Ordering::Relaxed, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KVec, //
    },
    debugfs,
    error::Result,
    fmt,
    prelude::*, //
};

use super::registry::{
    index,
    visit::Seen,
    ClusterIndex,
    Registry,
    REGISTRY, //
};
use crate::abstractions::{
    clock::boottime,
    delayed_work,
    ehash::Piece,
    rtnl::{
        Rtnl,
        RtnlToken, //
    },
    vec, //
};

/// Most clusters that one hold looks at.
const CLUSTERS: usize = 32;

/// What all holds and walks were so far.
static FIGURES: Figures = Figures::new();

/// The most, in all pieces or holds, of each.
struct Figures {
    holds: AtomicU64,
    clusters: AtomicU64,
    nanoseconds: AtomicU64,
    walks: AtomicU64,
    chains: AtomicU64,
    sockets: AtomicU64,
    walk_nanoseconds: AtomicU64,
}

impl Figures {
    const fn new() -> Self {
        Self {
            holds: AtomicU64::new(0),
            clusters: AtomicU64::new(0),
            nanoseconds: AtomicU64::new(0),
            walks: AtomicU64::new(0),
            chains: AtomicU64::new(0),
            sockets: AtomicU64::new(0),
            walk_nanoseconds: AtomicU64::new(0),
        }
    }
}

/// Holds the RTNL for `look`, which returns how many clusters it has looked at.
pub(super) fn hold<R>(look: impl FnOnce(&mut Registry, RtnlToken<'_>) -> (usize, R)) -> R {
    let mut rtnl = Rtnl::lock();
    let begun = boottime();
    let (registry, token) = REGISTRY.get(&mut rtnl);
    let (looked, result) = look(registry, token);
    let took = boottime().saturating_sub(begun);
    drop(rtnl);
    FIGURES.holds.fetch_add(1, Relaxed);
    FIGURES.clusters.fetch_max(looked as u64, Relaxed);
    FIGURES.nanoseconds.fetch_max(took, Relaxed);
    // Whoever waits for it has it first.
    delayed_work::resched();
    result
}

/// All clusters that have something in transition, or whose lease has expired and which still have the
/// table of before, and whether none was overlooked, as clusters came and went meanwhile.
pub(super) fn gather(
    is_wanted: impl Fn(&Seen, RtnlToken<'_>) -> bool,
) -> Result<(KVec<Seen>, bool)> {
    let mut all = KVec::new();
    let (mut version, mut is_whole) = (None, true);
    let mut next = Some(ClusterIndex::FIRST);
    while let Some(from) = next {
        vec::make_room(&mut all, CLUSTERS)?;
        let (now, after) = hold(|registry, token| {
            let (looked, after) = registry.visit(from, CLUSTERS, |seen| {
                let cluster = &seen.cluster;
                let is_due = !cluster.moving.is_empty() || cluster.is_to_expire();
                if is_due && is_wanted(&seen, token) {
                    // There is room for as many as are looked at.
                    let _ = vec::push(&mut all, seen);
                }
            });
            (looked, (index::version(), after))
        });
        is_whole &= version.is_none_or(|before| before == now);
        version = Some(now);
        next = after;
    }
    Ok((all, is_whole))
}

/// A piece of a walk is done, for which nothing was held.
pub(super) fn note_piece(piece: &Piece) {
    FIGURES.chains.fetch_max(piece.chains.into(), Relaxed);
    FIGURES.sockets.fetch_max(piece.sockets.into(), Relaxed);
}

/// A walk is done.
pub(super) fn note_walk(nanoseconds: u64) {
    FIGURES.walks.fetch_add(1, Relaxed);
    FIGURES.walk_nanoseconds.fetch_max(nanoseconds, Relaxed);
}

/// The figures, to be shown.
struct Shown;

impl debugfs::Writer for Shown {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [
            ("holds", &FIGURES.holds),
            ("clusters-max", &FIGURES.clusters),
            ("nanoseconds-max", &FIGURES.nanoseconds),
            ("walks", &FIGURES.walks),
            ("chains-max", &FIGURES.chains),
            ("sockets-max", &FIGURES.sockets),
            ("walk-nanoseconds-max", &FIGURES.walk_nanoseconds),
        ];
        for (name, figure) in rows {
            writeln!(f, "{name} {}", figure.load(Relaxed))?;
        }
        Ok(())
    }
}

/// The file that shows them, until this is dropped.
pub(crate) struct File {
    _file: Pin<KBox<debugfs::File<Shown>>>,
}

impl File {
    /// Makes it; without debugfs there is none.
    pub(crate) fn new() -> Result<Self> {
        let folder = debugfs::Dir::new(c"ssi_filter");
        let file = folder.read_only_file(c"holds", Shown);
        Ok(Self {
            _file: KBox::pin_init(file, GFP_KERNEL_ACCOUNT)?,
        })
    }
}
