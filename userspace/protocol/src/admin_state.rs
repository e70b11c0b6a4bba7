// SPDX-License-Identifier: GPL-2.0-only

//! Administrative state of a node.

use serde::{Deserialize, Serialize};

/// Its operator's wish, and its health.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct AdminState {
    /// How much it is to serve, compared with the others. 0: it serves nothing, and counts in
    /// quorums only.
    pub weight: u32,
    /// Whether it gives all away, to leave or to rest.
    pub draining: bool,
    /// Whether it cannot serve, though it is alive: what it has is given away at once, however much that is.
    pub unfit: bool,
}

impl Default for AdminState {
    /// Serves, with weight 1.
    fn default() -> Self {
        Self {
            weight: 1,
            draining: false,
            unfit: false,
        }
    }
}
