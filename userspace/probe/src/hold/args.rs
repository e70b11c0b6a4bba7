// SPDX-License-Identifier: GPL-2.0-only

//! Arguments of `hold clients`.

use crate::outcome::Outcome;
use crate::sources::Sources;
use std::net::IpAddr;
use std::net::SocketAddr;

#[derive(clap::Args)]
pub struct Args {
    /// Client addresses: FIRST-LAST,…
    #[arg(long)]
    pub sources: Sources<IpAddr>,
    /// Connections to hold from each address.
    #[arg(long, default_value_t = 1)]
    pub each: usize,
    /// The cluster's addresses, with commas; the first of a client's family is its server.
    #[arg(long, value_delimiter = ',', required = true)]
    pub to: Vec<IpAddr>,
    #[arg(long, default_value_t = 7000)]
    pub port: u16,
    /// Where the server ends connections.
    #[arg(long, default_value_t = 7001)]
    pub ending_port: u16,
    /// Milliseconds from one turn of a connection to its next.
    #[arg(long, default_value_t = 5000)]
    pub period: u64,
    /// Milliseconds without an answer after which a connection counts as broken.
    #[arg(long, default_value_t = 30000)]
    pub patience: u64,
    /// Open a connection that broke again, once.
    #[arg(long)]
    pub reopen: bool,
    /// With --reopen: and once more where it breaks after the handshake and before its first answer, for twice the patience.
    #[arg(long, requires = "reopen")]
    pub persist: bool,
    /// New connections a second, a turn each.
    #[arg(long, default_value_t = 0)]
    pub fresh: u32,
    /// Let the server end new connections.
    #[arg(long)]
    pub server_ends: bool,
    /// Milliseconds after which the client does so too.
    #[arg(long, default_value_t = 0)]
    pub linger: u64,
    /// Local port of all new connections; 0: any.
    #[arg(long, default_value_t = 0)]
    pub fresh_from: u16,
    /// Where each new connection is written down.
    #[arg(long)]
    pub fresh_log: Option<String>,
    /// Unix socket for orders.
    #[arg(long)]
    pub control: String,
    /// Go to the background once all are open and answered, and print the process id.
    #[arg(long)]
    pub detach: bool,
}

impl Args {
    /// Where a client is served.
    pub fn server(&self, client: IpAddr, port: u16) -> Outcome<SocketAddr> {
        let like = |a: &&IpAddr| a.is_ipv4() == client.is_ipv4();
        let address = self.to.iter().find(like);
        let address = address.ok_or(format!("no --to of the family of {client}"))?;
        Ok((*address, port).into())
    }
}
