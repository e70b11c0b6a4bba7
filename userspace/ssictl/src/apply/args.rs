// SPDX-License-Identifier: GPL-2.0-only

//! Arguments of `ssictl apply`.

use std::path::PathBuf;

use ssi_cluster::file::host;

use crate::apply::memory;

/// Put a cluster file in force on this node.
#[derive(clap::Args, Debug)]
pub struct Apply {
    /// The cluster file, or a cluster's name [default: the one in /etc/ssi]
    pub file: Option<String>,

    /// This node's name in the file [default: the machine's name]
    #[arg(long, value_name = "NAME", value_parser = host)]
    pub node: Option<String>,

    /// Take the buckets that wait, now that every node has run apply
    #[arg(long)]
    pub adopt: bool,

    /// Take what a dead node had; its clients are reset and come back
    #[arg(long)]
    pub cold: bool,

    /// Wait until connections of buckets given away have ended
    #[arg(long)]
    pub wait: bool,

    /// Show what would change, and change nothing
    #[arg(long, conflicts_with = "wait")]
    pub dry_run: bool,

    /// Where this node keeps what it has
    #[arg(long, value_name = "FOLDER", default_value = memory::FOLDER)]
    pub memory: PathBuf,
}
