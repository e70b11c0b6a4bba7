// SPDX-License-Identifier: GPL-2.0-only

//! TCP connections in each bucket of a cluster, as the last walk of the socket table counted them.

use core::sync::atomic::{
    AtomicU32,
    AtomicU64,
    Ordering::Relaxed, //
};

use kernel::{
    alloc::KVVec,
    error::Result, //
};

use crate::abstractions::vec;

/// For so many nanoseconds a count is shown.
const FRESH: u64 = 10_000_000_000;

/// A bucket's.
struct Cell {
    /// By the walk that is under way.
    counting: AtomicU32,
    /// By the last one.
    counted: AtomicU32,
}

/// The counts. One walk at a time writes them, anybody reads them.
pub(crate) struct Sessions {
    cells: KVVec<Cell>,
    /// When the last walk began; 0: there was none.
    at: AtomicU64,
}

impl Sessions {
    /// Of `k` buckets, not counted yet.
    pub(crate) fn new(k: u32) -> Result<Self> {
        let cells = vec::filled(k as usize, || Cell {
            counting: AtomicU32::new(0),
            counted: AtomicU32::new(0),
        })?;
        Ok(Self {
            cells,
            at: AtomicU64::new(0),
        })
    }

    /// A walk begins.
    pub(crate) fn begin(&self) {
        for cell in &self.cells {
            cell.counting.store(0, Relaxed);
        }
    }

    /// It has met a connection.
    pub(crate) fn add(&self, bucket: u32) {
        if let Some(cell) = self.cells.get(bucket as usize) {
            let count = cell.counting.load(Relaxed);
            cell.counting.store(count.saturating_add(1), Relaxed);
        }
    }

    /// It has met all, and began at this time.
    pub(crate) fn end(&self, began: u64) {
        for cell in &self.cells {
            cell.counted.store(cell.counting.load(Relaxed), Relaxed);
        }
        self.at.store(began, Relaxed);
    }

    /// What the last walk counted, if there was one.
    pub(crate) fn last(&self, bucket: u32) -> Option<u32> {
        if self.at.load(Relaxed) == 0 {
            return None;
        }
        let cell = self.cells.get(bucket as usize)?;
        Some(cell.counted.load(Relaxed))
    }

    /// Whether the last walk is not long ago.
    pub(crate) fn are_fresh(&self, now: u64) -> bool {
        let at = self.at.load(Relaxed);
        at != 0 && now.saturating_sub(at) < FRESH
    }
}
