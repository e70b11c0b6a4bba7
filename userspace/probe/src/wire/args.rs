// SPDX-License-Identifier: GPL-2.0-only

//! Arguments of `wire`.

use crate::mac::Mac;
use clap::ValueEnum;
use std::net::Ipv4Addr;
use std::str::FromStr;

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum ReplyMac {
    Cluster,
    Group,
    Node,
}

/// PORT=NAME=MAC: who is plugged in where.
#[derive(Clone)]
pub struct Plug {
    pub port: String,
    pub node: String,
    pub mac: Mac,
}

impl FromStr for Plug {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split('=').collect();
        let [port, node, mac] = parts[..] else {
            return Err(format!("\"{text}\" is not PORT=NAME=MAC"));
        };
        Ok(Self {
            port: port.into(),
            node: node.into(),
            mac: mac.parse()?,
        })
    }
}

#[derive(clap::Args)]
pub struct Args {
    pub capture: String,
    #[arg(long)]
    pub vip: Ipv4Addr,
    /// The cluster's base MAC.
    #[arg(long)]
    pub mac: Mac,
    #[arg(long = "node", required = true)]
    pub nodes: Vec<Plug>,
    /// The switch's ports with clients.
    #[arg(long, value_delimiter = ',', default_value = "pc")]
    pub clients: Vec<String>,
    #[arg(long, value_enum, default_value = "cluster")]
    pub reply_mac: ReplyMac,
    /// Who answers ARP requests for the cluster address.
    #[arg(long)]
    pub master: Option<String>,
    /// The table in force; two if it changed to and fro (see `answers`).
    #[arg(long)]
    pub table: Vec<String>,
    /// Ids of the VLANs that the cluster is in, the outermost first: no other frames are judged.
    #[arg(long, value_delimiter = ',')]
    pub vlan: Vec<u16>,
    /// Where all counts go, as JSON.
    #[arg(long)]
    pub facts: Option<String>,
}
