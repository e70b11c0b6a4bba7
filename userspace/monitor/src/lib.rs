// SPDX-License-Identifier: GPL-2.0-only

//! Monitors of ssid's own node: its [`load`], and the [`health`] of the local service.

#![forbid(unsafe_code)]

pub mod health;
pub mod load;

/// Ends a socket at once. Closing is not enough in these tests: a program that another of them starts has a copy of
/// the descriptor until it is executed.
#[cfg(test)]
fn shut(socket: impl std::os::fd::AsFd) {
    rustix::net::shutdown(socket, rustix::net::Shutdown::Both).unwrap();
}
