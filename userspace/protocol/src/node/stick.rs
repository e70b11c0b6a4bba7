// SPDX-License-Identifier: GPL-2.0-only

//! Clients that stick to a node which drains their buckets (`Documentation/design/0036-stick.md`).
//!
//! Whoever has a bucket knows of all that stick to others in it: it learns it with the bucket, by the release or, if it comes to it
//! cold, by the states. So the kernel that accepts new connections is never without the list of those that another one accepts.

use crate::fault::Fault;
use crate::{Body, Buckets, Clients, Node, NodeId, Planner, Release, Sticking, Time};

impl<P: Planner> Node<P> {
    /// With its lease's end the kernel lets nobody in any more, and others may take these clients once they are told. A kernel that
    /// says so itself is not waited for.
    pub(super) fn let_go_of_all(&mut self, now: Time) {
        let until = self.kernel.accepts_until().plus(self.setup.timing.slack());
        if until <= now && !self.has(Fault::SticksAfterLease) {
            let some_stuck = !self.sticking().is_empty();
            self.kernel.let_all_go();
            if some_stuck && self.knowledge().is_some() {
                self.send(Body::Report(self.kernel.report(now)));
            }
        }
        if !self.leaving.is_empty() {
            let gone = self.leaving.but(self.sticking());
            self.leaving = self.leaving.but(&gone);
        }
    }

    /// Who sticks to a node, as it says itself.
    pub(super) fn know_sticking(&mut self, from: NodeId, sticking: Sticking) {
        if from != self.setup.me && !self.has(Fault::IgnoresSticking) {
            self.elsewhere.insert(from, sticking);
        }
    }

    /// What another one says of it in giving buckets away. Its own later word counts more.
    pub(super) fn hear_of_sticking(&mut self, from: NodeId, release: &Release) {
        for (node, theirs) in &release.sticking {
            let is_member = self.view().is_some_and(|view| view.has(*node));
            let known = self.elsewhere.entry(*node).or_default();
            let is_old = is_member && *node != from && theirs.version <= known.version;
            if *node != self.setup.me && !is_old {
                known.clients.add(&theirs.clients);
            }
        }
        if self.has(Fault::IgnoresSticking) {
            self.elsewhere.clear();
        }
        self.elsewhere.remove(&self.setup.me);
    }

    /// What there is to say of buckets that are given away.
    pub(super) fn sticking_in(&self, buckets: &Buckets) -> Vec<(NodeId, Sticking)> {
        let own = (&self.setup.me, self.kernel.sticking());
        let all = std::iter::once(own).chain(&self.elsewhere);
        let all = all.map(|(node, sticking)| {
            let of = Sticking {
                version: sticking.version,
                clients: sticking.clients.of(buckets),
            };
            (*node, of)
        });
        all.filter(|(_, sticking)| !sticking.clients.is_empty())
            .collect()
    }

    /// Whether nobody outside the view has a lease.
    pub(super) fn is_clear(&self, now: Time) -> bool {
        self.round
            .as_ref()
            .is_some_and(|round| round.knowledge.is_some() && round.clear_at <= now)
    }

    /// Nobody sticks to who is gone, once its lease is over.
    pub(super) fn forget_who_is_gone(&mut self, now: Time) {
        if !self.is_clear(now) && !self.has(Fault::ForgetsWhoIsGone) {
            return;
        }
        if let Some(round) = &self.round {
            self.elsewhere.retain(|node, _| round.view.has(*node));
        }
    }

    /// Who sticks to others in these buckets.
    pub(super) fn left_in(&self, buckets: &Buckets, now: Time) -> Clients {
        let mut left = Clients::default();
        for sticking in self.elsewhere.values() {
            left.add(&sticking.clients.of(buckets));
        }
        // A program that was started anew knows of who is outside by its kernel only.
        if !self.is_clear(now) && !self.has(Fault::ForgetsWhoIsGone) {
            left.add(&self.kernel.left().of(buckets));
        }
        left
    }

    /// Buckets in which somebody may stick to others, of whom only the kernel knows: they stay until that is over.
    pub(super) fn known_to_kernel_only(&self, now: Time) -> Buckets {
        let mut left = self.kernel.left().clone();
        if self.is_clear(now) {
            left = Clients::default();
        }
        for sticking in self.elsewhere.values() {
            left = left.but(&sticking.clients);
        }
        left.buckets(self.setup.k)
    }
}
