// SPDX-License-Identifier: GPL-2.0-only

//! Sources of figures.

use std::io;

use ssi_netlink::Bucket;

use crate::load::{Connections, Error};

/// What tasks may have to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A processor.
    Cpu,
    /// Storage.
    Io,
    /// Memory.
    Memory,
}

/// What a [`crate::load::Meter`] reads. All of it blocks, for some milliseconds at most.
pub trait Source {
    /// The text of `/proc/stat`.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn stat(&mut self) -> io::Result<String>;

    /// The text of a file of `/proc/pressure`; `None` where the kernel has none.
    fn pressure(&mut self, of: Resource) -> Option<String>;

    /// The kernel's counters of the cluster's buckets.
    ///
    /// # Errors
    ///
    /// When the kernel does not give them.
    fn counters(&mut self) -> Result<Vec<Bucket>, Error>;

    /// The connections to the cluster's addresses.
    ///
    /// # Errors
    ///
    /// When the kernel does not give them.
    fn connections(&mut self) -> Result<Connections, Error>;
}
