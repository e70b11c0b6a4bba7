// SPDX-License-Identifier: GPL-2.0-only

//! Arguments of `ask`.

use crate::sources::Sources;
use clap::ValueEnum;
use std::net::IpAddr;
use std::net::SocketAddr;

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Proto {
    Udp,
    Tcp,
    /// ICMP or ICMPv6 echo, from ping sockets (net.ipv4.ping_group_range has to allow them).
    Ping,
}

#[derive(clap::Args)]
pub struct Args {
    /// Source addresses: FIRST-LAST,…
    #[arg(long)]
    pub sources: Sources<IpAddr>,
    /// `ADDRESS:PORT`, `[ADDRESS]:PORT` (the port is not used by ping).
    #[arg(long)]
    pub to: SocketAddr,
    #[arg(long, value_enum, default_value = "udp")]
    pub proto: Proto,
    /// Requests from each source.
    #[arg(long, default_value_t = 1)]
    pub rounds: u32,
    /// Requests in flight at once.
    #[arg(long, default_value_t = 64)]
    pub window: usize,
    /// Milliseconds after which a request makes room for the next (a late answer still counts).
    #[arg(long, default_value_t = 15000)]
    pub timeout: u64,
    /// Milliseconds to wait at the end for answers too many.
    #[arg(long, default_value_t = 300)]
    pub settle: u64,
    /// TCP: bytes wanted in each answer.
    #[arg(long, default_value_t = 0)]
    pub bytes: usize,
    /// Where the report goes, instead of stdout.
    #[arg(long)]
    pub out: Option<String>,
}
