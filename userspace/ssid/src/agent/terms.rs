// SPDX-License-Identifier: GPL-2.0-only

//! Terms of a program: by what it can be agreed with.

use serde::{Deserialize, Serialize};

/// The version of packets that this program reads and writes.
pub const VERSION: u8 = 2;

/// Versions of packets, from the oldest to the newest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Versions {
    /// The first.
    pub oldest: u8,
    /// The last.
    pub newest: u8,
}

impl Versions {
    /// The one that bytes were of.
    pub const fn only(version: u8) -> Self {
        Self {
            oldest: version,
            newest: version,
        }
    }

    /// Whether this is one of them.
    pub const fn has(self, version: u8) -> bool {
        self.oldest <= version && version <= self.newest
    }
}

impl Default for Versions {
    /// This program's.
    fn default() -> Self {
        Self::only(VERSION)
    }
}

/// Whoever has the same `fixed` and a version in common can be in one view.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Of what it has fixed; 0 where nobody can read that.
    pub fixed: u64,
    /// Its versions.
    pub versions: Versions,
}
