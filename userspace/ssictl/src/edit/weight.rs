// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl weight`.

use crate::change::What;
use crate::edit::Target;
use crate::file::{host, weight};

/// Give a node another share of the load.
#[derive(clap::Args, Debug)]
pub struct Weight {
    /// The node
    #[arg(value_name = "NODE", value_parser = host)]
    pub node: String,

    /// Its share, compared with the others'; 100 is usual
    #[arg(allow_negative_numbers = true, value_parser = weight)]
    pub weight: u32,

    #[command(flatten)]
    pub target: Target,
}

impl Weight {
    /// The change.
    pub fn what(&self) -> What {
        What::Weight(self.node.clone(), self.weight)
    }
}
