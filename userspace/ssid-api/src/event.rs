// SPDX-License-Identifier: GPL-2.0-only

//! Something that happened in the cluster.

use serde::{Deserialize, Serialize};

/// Something that happened, as ssid logs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Which kind, as `Documentation/reference.md` has them.
    pub kind: String,
    /// The node that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub node: Option<String>,
    /// In a sentence.
    pub text: String,
}
