// SPDX-License-Identifier: GPL-2.0-only

//! Sessions that broke at another node, in buckets that this node has: their clients come with what that one knew of them, and
//! this one does not.
//!
//! A bucket that is taken cold is known by the command for that. Here is what comes in order and has no sessions all the same: of
//! a node that lost what it needs to serve, and of one that died while it drained.

use std::collections::BTreeMap;

use ssi_protocol::{Buckets, NodeId};

/// What is known of the others.
#[derive(Debug, Default)]
pub struct Broken {
    /// Of a node that lost what it needs: what it had since, and what of that was reported.
    unfit: BTreeMap<NodeId, (Buckets, Buckets)>,
    /// What others drain.
    draining: BTreeMap<NodeId, Buckets>,
}

impl Broken {
    /// A member lost what it needs: what it accepts for and drains has no way out any more.
    pub fn lost(&mut self, node: NodeId, owned: &Buckets, draining: &Buckets) {
        let none = || Buckets::none(owned.k());
        let (had, _) = self.unfit.entry(node).or_insert_with(|| (none(), none()));
        had.add(owned);
        had.add(draining);
    }

    /// What a member drains.
    pub fn drains(&mut self, node: NodeId, draining: &Buckets) {
        if draining.is_empty() {
            self.draining.remove(&node);
        } else if self.draining.get(&node) != Some(draining) {
            self.draining.insert(node, draining.clone());
        }
    }

    /// A node is surely dead: what it drained, of which these are this node's.
    pub fn died(&mut self, node: NodeId, mine: &Buckets, broken: &mut Buckets) {
        if let Some(draining) = self.draining.remove(&node) {
            broken.add(&draining.and(mine));
        }
        self.report(mine, broken);
        self.unfit.remove(&node);
    }

    /// A member serves again.
    pub fn serves(&mut self, node: NodeId) {
        self.unfit.remove(&node);
    }

    /// Of those who lost what they need: what is this node's now and was not reported.
    pub fn report(&mut self, mine: &Buckets, broken: &mut Buckets) {
        for (had, reported) in self.unfit.values_mut() {
            let new = had.and(mine).but(reported);
            reported.add(&new);
            broken.add(&new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: NodeId = NodeId(2);

    fn some(list: &[u32]) -> Buckets {
        Buckets::of(16, list.iter().copied())
    }

    fn reported(broken: &mut Broken, mine: &[u32]) -> Buckets {
        let mut found = some(&[]);
        broken.report(&some(mine), &mut found);
        found
    }

    #[test]
    fn what_a_node_without_its_link_had_is_reported_once_it_is_here() {
        let mut broken = Broken::default();
        broken.lost(X, &some(&[1, 2]), &some(&[5]));
        assert_eq!(reported(&mut broken, &[5, 9]), some(&[5]));
        assert_eq!(reported(&mut broken, &[5, 9]), some(&[]));
        // It has let go by now.
        broken.lost(X, &some(&[]), &some(&[1, 2]));
        assert_eq!(reported(&mut broken, &[1, 5, 9]), some(&[1]));
    }

    #[test]
    fn what_a_dead_node_drained_is_reported_and_forgotten() {
        let mut broken = Broken::default();
        broken.drains(X, &some(&[3, 4]));
        broken.drains(X, &some(&[3, 4, 7]));
        let mut found = some(&[]);
        broken.died(X, &some(&[4, 8]), &mut found);
        broken.died(X, &some(&[4, 8]), &mut found);
        assert_eq!(found, some(&[4]));
        broken.drains(X, &some(&[3]));
        broken.drains(X, &some(&[]));
        broken.died(X, &some(&[3]), &mut found);
        assert_eq!(found, some(&[4]), "drained in order");
    }
}
