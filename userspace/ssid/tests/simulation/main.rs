// SPDX-License-Identifier: GPL-2.0-only

//! Whole clusters in one process: the real agents, the engine in memory, kernels of a model, clocks of each machine's
//! own. What may happen to machines, networks and programs happens here thousands of times.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

mod agreement;
mod air;
mod cost;
mod datagrams;
mod faults;
mod kernel;
mod levels;
mod machine;
mod needs;
mod net;
mod planned;
mod power;
mod schedule;
mod takeover;
mod world;
