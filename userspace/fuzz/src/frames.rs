// SPDX-License-Identifier: GPL-2.0-only

//! Targets over frames: the kernel module's pure code, against etherparse and plain arithmetic.

pub mod announcement;
pub mod book;
pub mod cluster;
pub mod fast;
pub mod receive;
pub mod reset;
pub mod send;
pub mod verdict;
