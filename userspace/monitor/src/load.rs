// SPDX-License-Identifier: GPL-2.0-only

//! Load of a node, and the share that it takes by it.
//!
//! [`Meter`] makes a [`Sample`] each second from the kernel's counters of buckets, its connections, `/proc/stat`
//! and `/proc/pressure`, all of which it reads through a [`Source`] ([`System`] is the real one). [`Strain`] decides
//! how much of its weight a node takes while it has no processor time to spare, [`Ramp`] how it comes back after
//! it was sick. Both get the time from their caller and read no clock.

mod connections;
mod cpu;
mod error;
mod meter;
mod pressure;
mod ramp;
mod sample;
mod source;
mod strain;
mod system;
mod traffic;

pub use connections::{Connections, Tally};
pub use error::Error;
pub use meter::Meter;
pub use ramp::Ramp;
pub use sample::{BucketLoad, Sample};
pub use source::{Resource, Source};
pub use strain::Strain;
pub use system::System;
