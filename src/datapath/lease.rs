// SPDX-License-Identifier: GPL-2.0-only

//! Lease: until when a node may serve by one table, or by several that came one after the other.
//!
//! All of them point to it, so that whichever a packet meets knows the same end. One that is replaced
//! by another lease keeps its end for the packets that still meet its table, and is renewed no more.

use core::sync::atomic::{
    AtomicBool,
    Ordering::SeqCst, //
};

use kernel::{
    alloc::flags::GFP_KERNEL_ACCOUNT,
    error::Result,
    sync::Arc, //
};

use crate::{
    abstractions::clock::now,
    logic::{
        lease::{
            self,
            Term, //
        },
        lease_end::LeaseEnd,
        name::Name,
        refusal::Refusal, //
    }, //
};

/// A lease.
pub(crate) struct Lease {
    name: Name,
    end: LeaseEnd,
    is_replaced: AtomicBool,
}

impl Lease {
    /// The one of the cluster of this name, if there shall be one.
    pub(crate) fn new(name: Name, term: Term) -> Result<Option<Arc<Self>>> {
        let end = match term {
            Term::Always => return Ok(None),
            Term::Until(until) => LeaseEnd::new(until, now()),
            Term::Over => LeaseEnd::over(),
        };
        let lease = Self {
            name,
            end,
            is_replaced: AtomicBool::new(false),
        };
        Ok(Some(Arc::new(lease, GFP_KERNEL_ACCOUNT)?))
    }

    /// Whether it has run out, by an exact clock. Any context; waits for nobody.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_over(now())
    }

    /// When it does, by the clock that goes on while the machine sleeps, if it has not.
    pub(crate) fn ends(&self) -> Option<u64> {
        self.end.ends(now())
    }

    /// It has run out from here on.
    pub(crate) fn end(&self) {
        self.end.end_now();
    }

    /// For those who look at it.
    pub(crate) fn status(&self) -> lease::Lease {
        let now = now();
        match (self.end.is_over(now), self.end.until()) {
            (false, Some(until)) => lease::Lease::running(until, now.boot),
            _ => lease::Lease::Expired,
        }
    }

    /// Whether it is the cluster's of this name, and may be renewed.
    pub(crate) fn is_of(&self, name: &Name) -> bool {
        self.name == *name && !self.is_replaced.load(SeqCst)
    }

    /// Another one is about to take its place, or there will be none: it is not renewed any more.
    pub(crate) fn replace(&self) {
        self.is_replaced.store(true, SeqCst);
    }

    /// Lets it run until then, if that is longer. Any context; takes no lock.
    pub(crate) fn renew(&self, until: u64) -> Result<(), Refusal> {
        let is_renewed = self.end.renew(until, now());
        match (is_renewed, self.is_replaced.load(SeqCst)) {
            // What was renewed may have been the former lease.
            (_, true) => Err(Refusal::LeaseUnused),
            (false, false) => Err(Refusal::LeaseExpired),
            (true, false) => Ok(()),
        }
    }
}
