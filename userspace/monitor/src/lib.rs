// SPDX-License-Identifier: GPL-2.0-only

//! Monitors of ssid's own node: its [`load`], and the [`health`] of the local service.

#![forbid(unsafe_code)]

pub mod health;
pub mod load;
