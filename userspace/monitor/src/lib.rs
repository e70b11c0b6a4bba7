// SPDX-License-Identifier: GPL-2.0-only

//! What ssid watches on its node: [`load`], and the [`health`] of the local service.

#![forbid(unsafe_code)]

pub mod health;
pub mod load;
