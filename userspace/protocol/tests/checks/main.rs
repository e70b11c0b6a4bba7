// SPDX-License-Identifier: GPL-2.0-only

//! The protocol against what three machines, their clocks, their kernels and their network may do.
//!
//! A [`world::World`] is three machines and all that is on its way between them; an
//! [`action::Action`] changes it. `sound` explores it with a model checker, all that a bounded number
//! of mishaps can bring about, `faults` does so with a rule left out each time, and `simulation` goes
//! long random ways through it.

#![allow(clippy::indexing_slicing, clippy::as_conversions)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod action;
mod fair;
mod faults;
mod machine;
mod model;
mod network;
mod packet;
mod programs;
mod schedule;
mod shared;
mod simulation;
mod sound;
mod tiny;
mod world;
