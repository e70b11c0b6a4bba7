// SPDX-License-Identifier: GPL-2.0-only

//! Counters of the packet path: one for each way a frame leaves it.
//!
//! A frame that no cluster is concerned with is not counted: it leaves before any cluster is known,
//! and nearly all traffic is of this kind.

use core::ffi::CStr;

use super::wire::COUNTER_FILES;

pub use super::wire::Counter;

impl Counter {
    /// Number of counters.
    pub const COUNT: usize = Self::ALL.len();

    /// Names of the files in which sysfs shows the counters, in this order.
    pub const FILES: [&'static CStr; Self::COUNT] = COUNTER_FILES;

    /// Files that sysfs shows besides for one release, by their former names.
    pub const FORMER: [(&'static CStr, Self); 1] = [(c"rx_keepalive", Self::RxFloodProbe)];

    /// Position among the counters.
    pub const fn index(self) -> usize {
        self as usize
    }
}
