// SPDX-License-Identifier: GPL-2.0-only

//! Actions of a node: after each input it looks at all of its rights anew.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::{Body, Buckets, Clients, Command, Node, NodeId, Output, Planner, Release, Time};

impl<P: Planner> Node<P> {
    /// Brings lease, rights and kernel to where they should be, as far as it may be done now.
    ///
    /// Out of a quorate view nothing is done: the lease ends by itself.
    pub(super) fn act(&mut self, now: Time) {
        let quorate = self
            .round
            .as_ref()
            .is_some_and(|round| round.view.is_quorate());
        if self.knowledge().is_none() || !(quorate || self.has(Fault::MinorityActs)) {
            return;
        }
        if let Some(granted) = self.granted() {
            // Claims that expired are none any more (`handle`), so this brings none back.
            self.claims.extend(granted.plus(self.setup.timing.lease()));
            self.ripen(now, granted);
        }
        self.forget_who_is_gone(now);
        self.give_away(now);
        if !self.kernel.is_busy(now) {
            self.instruct(now);
        }
    }

    /// Turns cold rights to claims when a quorum's evidence is young enough.
    fn ripen(&mut self, now: Time, granted: Time) {
        let ripe_at = self.claims.ripe_at();
        let young = if self.has(Fault::TakesOnOldEvidence) {
            now >= ripe_at
        } else {
            granted >= ripe_at
        };
        if young && self.claims.are_alive(now) {
            let cold = self.claims.cold().iter();
            let mine = cold.filter(|bucket| self.target(*bucket) == Some(self.setup.me));
            let mine = Buckets::of(self.setup.k, mine);
            self.claims.ripen(&mine);
        }
    }

    /// Gives buckets to whom they are to go, once the kernel has let go of them. One that does not answer has when its lease
    /// is over.
    fn give_away(&mut self, now: Time) {
        let until = if self.has(Fault::ForgetsCommand) {
            self.kernel.lease_until()
        } else {
            self.kernel.accepts_until()
        };
        let is_over = until.plus(self.setup.timing.slack()) <= now;
        if is_over {
            self.note_expiry(now);
        }
        let early = is_over || self.has(Fault::ReleasesEarly);
        for cold in [false, true] {
            let held = if cold {
                self.claims.cold()
            } else {
                self.claims.warm()
            };
            let mut to: BTreeMap<NodeId, Buckets> = BTreeMap::new();
            for bucket in held.iter().filter(|b| early || !self.kernel.may_own(*b)) {
                if let Some(target) = self.wanted_elsewhere(bucket) {
                    to.entry(target)
                        .or_insert_with(|| self.none())
                        .insert(bucket);
                }
            }
            if to.is_empty() {
                continue;
            }
            let mut given = self.none();
            to.values().for_each(|buckets| given.add(buckets));
            self.claims.give_up(&given);
            let sticking = self.sticking_in(&given);
            let to = to.into_iter().collect();
            self.send(Body::Release(Release { to, cold, sticking }));
            // They are taken to drain here otherwise.
            if is_over && !self.setup.drains_at_expiry {
                self.send(Body::Report(self.kernel.report(now)));
            }
        }
    }

    /// The kernel's lease is over, whether it reports so or not: it serves nothing new, and the connections that it has only if
    /// it is one that drains then.
    fn note_expiry(&mut self, now: Time) {
        let held = self.kernel.owned().but(self.kernel.draining());
        if self.kernel.has_command() && !held.is_empty() {
            let drains = match self.setup.drains_at_expiry {
                true => held,
                false => self.none(),
            };
            self.kernel.expired(&drains, now);
        }
    }

    /// Gives the kernel its next command, if it needs one.
    fn instruct(&mut self, now: Time) {
        let mut owned = self.staying(self.claims.warm());
        if self.has(Fault::AdoptsUnreleased) {
            let all = 0..self.setup.k;
            let mine = all.filter(|bucket| self.target(*bucket) == Some(self.setup.me));
            owned.add(&Buckets::of(self.setup.k, mine));
        }
        // A bucket that is to go, and that the kernel has not got, is not given to it any more.
        let alone = self.known_to_kernel_only(now).and(self.kernel.owned());
        owned.add(&alone.and(self.claims.warm()));
        let lease_until = self.claims.until().minus(self.setup.timing.slack());
        let gains = !owned.within(self.kernel.owned());
        let expired = self.kernel.has_expired(now);
        let lost = self.kernel.owned().but(&owned);
        let left = self.left_in(&owned, now);
        let mut sticking = self.sticking().of(&self.kernel.draining().but(&owned));
        sticking = sticking.but(&self.leaving);
        sticking.add(&left);
        let other = owned != *self.kernel.owned()
            || (expired && !owned.is_empty())
            || (!expired && sticking != self.kernel.list());
        let harmless = owned.is_empty() || !(gains || expired);
        let command = if other && (now < lease_until || harmless) {
            // The end of a lease has made a generation of its own, where there was something to give up.
            let ended = u64::from(expired && !self.kernel.owned().is_empty());
            let kernels = self.kernel.generation().saturating_add(ended);
            self.generation = self.generation.max(kernels).saturating_add(1);
            Some(Command::SetTable {
                generation: self.generation,
                cold: owned
                    .but(&self.drained_elsewhere())
                    .but(self.kernel.adopting())
                    .but(&left.buckets(self.setup.k)),
                stick: match self.setup.sticks && !expired {
                    true => (lost.clone(), self.left_in(&lost, now)),
                    false => (self.none(), Clients::default()),
                },
                owned,
                lease_until,
                sticking,
            })
        } else if !expired && self.serves(&owned) && self.kernel.lease_until() < lease_until {
            Some(Command::Renew { lease_until })
        } else {
            self.settled(now).map(|buckets| Command::Settle { buckets })
        };
        if let Some(command) = command {
            let command = self.kernel.command(command);
            self.out.push(Output::Kernel(command));
        }
    }

    /// Adopted buckets whose former owners have nothing left: they report so, or their lease is over.
    fn settled(&self, now: Time) -> Option<Buckets> {
        let clear = self
            .round
            .as_ref()
            .is_some_and(|round| round.clear_at <= now);
        let adopting = self.kernel.adopting();
        let settled = adopting
            .but(&self.drained_elsewhere())
            .but(&self.left_in(adopting, now).buckets(self.setup.k));
        (clear && !settled.is_empty()).then_some(settled)
    }

    /// Whether the kernel has something to serve under its lease: new connections, or those that it drains.
    fn serves(&self, owned: &Buckets) -> bool {
        !owned.is_empty() || !self.kernel.draining().is_empty()
    }

    fn drained_elsewhere(&self) -> Buckets {
        self.knowledge().map_or_else(
            || self.none(),
            |knowledge| knowledge.drained_beside(self.setup.me),
        )
    }

    fn none(&self) -> Buckets {
        Buckets::none(self.setup.k)
    }

    fn target(&self, bucket: u32) -> Option<NodeId> {
        self.knowledge()?.target(bucket)
    }

    /// Where a bucket is wanted, if that is at another node.
    fn wanted_elsewhere(&self, bucket: u32) -> Option<NodeId> {
        self.target(bucket).filter(|node| *node != self.setup.me)
    }

    /// Those of `buckets` that are not wanted elsewhere.
    fn staying(&self, buckets: &Buckets) -> Buckets {
        let staying = buckets.iter();
        let staying = staying.filter(|bucket| self.wanted_elsewhere(*bucket).is_none());
        Buckets::of(self.setup.k, staying)
    }
}
