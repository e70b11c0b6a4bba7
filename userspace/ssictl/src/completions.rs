// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl completions`.

use clap::CommandFactory as _;
use clap_complete::Shell;
use ssi_cluster::failure::Failure;

use crate::args::Args;
use crate::output;

/// Prints the script of a shell.
pub fn run(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "ssictl", &mut script);
    output::write(&String::from_utf8_lossy(&script))
}
