// SPDX-License-Identifier: GPL-2.0-only

//! Checks of the local service, with rise and fall.
//!
//! [`run()`] does each [`Check`](ssi_cluster::file::Check) of the cluster file again and again, and reports what it finds whenever that is something new. A
//! [`Verdict`] turns single results into good and bad. What follows from a bad one is the caller's business.
//!
//! A check of the cluster's own address from a node goes to that node's own service: a member is served by itself.

mod apart;
mod outcome;
mod probe;
mod run;
mod verdict;

pub use apart::serve;
pub use outcome::Outcome;
pub use probe::Command;
pub use run::{Report, Running, run};
pub use verdict::Verdict;
