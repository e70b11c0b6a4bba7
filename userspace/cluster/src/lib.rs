// SPDX-License-Identifier: GPL-2.0-only

//! The cluster file, and putting it in force on a machine: what `ssictl` and `ssid` have in common.

#![forbid(unsafe_code)]

pub mod addresses;
pub mod balance;
pub mod change;
pub mod create;
pub mod del;
pub mod difference;
pub mod edit;
pub mod egress;
pub mod failure;
#[cfg(any(test, feature = "fake"))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
pub mod fake;
pub mod file;
pub mod fixed;
pub mod forward_interface;
pub mod mend;
mod open;
pub mod ready;
pub mod refusal;
pub mod replies;
#[cfg(any(test, feature = "fake"))]
#[allow(clippy::unwrap_used)]
pub mod sample;
pub mod sessions;
pub mod stranded;
pub mod system;
pub mod transition;
pub mod value;

pub use mend::{Mended, mend};
pub use ready::{Found, gone, ready};
