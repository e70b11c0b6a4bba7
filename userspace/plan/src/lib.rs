// SPDX-License-Identifier: GPL-2.0-only

//! The planner: which node serves which bucket, now and after a change. No I/O, no clock, no
//! randomness: whoever gives it the same [`Situation`] gets the same [`Plan`].
//!
//! ```
//! use ssi_plan::{Member, NodeId, Situation, initial, plan};
//!
//! let mut members: Vec<Member> = (0..3).map(|rank| Member::new(NodeId(rank))).collect();
//! let table = initial(&members, 12)?;
//! assert_eq!(table.count(NodeId(0)), 4);
//!
//! members.push(Member::new(NodeId(3)));
//! let mut situation = Situation::new(members, table);
//! let plan = plan(&situation)?;
//! assert_eq!(plan.moves.len(), 3);
//! situation.advance(&plan);
//! assert_eq!(situation.assignment.count(NodeId(3)), 3);
//! # Ok::<(), ssi_plan::Error>(())
//! ```
//!
//! A caller's round: keep a [`Situation`], bring it up to date (members, load), [`plan()`],
//! [`Situation::advance`] by the plan, do the moves, and take each bucket out of
//! [`Situation::moving`] when its transition has ended; plan again after each change of anything.

#![forbid(unsafe_code)]

mod assignment;
mod by_count;
mod by_load;
mod disruption;
mod error;
mod forecast;
mod jhash;
mod member;
mod plan;
mod planner;
mod quota;
mod rest;
mod roster;
mod scheme;
mod situation;
mod smoothed;
mod spread;

pub use assignment::Assignment;
pub use disruption::Disruption;
pub use error::Error;
pub use forecast::{Change, Forecast, Share, forecast, settle};
pub use member::{Member, NodeId, State};
pub use plan::{Cause, Intent, Move, Plan};
pub use planner::{initial, plan};
pub use rest::Rest;
pub use scheme::Scheme;
pub use situation::{Limits, Situation};
pub use smoothed::Smoothed;
