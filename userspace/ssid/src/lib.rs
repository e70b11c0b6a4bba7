// SPDX-License-Identifier: GPL-2.0-only

//! `ssid`: runs an ssi cluster, one on each node. Design: `Documentation/design/0016-ssid.md`.
//!
//! [`agent`] decides, without I/O; `run` is the loop around it, with `kernel`, `watch` and the engine beside it.

#![forbid(unsafe_code)]

pub mod agent;
mod clock;
pub mod config;
mod control;
mod fields;
mod http;
mod kernel;
pub mod log_kind;
pub mod metrics;
mod notify;
pub mod packet;
mod precedence;
mod remarks;
pub mod resilience;
mod restraint;
mod room;
mod run;
mod service;
pub mod start;
mod state_file;
mod watch;

/// A random number.
pub(crate) fn random() -> u64 {
    let mut bytes = [0; 8];
    // The kernel has random numbers from early on; without one the time has to do.
    match rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()) {
        Ok(8) => u64::from_ne_bytes(bytes),
        _ => clock::wall(),
    }
}
