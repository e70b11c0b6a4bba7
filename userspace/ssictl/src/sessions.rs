// SPDX-License-Identifier: GPL-2.0-only

//! `ssictl sessions`: clients' connections to the clusters' addresses at this node.

pub mod client;
pub mod found;
pub mod kick;
mod service;
pub mod view;

use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;

use crate::again::Again;
use crate::output::Output;
use crate::sessions::client::Client;
use crate::sessions::found::{Which, found};
use crate::sessions::view::Listed;
use crate::value;

/// Show clients' sessions at this node: who is left, and in which buckets.
#[derive(clap::Args, Debug)]
pub struct Sessions {
    /// The cluster; without it, all
    #[arg(value_parser = value::name)]
    pub name: Option<String>,

    /// Only those in buckets that this node has given away
    #[arg(long)]
    pub draining: bool,

    /// Only those of this client, or these: ADDRESS, ADDRESS:PORT, ADDRESS/LEN
    #[arg(long)]
    pub client: Option<Client>,

    #[command(flatten)]
    pub again: Again,
}

/// Lists and shows them.
pub fn run(system: &mut impl System, output: Output, sessions: &Sessions) -> Result<(), Failure> {
    let which = Which {
        name: sessions.name.as_deref(),
        draining: sessions.draining,
        client: sessions.client.unwrap_or(Client::ANY),
    };
    output.show(&Listed::new(&found(system, &which)?))
}

#[cfg(test)]
pub mod tests;
