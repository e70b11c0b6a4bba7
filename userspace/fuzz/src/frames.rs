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

use crate::seeds;
use crate::target::Target;

/// They.
pub const TARGETS: &[Target] = &[
    Target {
        name: "receive",
        run: receive::run,
        seeds: seeds::frames::receive,
        longest: 400,
        in_tests: 5000,
        memory: 64 << 10,
    },
    Target {
        name: "send",
        run: send::run,
        seeds: seeds::frames::send,
        longest: 300,
        in_tests: 5000,
        memory: 64 << 10,
    },
    Target {
        name: "fast",
        run: fast::run,
        seeds: seeds::frames::fast,
        longest: 160,
        in_tests: 5000,
        memory: 64 << 10,
    },
    Target {
        name: "reset",
        run: reset::run,
        seeds: seeds::frames::reset,
        longest: 300,
        in_tests: 5000,
        memory: 64 << 10,
    },
    Target {
        name: "announcement",
        run: announcement::run,
        seeds: seeds::frames::announcement,
        longest: 4096,
        in_tests: 5000,
        memory: 256 << 10,
    },
];
