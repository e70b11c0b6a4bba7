// SPDX-License-Identifier: GPL-2.0-only

//! Rest after a move: a bucket that has moved is left alone for a while, however the load changes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Move;

/// Which buckets rest, and for how many rounds. The caller decides what a round is.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Rest {
    rounds: u32,
    left: BTreeMap<u32, u32>,
}

impl Rest {
    /// A bucket that has moved rests for so many rounds; 0 lets none rest.
    pub const fn new(rounds: u32) -> Self {
        Self {
            rounds,
            left: BTreeMap::new(),
        }
    }

    /// These rest from now on.
    pub fn note<'a>(&mut self, moves: impl IntoIterator<Item = &'a Move>) {
        if self.rounds > 0 {
            let rest = moves.into_iter().map(|moved| (moved.bucket, self.rounds));
            self.left.extend(rest);
        }
    }

    /// A round is over.
    pub fn pass(&mut self) {
        self.left.retain(|_, left| {
            *left = left.saturating_sub(1);
            *left > 0
        });
    }

    /// What rests, for [`Situation::resting`](crate::Situation::resting).
    pub fn buckets(&self) -> BTreeSet<u32> {
        self.left.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cause, NodeId};

    #[test]
    fn a_bucket_rests_for_its_rounds() {
        let moved = |bucket| Move {
            bucket,
            from: None,
            to: NodeId(1),
            cause: Cause::Load,
        };
        let mut rest = Rest::new(2);
        rest.note(&[moved(7)]);
        rest.pass();
        rest.note(&[moved(9)]);
        assert_eq!(rest.buckets(), BTreeSet::from([7, 9]));
        rest.pass();
        assert_eq!(rest.buckets(), BTreeSet::from([9]));
        rest.pass();
        assert_eq!(rest.buckets(), BTreeSet::new());

        let mut none = Rest::new(0);
        none.note(&[moved(7)]);
        assert_eq!(none.buckets(), BTreeSet::new());
    }
}
