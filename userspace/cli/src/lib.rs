// SPDX-License-Identifier: GPL-2.0-only

//! What the programs' command lines have in common: how they end, and their man pages.

#![forbid(unsafe_code)]

pub mod exit;
pub mod man;
