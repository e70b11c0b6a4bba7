// SPDX-License-Identifier: GPL-2.0-only

//! What doctor is asked for.

use ssi_cluster::file::host;

use crate::shell::at;
use crate::value;

/// Nobody is there to type a password, and who does not answer is not waited for.
const SSH: &str = "ssh -oBatchMode=yes -oConnectTimeout=5 -oServerAliveInterval=5";

/// Find what keeps a cluster from serving.
#[derive(clap::Args, Debug)]
pub struct Doctor {
    /// The cluster; without it, all
    #[arg(value_parser = value::name)]
    pub name: Option<String>,

    /// Only look: send nothing, and listen to nothing
    #[arg(long)]
    pub no_probe: bool,

    /// Also on all other nodes of the cluster's file, by ssh
    #[arg(long, group = "others")]
    pub all: bool,

    /// On these nodes, by ssh
    #[arg(long, value_name = "NODE", value_delimiter = ',', group = "others", value_parser = host)]
    pub on: Vec<String>,

    /// Reach a node as this host [default: its name]
    #[arg(long, value_name = "NODE=HOST", requires = "others", value_parser = at)]
    pub host: Vec<(String, String)>,

    /// What runs a command on a host, before HOST and COMMAND [default: ssh]
    #[arg(long, value_name = "CMD", requires = "others", default_value = SSH, hide_default_value = true)]
    pub ssh: String,

    /// Show the checks, and make none
    #[arg(long, conflicts_with_all = ["name", "no_probe", "others"])]
    pub list: bool,
}
