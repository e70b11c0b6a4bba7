// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl drain`.

use crate::change::What;
use crate::edit::Target;
use crate::file::host;

/// Move a node's buckets to the others; it stays in the cluster.
#[derive(clap::Args, Debug)]
pub struct Drain {
    /// The node
    #[arg(value_name = "NODE", value_parser = host)]
    pub node: String,

    #[command(flatten)]
    pub target: Target,
}

impl Drain {
    /// The change.
    pub fn what(&self) -> What {
        What::Drain(self.node.clone())
    }
}
