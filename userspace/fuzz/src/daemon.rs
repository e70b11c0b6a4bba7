// SPDX-License-Identifier: GPL-2.0-only

//! Targets over what the programs read: datagrams and messages of members that may be anybody's, a cluster file, questions on the
//! control socket, netlink's attributes, other software's configurations.

pub mod agent;
pub mod control;
pub mod file;
pub mod import;
pub mod netlink;
pub mod peer;
pub mod wire;

use crate::seeds;
use crate::target::Target;

/// They.
pub const TARGETS: &[Target] = &[
    Target {
        name: "wire",
        run: wire::run,
        seeds: seeds::daemon::wire,
        longest: 4096,
        in_tests: 3000,
        memory: 64 << 10,
    },
    Target {
        name: "peer",
        run: peer::run,
        seeds: seeds::daemon::peer,
        longest: 4096,
        in_tests: 500,
        memory: 512 << 10,
    },
    Target {
        name: "agent",
        run: agent::run,
        seeds: seeds::daemon::agent,
        longest: 4096,
        in_tests: 100,
        memory: 4096 << 10,
    },
    Target {
        name: "file",
        run: file::run,
        seeds: seeds::daemon::file,
        longest: 4096,
        in_tests: 500,
        memory: 1024 << 10,
    },
    Target {
        name: "control",
        run: control::run,
        seeds: seeds::daemon::control,
        longest: 2048,
        in_tests: 3000,
        memory: 64 << 10,
    },
    Target {
        name: "netlink",
        run: netlink::run,
        seeds: seeds::daemon::netlink,
        longest: 2048,
        in_tests: 3000,
        memory: 64 << 10,
    },
    Target {
        name: "import",
        run: import::run,
        seeds: seeds::daemon::import,
        longest: 4096,
        in_tests: 2000,
        memory: 1024 << 10,
    },
];
