// SPDX-License-Identifier: GPL-2.0-only

//! The engine over datagrams of its own: sealed, over all networks that there are, with groups that it forms by itself.
//!
//! Corosync only names the nodes. [`Peer`] is one node's part without I/O, which simulations run as well.

mod contact;
mod electorate;
mod formation;
mod order;
mod peer;
mod places;
mod seal;
mod session;
mod streams;
mod timing;
mod wire;

pub use electorate::Electorate;
pub use peer::{Input, Output, Peer, Setup};
pub use seal::{Key, LARGEST};
pub use session::Session;
pub use timing::Timing;
