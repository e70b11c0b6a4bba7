// SPDX-License-Identifier: GPL-2.0-only

//! Errors of measuring.

use std::fmt;
use std::io;

/// Why there is no sample.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// `/proc/stat` cannot be read, or does not say what it should.
    Stat(io::Error),
    /// The kernel module gives no counters.
    Counters(ssi_netlink::Error),
    /// The kernel gives no list of connections.
    Connections(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stat(e) => write!(f, "cannot tell how busy this node is from /proc/stat: {e}"),
            Self::Counters(e) => write!(f, "cannot read the counters of buckets: {e}"),
            Self::Connections(e) => write!(
                f,
                "cannot count connections, so none are reported; is the kernel's tcp_diag there? {e}"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Stat(e) | Self::Connections(e) => Some(e),
            Self::Counters(e) => Some(e),
        }
    }
}
