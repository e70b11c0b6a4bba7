// SPDX-License-Identifier: GPL-2.0-only

//! Command line support for the programs: exit statuses and man pages.

#![forbid(unsafe_code)]

pub mod exit;
pub mod man;
