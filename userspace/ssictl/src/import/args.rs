// SPDX-License-Identifier: GPL-2.0-only

//! Arguments of `ssictl import`.

use std::net::IpAddr;

use ssi_cluster::file::host;

use crate::import::kind::Kind;
use crate::seed::SeedOption;
use crate::value;

/// Make a cluster file of another cluster software's configuration.
#[derive(clap::Args, Debug, Default)]
pub struct Import {
    /// The configuration, or - for the standard input
    pub file: String,

    /// What it is of [default: what it looks like]
    #[arg(long, value_name = "KIND", hide_possible_values = true, value_parser = value::choice::<Kind>(Kind::NAMES))]
    pub from: Option<Kind>,

    /// The resource, instance or address, where there are several
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,

    /// The cluster's name [default: the resource's]
    #[arg(long, value_name = "NAME", value_parser = value::name)]
    pub name: Option<String>,

    /// The cluster's address, where FILE does not say
    #[arg(long, value_name = "ADDR")]
    pub vip: Vec<IpAddr>,

    /// The nodes' interface, where FILE does not say
    #[arg(long, value_name = "D", value_parser = value::device)]
    pub dev: Option<String>,

    /// The nodes' host names, by rank, where FILE does not say
    #[arg(long, value_name = "N1,N2", value_delimiter = ',', value_parser = host)]
    pub nodes: Vec<String>,

    /// A file for ssid, also where nothing ran the cluster
    #[arg(long, conflicts_with = "by_hand")]
    pub daemon: bool,

    /// A static cluster's file, also where something ran it
    #[arg(long = "static")]
    pub by_hand: bool,

    #[command(flatten)]
    pub seed: SeedOption,
}
