// SPDX-License-Identifier: GPL-2.0-only

//! Errors of the planner.

use std::fmt;

use logic::distribution::BUCKETS_MAX;

use crate::NodeId;

/// What is wrong with a situation or a change. Its text is one sentence that a person can act on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// A table has 1 to 65,536 buckets, this one has so many.
    Buckets(usize),
    /// No member takes buckets: none is left, or all drain or have weight 0.
    NobodyTakes,
    /// Two members have this number.
    Twice(NodeId),
    /// A change names a node that is no member.
    NoMember(NodeId),
    /// There are so many loads for so many buckets.
    Loads {
        /// Number of loads given.
        loads: usize,
        /// Number of buckets of the table.
        buckets: usize,
    },
    /// A bucket that is named as moving or resting is not in the table.
    NoBucket(u32),
    /// Levelling would begin below where it ends: `act` and `stop` of [`Limits`](crate::Limits).
    Hysteresis {
        /// Percent of the mean from which on it begins.
        act: u32,
        /// Percent of the mean at which it ends.
        stop: u32,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buckets(k) => write!(
                f,
                "a table has 1 to {BUCKETS_MAX} buckets, this one would have {k}"
            ),
            Self::NobodyTakes => {
                f.write_str("no member takes buckets: let one serve with a weight greater than 0")
            }
            Self::Twice(id) => write!(f, "two members have the number {id}: give each its own"),
            Self::NoMember(id) => write!(f, "node {id} is no member"),
            Self::Loads { loads, buckets } => write!(
                f,
                "{loads} loads were given for {buckets} buckets: give one for each"
            ),
            Self::NoBucket(bucket) => write!(f, "the table has no bucket {bucket}"),
            Self::Hysteresis { act, stop } => write!(
                f,
                "levelling cannot begin at {act} % of the mean and end at {stop} %: end at 100 % \
                 or more, begin at that or more"
            ),
        }
    }
}

impl std::error::Error for Error {}
