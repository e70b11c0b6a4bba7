// SPDX-License-Identifier: GPL-2.0-only

//! Corosync's quorum device, whose vote counts for Corosync and for nobody here.

use super::asked::asked;
use crate::sys::cmap::Value;

/// What it is, and where qnetd runs if it is that.
const MODEL: &str = "quorum.device.model";
const HOST: &str = "quorum.device.net.host";

/// A quorum device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// The machine that has corosync-qnetd, if it is one of those.
    pub host: Option<String>,
}

/// The quorum device of the Corosync that runs here, if that answers and has one.
pub fn device() -> Option<Device> {
    asked("device", |map| {
        map.get(MODEL).ok()?;
        let host = match map.get(HOST) {
            Ok(Value::Text(host)) => Some(host),
            _ => None,
        };
        Some(Device { host })
    })
}
