// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl leave`.

use crate::change::What;
use crate::edit::Target;
use crate::file::host;

/// Let a node go: its buckets move to the others.
#[derive(clap::Args, Debug)]
pub struct Leave {
    /// The node
    #[arg(value_name = "NODE", value_parser = host)]
    pub node: String,

    /// It is dead: nobody serves its connections, and it goes from the file
    #[arg(long)]
    pub dead: bool,

    /// This node answers ARP from now on
    #[arg(long, value_name = "NODE", value_parser = host)]
    pub master: Option<String>,

    #[command(flatten)]
    pub target: Target,
}

impl Leave {
    /// The change.
    pub fn what(&self) -> What {
        let (node, master) = (self.node.clone(), self.master.clone());
        match self.dead {
            true => What::Dead { node, master },
            false => What::Leave { node, master },
        }
    }
}
