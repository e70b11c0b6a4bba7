// SPDX-License-Identifier: GPL-2.0-only

//! What this node does with each bucket, as packets meet it, and how long it may: the lease.
//!
//! The buckets' states are written in place, so that the lease's end, in a hard interrupt, needs
//! no memory, no lock and no wait. Whoever writes a table looks afterwards whether the lease has run
//! out meanwhile.

use core::sync::atomic::{
    fence,
    AtomicBool,
    AtomicU32,
    AtomicU64,
    Ordering::{
        Relaxed,
        SeqCst, //
    }, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KVVec, //
    },
    error::Result,
    prelude::*,
    sync::Arc, //
};

use crate::{
    control::caretaker::CARETAKER,
    facility::{
        alarm::{
            now,
            Due, //
        },
        vec, //
    },
    logic::{
        lease::{
            Lease,
            Term, //
        },
        moving::Moving,
        name::Name,
        refusal::Refusal,
        states::{
            self,
            Cell,
            State,
            States, //
        }, //
    },
    sessions::Sessions, //
};

/// Without a lease the node serves always.
const NONE: u64 = 0;
/// The lease has run out.
const LAPSED: u64 = u64::MAX;
/// The table is no longer in use.
const GONE: u64 = u64::MAX - 1;

/// The buckets of a cluster.
pub(crate) struct Buckets {
    name: Name,
    states: Arc<KVVec<Cell>>,
    /// Until when the node may serve, or one of the three above.
    until: AtomicU64,
    /// Whether connections stay when the lease runs out.
    keep: AtomicBool,
    /// Connections in draining buckets, when they were counted last.
    connections: AtomicU32,
    /// Connections in each bucket.
    pub(crate) sessions: Sessions,
}

impl Buckets {
    /// None of `k` is owned, and there is no lease.
    pub(crate) fn new(name: Name, k: u32) -> Result<Arc<Self>> {
        let states = vec::filled(k as usize, Cell::new)?;
        let buckets = Self {
            name,
            states: Arc::new(states, GFP_KERNEL_ACCOUNT)?,
            until: AtomicU64::new(NONE),
            keep: AtomicBool::new(true),
            connections: AtomicU32::new(0),
            sessions: Sessions::new(k)?,
        };
        Ok(Arc::new(buckets, GFP_KERNEL_ACCOUNT)?)
    }

    /// What the node does with each.
    pub(crate) fn states(&self) -> Arc<KVVec<Cell>> {
        self.states.clone()
    }

    /// Writes a table. Packets meet it from here on; those under way may have met the one before.
    pub(crate) fn write(&self, owned: &[u8], moving: &[Moving], keep: bool) {
        self.keep.store(keep, Relaxed);
        states::fill(
            &self.states,
            owned,
            moving.iter().map(|moving| moving.bucket),
        );
        // Either this sees that the lease has run out, or its end sees this table.
        fence(SeqCst);
        if self.has_lapsed() {
            self.give_up();
        }
    }

    fn give_up(&self) {
        states::give_up(&self.states, self.keep.load(Relaxed));
    }

    /// Whether the lease has run out.
    pub(crate) fn has_lapsed(&self) -> bool {
        self.until.load(SeqCst) == LAPSED
    }

    /// Whether there is or was a lease.
    pub(crate) fn is_leased(&self) -> bool {
        self.until.load(SeqCst) != NONE
    }

    /// Whether it is the table of the cluster of this name, and in use.
    pub(crate) fn is_of(&self, name: &Name) -> bool {
        self.name == *name && self.until.load(SeqCst) != GONE
    }

    /// The lease.
    pub(crate) fn lease(&self) -> Lease {
        match self.until.load(SeqCst) {
            NONE => Lease::None,
            LAPSED | GONE => Lease::Lapsed,
            until => Lease::running(until, now()),
        }
    }

    /// Nanoseconds that the lease has yet to run, if there is one.
    pub(crate) fn left(&self) -> Option<u64> {
        match self.until.load(SeqCst) {
            NONE | LAPSED | GONE => None,
            until => Some(until.saturating_sub(now())),
        }
    }

    /// Begins another lease. To be called while no alarm is set.
    pub(crate) fn set_lease(&self, term: Term) {
        let until = match term {
            Term::Always => NONE,
            Term::Until(until) => until,
            Term::Over => LAPSED,
        };
        self.until.store(until, SeqCst);
    }

    /// This table is in the place of `old`, and has its lease. `old` is not in use any more.
    pub(crate) fn succeed(&self, old: &Self) {
        let until = old.until.swap(GONE, SeqCst);
        self.until.store(until, SeqCst);
        if until == LAPSED {
            self.give_up();
        }
    }

    /// The table is not in use any more.
    pub(crate) fn close(&self) {
        self.until.store(GONE, SeqCst);
    }

    /// Lets the lease run until then, if that is longer. Any context; takes no lock.
    pub(crate) fn renew(&self, until: u64) -> Result<(), Refusal> {
        let longer = |now| match now {
            NONE | LAPSED | GONE => None,
            now => Some(until.max(now)),
        };
        match self.until.fetch_update(SeqCst, SeqCst, longer) {
            Ok(_) => Ok(()),
            Err(LAPSED) => Err(Refusal::Lapsed),
            Err(_) => Err(Refusal::LeaseUnused),
        }
    }

    /// Connections in draining buckets, when they were counted last.
    pub(crate) fn connections(&self) -> u32 {
        self.connections.load(Relaxed)
    }

    /// They were counted.
    pub(crate) fn set_connections(&self, connections: u32) {
        self.connections.store(connections, Relaxed);
    }
}

impl Due for Buckets {
    fn due(&self) -> Option<u64> {
        let until = self.until.load(SeqCst);
        if matches!(until, NONE | LAPSED | GONE) {
            return None;
        }
        let left = until.saturating_sub(now());
        if left > 0 {
            return Some(left);
        }
        // Whoever renews it at this moment either comes first, or not at all.
        let lapsed = self.until.compare_exchange(until, LAPSED, SeqCst, SeqCst);
        if lapsed.is_err() {
            return self.left();
        }
        self.give_up();
        let name = self.name.as_str();
        pr_warn!(
            "{name}: the lease has run out, nothing new is served until there is a new table\n"
        );
        CARETAKER.soon(0);
        None
    }
}

impl States for Buckets {
    #[inline(always)]
    fn state(&self, m: u32) -> State {
        self.states.state(m)
    }
}
