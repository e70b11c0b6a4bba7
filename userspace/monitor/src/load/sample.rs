// SPDX-License-Identifier: GPL-2.0-only

//! Sample of one second.

use serde::{Deserialize, Serialize};

/// One node's load, which it reports to the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Packets a second that it served.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Established TCP connections to cluster addresses. Counted every few samples only, and at least this many:
    /// a very long list is not read to its end.
    pub connections: u32,
    /// Busy part of all its processors since the last sample, percent.
    pub cpu: u32,
    /// Part of the time since the last sample in which some task waited for a processor, percent. Estimated
    /// from `cpu` where the kernel does not have it.
    pub stall: u32,
    /// The same as the kernel's average of 10 s (`some avg10`); 0 where the kernel does not have it.
    pub pressure: u32,
    /// The same of tasks that waited for storage.
    pub io_pressure: u32,
    /// The same of tasks that waited for memory.
    pub memory_pressure: u32,
    /// The load of each bucket that it served something of, in the order of their numbers.
    pub buckets: Vec<BucketLoad>,
}

/// What one bucket asked of this node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketLoad {
    /// Which bucket.
    pub bucket: u32,
    /// Packets a second.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Established connections.
    pub connections: u32,
}
