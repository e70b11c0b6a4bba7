// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl lease`.

use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;

/// Lets a cluster's lease run for so many milliseconds from now.
pub fn run(system: &mut impl System, name: &str, milliseconds: u32) -> Result<(), Failure> {
    system
        .renew(name, milliseconds)
        .map_err(|e| Failure::refused(name, &e))
}
