// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl weight`.

use ssi_cluster::change::What;
use ssi_cluster::failure::Failure;
use ssi_cluster::file::{WEIGHT, host, weight};
use ssid_api::Wish;

use crate::edit::{Target, Verb};

/// Give a node another share of the load.
#[derive(clap::Args, Debug)]
pub struct Weight {
    /// The node
    #[arg(value_name = "NODE", value_parser = host)]
    pub node: String,

    /// Its share, compared with the others', or default: that of the file
    #[arg(allow_negative_numbers = true, value_parser = share)]
    pub weight: Share,

    #[command(flatten)]
    pub target: Target,
}

/// A weight, or none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// As if nobody had given one.
    Default,
    /// This one.
    Of(u32),
}

impl Share {
    fn number(self) -> Option<u32> {
        match self {
            Self::Default => None,
            Self::Of(weight) => Some(weight),
        }
    }
}

fn share(text: &str) -> Result<Share, String> {
    match text {
        "default" => Ok(Share::Default),
        _ => weight(text)
            .map(Share::Of)
            .map_err(|sentence| format!("{sentence}, or default")),
    }
}

impl Verb for Weight {
    fn node(&self) -> &str {
        &self.node
    }

    fn target(&self) -> &Target {
        &self.target
    }

    fn what(&self) -> What {
        What::Weight(self.node.clone(), self.weight.number().unwrap_or(WEIGHT))
    }

    fn wish(&self) -> Result<Wish, Failure> {
        Ok(Wish::Weight(self.weight.number()))
    }
}
