// SPDX-License-Identifier: GPL-2.0-only

//! Claims: the buckets that this node alone may serve.

use crate::{Buckets, Time};

/// A node's right to buckets in the current view. For each bucket one member has it.
///
/// A *claim* is a right that counts now: no other node accepts for the bucket until the lease that
/// it rests on is over. A *cold* right does not count yet: first it has to be sure that nobody else
/// accepts any more.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Claims {
    warm: Buckets,
    cold: Buckets,
    /// When the lease ends. No claim outlives it.
    until: Time,
    /// A cold right becomes a claim by a quorum's evidence of a beat that was sent then or later.
    ripe_at: Time,
}

impl Claims {
    /// Claims to `held` until `until`, as the kernel was found with.
    pub fn found(held: Buckets, until: Time) -> Self {
        Self {
            cold: Buckets::none(held.k()),
            warm: held,
            until,
            ripe_at: Time(0),
        }
    }

    /// The claims.
    pub fn warm(&self) -> &Buckets {
        &self.warm
    }

    /// Rights that are no claims.
    pub fn cold(&self) -> &Buckets {
        &self.cold
    }

    /// When the lease ends.
    pub fn until(&self) -> Time {
        self.until
    }

    /// When the quorum has to have been there for cold rights.
    pub fn ripe_at(&self) -> Time {
        self.ripe_at
    }

    /// Whether there is a lease.
    pub fn are_alive(&self, now: Time) -> bool {
        now < self.until
    }

    /// Ends what the lease's end ends.
    pub fn expire(&mut self, now: Time) {
        if !self.are_alive(now) && !self.warm.is_empty() {
            self.cold.add(&self.warm);
            self.warm = Buckets::none(self.warm.k());
            self.ripe_at = self.ripe_at.max(now);
        }
    }

    /// The node goes on to another view: claims come along, mere rights do not.
    pub fn carry_over(&mut self) {
        self.cold = Buckets::none(self.cold.k());
        self.ripe_at = Time(0);
    }

    /// The lease ends at `until`, if that is later.
    pub fn extend(&mut self, until: Time) {
        self.until = self.until.max(until);
    }

    /// No right that is cold ripens before that.
    pub fn wait(&mut self, ripe_at: Time) {
        if !self.cold.is_empty() {
            self.ripe_at = self.ripe_at.max(ripe_at);
        }
    }

    /// A right that counts once a quorum's evidence from `ripe_at` or later is there.
    pub fn give_cold(&mut self, buckets: &Buckets, ripe_at: Time) {
        if !buckets.is_empty() {
            self.cold.add(buckets);
            self.ripe_at = self.ripe_at.max(ripe_at);
        }
    }

    /// A right that was another node's claim until now.
    pub fn give_warm(&mut self, buckets: &Buckets, now: Time) {
        self.warm.add(buckets);
        self.expire(now);
    }

    /// Nobody else accepts for these any more: rights become claims.
    pub fn ripen(&mut self, buckets: &Buckets) {
        let ripe = buckets.and(&self.cold);
        self.cold.take(&ripe);
        self.warm.add(&ripe);
    }

    /// These are another's now.
    pub fn give_up(&mut self, buckets: &Buckets) {
        self.warm.take(buckets);
        self.cold.take(buckets);
    }
}
