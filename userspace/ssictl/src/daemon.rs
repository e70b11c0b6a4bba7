// SPDX-License-Identifier: GPL-2.0-only

//! The verbs that ask a cluster's daemon, ssid: one verb a file.

pub mod amount;
pub mod confirm;
pub mod events;
#[cfg(test)]
pub mod fake;
mod forecast;
mod left;
pub mod order;
mod place;
#[cfg(test)]
pub mod sample;
pub mod status;
pub mod top;
mod wait;

pub use place::Place;
