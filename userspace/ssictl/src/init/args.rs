// SPDX-License-Identifier: GPL-2.0-only

//! Arguments of `ssictl init`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ssi_cluster::file::host;

use crate::value::{self, Vip};

/// Write the files of a new cluster into a folder.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Init {
    /// The cluster's name: letters, digits, '.', '-', '_'
    #[arg(value_parser = value::name)]
    pub name: Option<String>,

    /// A cluster address and its prefix length; up to 32 of them
    #[arg(long = "vip", value_name = "ADDR/LEN")]
    pub vips: Vec<Vip>,

    /// A node and its addresses for the nodes' own messages, one a link
    #[arg(long = "node", value_name = "NAME[=ADDR,…]")]
    pub nodes: Vec<Member>,

    /// A node that only counts for the quorum, and serves nothing
    #[arg(long = "witness", value_name = "NAME[=ADDR,…]")]
    pub witnesses: Vec<Member>,

    /// The nodes' Ethernet interface to the clients
    #[arg(long, value_name = "D", value_parser = value::device)]
    pub interface: Option<String>,

    /// Mode forward, by this VLAN of the nodes
    #[arg(long, value_name = "ID", allow_negative_numbers = true, value_parser = value::vlan)]
    pub vlan: Option<u16>,

    /// The service takes connections here: 127.0.0.1:80
    #[arg(long, value_name = "ADDR:PORT", conflicts_with = "is_static")]
    pub check: Option<SocketAddr>,

    /// A static cluster, without a daemon: buckets move by hand
    #[arg(long = "static", conflicts_with_all = ["no_corosync", "witnesses"])]
    pub is_static: bool,

    /// Without Corosync: the cluster file names the addresses
    #[arg(long)]
    pub no_corosync: bool,

    /// Two nodes, of which one goes on once the other is confirmed dead
    #[arg(long, conflicts_with = "is_static")]
    pub fenced: bool,

    /// Where the files go [default: the cluster's name]
    #[arg(long, value_name = "FOLDER")]
    pub into: Option<PathBuf>,

    /// Replace files that are there, but for keys
    #[arg(long)]
    pub force: bool,
}

/// A node's name and addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its host's name.
    pub name: String,
    /// One a link.
    pub addresses: Vec<IpAddr>,
}

impl FromStr for Member {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, addresses) = match text.split_once('=') {
            Some((name, addresses)) => (name, addresses),
            None => (text, ""),
        };
        let right = || "give a node and its addresses, as n1=10.0.0.1 or n1=10.0.0.1,10.1.0.1";
        let addresses = match text.contains('=') {
            false => Vec::new(),
            true => addresses
                .split(',')
                .map(|address| address.parse().map_err(|_| right().to_owned()))
                .collect::<Result<_, _>>()?,
        };
        Ok(Self {
            name: host(name)?,
            addresses,
        })
    }
}
