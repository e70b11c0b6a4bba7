// SPDX-License-Identifier: GPL-2.0-only

//! Settings of the engine: what it is started with.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::nodes::FileNodes;
use super::timing::Timing;

/// What the engine is started with.
#[derive(Clone)]
pub struct Settings {
    /// The group's name.
    pub group: String,
    /// This node.
    pub id: u32,
    /// Those of the cluster file.
    pub nodes: FileNodes,
    /// The secret that they share.
    pub secret: Vec<u8>,
    /// The port of UDP.
    pub port: u16,
    /// How often and how long.
    pub timing: Timing,
}

impl Settings {
    /// A number of the group.
    pub(super) fn group_number(&self) -> u32 {
        let digest = Sha256::digest(self.group.as_bytes());
        digest
            .first_chunk::<4>()
            .map_or(0, |first| u32::from_be_bytes(*first))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the secret.
        f.debug_struct("Settings")
            .field("group", &self.group)
            .field("id", &self.id)
            .field("nodes", &self.nodes)
            .field("port", &self.port)
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}
