// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl leave`.

use ssi_cluster::change::What;
use ssi_cluster::failure::Failure;
use ssi_cluster::file::host;
use ssid_api::Wish;

use crate::edit::{Deadline, Limit, Target, Verb, only_static};

/// Let a node go: its buckets move to the others.
#[derive(clap::Args, Debug)]
pub struct Leave {
    /// The node
    #[arg(value_name = "NODE", value_parser = host)]
    pub node: String,

    /// Static cluster: it is dead, and goes from the file at once
    #[arg(long)]
    pub dead: bool,

    /// Static cluster: this node answers ARP from now on
    #[arg(long, value_name = "NODE", value_parser = host)]
    pub master: Option<String>,

    #[command(flatten)]
    pub deadline: Deadline,

    #[command(flatten)]
    pub target: Target,
}

impl Verb for Leave {
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
        let (node, master) = (self.node.clone(), self.master.clone());
        match self.dead {
            true => What::Dead { node, master },
            false => What::Leave { node, master },
        }
    }

    fn wish(&self) -> Result<Wish, Failure> {
        if self.dead {
            return Err(only_static(
                "--dead",
                "it finds out by itself who is dead, and gives the buckets to others",
            ));
        }
        match self.master {
            Some(_) => Err(only_static("--master", "it takes another by priority")),
            None => Ok(Wish::Leave(self.deadline.seconds())),
        }
    }
}
