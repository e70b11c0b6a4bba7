// SPDX-License-Identifier: GPL-2.0-only

//! Bucket states of one table, as packets read them.
//!
//! It is written before packets meet it, and afterwards only transitions end in it. Under a lease a packet that asks
//! for something new is judged by the lease's end, exactly (`in_force`). Whoever finds it past, a packet
//! or the timer, gives all buckets away in place, for those packets that look at no clock; that needs
//! no memory, no lock and no wait.

use core::{
    net::IpAddr,
    sync::atomic::{
        AtomicBool,
        AtomicU32,
        Ordering::Relaxed, //
    }, //
};

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KVVec, //
    },
    error::Result,
    sync::Arc, //
};

use super::{
    lease::Lease,
    orphans::Orphans,
    sessions::Sessions, //
};
use crate::{
    abstractions::{
        delayed_work::DelayedWork,
        hrtimer::OneShotCallback,
        vec, //
    },
    logic::{
        lease,
        moving::Moving,
        states::{
            self,
            Cell,
            State,
            States, //
        },
        stick, //
    }, //
};

/// The buckets of a cluster by one table.
pub(crate) struct Buckets {
    states: Arc<KVVec<Cell>>,
    /// How long the node may serve by it; none: always.
    lease: Option<Arc<Lease>>,
    /// Whether connections stay when the lease runs out.
    keep: bool,
    /// What is left to be done in process context when it has run out.
    work: &'static DelayedWork,
    /// Whether all were given away, as the lease has run out.
    is_given_up: AtomicBool,
    /// Connections in draining buckets, when they were counted last.
    connections: AtomicU32,
    /// Connections in each bucket.
    pub(crate) sessions: Arc<Sessions>,
    /// Clients that stick to the node that drains their bucket.
    sticking: KVVec<u64>,
    /// Where buckets were taken cold.
    orphans: Option<Arc<Orphans>>,
}

impl Buckets {
    /// `k` buckets, of which the node has those of the bitmap `owned`, with those that move and the clients that stick:
    /// while the lease runs, if there is one; then connections stay, or not, and the work is scheduled.
    pub(crate) fn new(
        k: u32,
        (owned, moving, sticking): (&[u8], &[Moving], KVVec<u64>),
        (lease, keep, work): (Option<Arc<Lease>>, bool, &'static DelayedWork),
        sessions: Arc<Sessions>,
        orphans: Option<Arc<Orphans>>,
    ) -> Result<Arc<Self>> {
        let cells = vec::filled(k as usize, Cell::new)?;
        let moving = moving.iter().map(|moving| (moving.bucket, moving.is_cold));
        states::fill(&cells, owned, moving, lease.is_some());
        let is_over = lease.as_ref().is_some_and(|lease| lease.is_over());
        if is_over {
            states::give_up(&cells, keep);
        }
        let buckets = Self {
            states: Arc::new(cells, GFP_KERNEL_ACCOUNT)?,
            lease,
            keep,
            work,
            is_given_up: AtomicBool::new(is_over),
            connections: AtomicU32::new(0),
            sessions,
            sticking,
            orphans,
        };
        Ok(Arc::new(buckets, GFP_KERNEL_ACCOUNT)?)
    }

    /// What the node does with each.
    pub(crate) fn states(&self) -> Arc<KVVec<Cell>> {
        self.states.clone()
    }

    /// What is kept for buckets that were taken cold, if there are any.
    pub(crate) fn orphans(&self) -> Option<&Arc<Orphans>> {
        self.orphans.as_ref()
    }

    /// The lease, if there is one.
    pub(crate) fn shared_lease(&self) -> Option<&Arc<Lease>> {
        self.lease.as_ref()
    }

    /// What the lease is, for those who look at it.
    pub(crate) fn lease(&self) -> lease::Lease {
        self.shared_lease()
            .map_or(lease::Lease::None, |lease| lease.status())
    }

    /// Whether there is a lease and it has run out, by an exact clock. Any context.
    #[inline]
    pub(crate) fn has_expired(&self) -> bool {
        match &self.lease {
            Some(lease) if lease.is_over() => {
                self.give_up();
                true
            }
            _ => false,
        }
    }

    /// What the node does with bucket `m` at this moment, where a lease is looked at: never `Leased`.
    pub(crate) fn in_force(&self, m: u32) -> State {
        let state = self.states.state(m);
        match state {
            State::Owned | State::Other => state,
            // The end changes nothing for it.
            State::Draining if self.keep => state,
            State::Leased | State::Adopting | State::Cold | State::Draining => {
                match self.has_expired() {
                    true => state.given_up(self.keep),
                    false => state.in_force(),
                }
            }
        }
    }

    /// Clients that stick, in rising order.
    pub(crate) fn sticking(&self) -> &[u64] {
        &self.sticking
    }

    /// Whether a client of bucket `m` sticks to the node that drains it.
    pub(crate) fn sticks(&self, m: u32, client: IpAddr) -> bool {
        !self.sticking.is_empty() && stick::has(&self.sticking, stick::number(m, client))
    }

    /// Gives all away, once; the rest is done in process context.
    #[cold]
    fn give_up(&self) {
        if self.is_given_up.load(Relaxed) || self.is_given_up.swap(true, Relaxed) {
            return;
        }
        states::give_up(&self.states, self.keep);
        self.work.schedule(0);
    }

    /// Ends the transitions of buckets that are not among `moving`, where `owned` is the bitmap. None
    /// is opened for anything new that was not, and none that was given away meanwhile.
    pub(crate) fn end_transitions(&self, owned: &[u8], moving: &[Moving]) {
        let moving = moving.iter().map(|moving| moving.bucket);
        states::end_transitions(&self.states, owned, moving, self.lease.is_some());
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

impl OneShotCallback for Buckets {
    fn fired(&self) -> Option<u64> {
        let ends = self.lease.as_ref()?.ends();
        if ends.is_none() {
            self.give_up();
        }
        ends
    }
}

impl States for Buckets {
    #[inline(always)]
    fn state(&self, m: u32) -> State {
        self.states.state(m)
    }
}
