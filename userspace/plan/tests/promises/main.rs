// SPDX-License-Identifier: GPL-2.0-only

//! Promises of the planner, for all situations that can be thought of.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions)]

mod count;
mod disruption;
mod history;
mod judge;
mod large;
mod load;
mod load_cases;
mod refusal;
mod sample;
mod spread;
