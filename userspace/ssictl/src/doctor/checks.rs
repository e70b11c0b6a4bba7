// SPDX-License-Identifier: GPL-2.0-only

//! The checks, a family a file.

mod addresses;
mod cluster;
mod daemon;
mod firewall;
mod interface;
mod kernel;
mod network;
mod services;
mod sysctls;

use super::check::Check;

/// All families, in the order in which they are shown.
const FAMILIES: [&[Check]; 9] = [
    kernel::CHECKS,
    interface::CHECKS,
    addresses::CHECKS,
    cluster::CHECKS,
    network::CHECKS,
    sysctls::CHECKS,
    firewall::CHECKS,
    services::CHECKS,
    daemon::CHECKS,
];

/// All checks.
pub fn all() -> impl Iterator<Item = &'static Check> {
    FAMILIES.into_iter().flatten()
}
