// SPDX-License-Identifier: GPL-2.0-only

//! Errors of measurement.

use std::fmt;
use std::io;

/// Why there is no sample.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// `/proc/stat` cannot be read, or lacks what it should have.
    Stat(io::Error),
    /// The kernel module gives no counters.
    Counters(ssi_netlink::Error),
    /// The kernel gives no list of connections.
    Connections(ssi_netlink::Error),
    /// The cluster's hash is none that this program knows.
    Hash,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stat(e) => write!(f, "cannot read from /proc/stat how busy this node is: {e}"),
            Self::Counters(e) => write!(f, "cannot read the counters of buckets: {e}"),
            Self::Connections(e) => write!(
                f,
                "cannot count connections, so none are reported; is the kernel's tcp_diag there? {e}"
            ),
            Self::Hash => f.write_str("the kernel's hash is none that this program knows"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Stat(e) => Some(e),
            Self::Counters(e) | Self::Connections(e) => Some(e),
            Self::Hash => None,
        }
    }
}
