// SPDX-License-Identifier: GPL-2.0-only

//! Inputs to begin with, made here: of what they are made a compiler checks, and a change of a format changes them.

#[cfg(feature = "daemon")]
pub mod daemon;
pub mod frames;
