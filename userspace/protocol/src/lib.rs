// SPDX-License-Identifier: GPL-2.0-only

//! Protocol of bucket ownership: what the nodes of a cluster send each other, and what each orders its
//! kernel, so that never two of them accept new connections for the same bucket.
//!
//! A [`Node`] is one node's part, a state machine without I/O: [`Input`]s and the time go in,
//! [`Output`]s come out. Whoever drives it brings messages and views from the cluster's engine,
//! results and events from the kernel, and carries outputs away in their order. The rules, and why
//! they hold, are in `Documentation/design/0012-protocol.md`; the tests check them with a model
//! checker and by simulation.
//!
//! What the driver owes it is stated at [`View`], [`Input`] and [`Output`]. Lost, late, repeated and
//! reordered messages cost time; they never give a bucket to two nodes.

#![forbid(unsafe_code)]

mod admin_state;
mod buckets;
mod claims;
mod clients;
mod evidence;
mod fair_share;
#[doc(hidden)]
pub mod fault;
mod grants;
mod input;
mod kernel;
mod knowledge;
mod membership;
mod message;
mod node;
mod output;
mod planner;
mod round;
mod time;
mod view;
mod votes;

pub use admin_state::AdminState;
pub use buckets::Buckets;
pub use clients::Clients;
pub use fair_share::{BucketLoads, FairShare, Remembered};
pub use input::{Input, KernelEvent, TableFound};
pub use knowledge::Knowledge;
pub use membership::{Change, Group, Membership, ViewProposal};
pub use message::{Body, Heartbeat, Message, Release, Report, State, Sticking, ViewEntered};
pub use node::{Node, Setup};
pub use output::{Command, Output};
pub use planner::{Planner, Situation};
pub use ssi_plan::NodeId;
pub use time::{Time, Timing, TimingError};
pub use view::{View, ViewId};
pub use votes::Votes;
