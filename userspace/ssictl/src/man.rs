// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl man`, hidden: what packaging calls to make the man pages, one for each verb.

use std::fs;
use std::path::Path;

use clap::CommandFactory as _;

use crate::args::Args;
use crate::failure::Failure;

/// Writes the pages.
pub fn run(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Args::command(), folder))
        .map_err(|e| Failure::Refused(format!("writing to {}: {e}", folder.display())))
}
