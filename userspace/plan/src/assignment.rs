// SPDX-License-Identifier: GPL-2.0-only

//! A table: the owner of each bucket.

use logic::distribution::BUCKETS_MAX;

use crate::{Error, NodeId};

/// The owner of each of k buckets, `1 <= k <= 65,536`; a bucket may be without one, never with two.
///
/// A bucket in transition is its new owner's.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Assignment(Vec<Option<NodeId>>);

impl Assignment {
    /// A table of `k` buckets without owners.
    ///
    /// # Errors
    ///
    /// [`Error::Buckets`] unless k is 1 to 65,536.
    pub fn unowned(k: u32) -> Result<Self, Error> {
        let k = usize::try_from(k).unwrap_or(usize::MAX);
        check(k)?;
        Ok(Self(vec![None; k]))
    }

    /// The table in which bucket b is `owners[b]`'s.
    ///
    /// # Errors
    ///
    /// [`Error::Buckets`] unless there are 1 to 65,536.
    pub fn new(owners: Vec<Option<NodeId>>) -> Result<Self, Error> {
        check(owners.len())?;
        Ok(Self(owners))
    }

    /// Number of buckets, k.
    pub fn buckets(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(BUCKETS_MAX)
    }

    /// The owner of a bucket; `None` also for a bucket past the end.
    pub fn owner(&self, bucket: u32) -> Option<NodeId> {
        *self.0.get(usize::try_from(bucket).ok()?)?
    }

    /// The owners in order of buckets.
    pub fn owners(&self) -> &[Option<NodeId>] {
        &self.0
    }

    /// Gives a bucket to a node; past the end it changes nothing.
    pub fn give(&mut self, bucket: u32, to: NodeId) {
        let place = usize::try_from(bucket).ok();
        if let Some(owner) = place.and_then(|place| self.0.get_mut(place)) {
            *owner = Some(to);
        }
    }

    /// A node's buckets, in order.
    pub fn owned_by(&self, node: NodeId) -> impl Iterator<Item = u32> + '_ {
        (0u32..)
            .zip(&self.0)
            .filter(move |(_, owner)| **owner == Some(node))
            .map(|(bucket, _)| bucket)
    }

    /// How many buckets a node has.
    pub fn count(&self, node: NodeId) -> u32 {
        u32::try_from(self.owned_by(node).count()).unwrap_or(BUCKETS_MAX)
    }

    /// How many buckets have another owner in `other`; one table's surplus buckets count too.
    pub fn differences(&self, other: &Self) -> u32 {
        let (short, long) = if self.0.len() < other.0.len() {
            (&self.0, &other.0)
        } else {
            (&other.0, &self.0)
        };
        let differ = short.iter().zip(long).filter(|(a, b)| a != b).count();
        u32::try_from(differ + long.len() - short.len()).unwrap_or(BUCKETS_MAX)
    }
}

fn check(k: usize) -> Result<(), Error> {
    match u32::try_from(k) {
        Ok(1..=BUCKETS_MAX) => Ok(()),
        _ => Err(Error::Buckets(k)),
    }
}
