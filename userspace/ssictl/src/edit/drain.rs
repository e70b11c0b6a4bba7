// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl drain`.

use ssi_cluster::change::What;
use ssi_cluster::failure::Failure;
use ssi_cluster::file::host;
use ssid_api::Wish;

use crate::edit::{Deadline, Limit, Target, Verb};

/// Move a node's buckets to the others; it stays in the cluster.
#[derive(clap::Args, Debug)]
pub struct Drain {
    /// The node
    #[arg(value_name = "NODE", value_parser = host)]
    pub node: String,

    #[command(flatten)]
    pub deadline: Deadline,

    #[command(flatten)]
    pub target: Target,
}

impl Verb for Drain {
    fn node(&self) -> &str {
        &self.node
    }

    fn target(&self) -> &Target {
        &self.target
    }

    fn deadline(&self) -> Option<Limit> {
        self.deadline.deadline
    }

    fn what(&self) -> What {
        What::Drain(self.node.clone())
    }

    fn wish(&self) -> Result<Wish, Failure> {
        Ok(Wish::Drain(self.deadline.seconds()))
    }
}
