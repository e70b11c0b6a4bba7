// SPDX-License-Identifier: GPL-2.0-only

//! Corosync's token timeout, which says how soon it finds out that a node is gone.

use std::time::Duration;

use rust_corosync::cmap::{self, Data};

use super::asked::asked;

/// The timeout in force, in ms, with what Corosync adds for each node.
const KEY: &str = "runtime.config.totem.token";

/// The token timeout of the Corosync that runs here; `None` where none answers.
pub fn token() -> Option<Duration> {
    asked("token", |map| match cmap::get(map, KEY) {
        Ok(Data::UInt32(ms)) => Some(Duration::from_millis(ms.into())),
        _ => None,
    })
}
