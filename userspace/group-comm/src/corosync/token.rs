// SPDX-License-Identifier: GPL-2.0-only

//! Corosync's token timeout, which says how soon it finds out that a node is gone.

use std::time::Duration;

use super::asked::asked;
use crate::sys::cmap::Value;

/// The timeout in force, in ms, with what Corosync adds for each node.
const KEY: &str = "runtime.config.totem.token";

/// The token timeout of the Corosync that runs here; `None` where none answers.
pub fn token() -> Option<Duration> {
    asked("token", |map| match map.get(KEY) {
        Ok(Value::Number(ms)) => Some(Duration::from_millis(ms.into())),
        _ => None,
    })
}
