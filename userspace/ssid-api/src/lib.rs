// SPDX-License-Identifier: GPL-2.0-only

//! The API of ssid: lines of JSON on a unix socket.
//!
//! A client connects to [`socket`], writes one [`Ask`] and reads [`Answer`]s, a line each, until the daemon
//! closes: one, or one after the other for [`Ask::Watch`] and [`Ask::Events`]. Who may connect depends on the
//! socket's permissions (root and its group).

#![forbid(unsafe_code)]

mod ask;
mod client;
mod event;
mod place;
mod printable;
mod status;

pub use ask::{Answer, Ask, Order, Wish};
pub use client::{Client, PATIENCE};
pub use event::Event;
pub use place::{FOLDER, FOLDER_VARIABLE, clusters, folder, socket, socket_in};
pub use printable::{make_printable, printable};
pub use status::{Check, Heat, NodeStatus, Status, ViewStatus};
