// SPDX-License-Identifier: GPL-2.0-only

//! Many TCP connections within one namespace, both ends of each in this process, until it is ended.

use crate::outcome::Outcome;
use crate::sources::Sources;
use crate::sys;
use socket2::Domain;
use socket2::Socket;
use socket2::Type;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

/// Let the port be chosen when it is known where to (`include/uapi/linux/in.h`).
const IP_BIND_ADDRESS_NO_PORT: i32 = 24;

#[derive(clap::Args)]
pub struct Args {
    /// Client addresses, which take their turn.
    #[arg(long)]
    sources: Sources<IpAddr>,
    /// Server addresses, which take their turn with each round of the clients'.
    #[arg(long)]
    to: Sources<IpAddr>,
    #[arg(long, default_value_t = 7000)]
    port: u16,
    #[arg(long)]
    count: usize,
    /// Go to the background once all are open, and print the process id.
    #[arg(long)]
    detach: bool,
}

pub fn run(args: &Args) -> Outcome {
    sys::raise_file_limit();
    let (sources, to) = (args.sources.addresses(), args.to.addresses());
    let mut listeners = Vec::new();
    for address in to {
        let listener = sys::bound(Type::STREAM, None, (*address, args.port).into());
        let listener = listener.map_err(|e| format!("{address}:{}: {e}", args.port))?;
        listener.listen(16).map_err(|e| format!("listen: {e}"))?;
        listeners.push(listener);
    }
    let mut held = Vec::new();
    for number in 0..args.count {
        let turn = number / sources.len() % to.len();
        let (from, to) = (sources[number % sources.len()], to[turn]);
        let client = connected(from, (to, args.port).into());
        let client = client.map_err(|e| format!("from {from} to {to}, number {number}: {e}"))?;
        let accepted = listeners[turn].accept();
        held.push((client, accepted.map_err(|e| format!("accept: {e}"))?.0));
    }
    if args.detach {
        sys::detach()?;
    }
    loop {
        std::thread::park();
    }
}

fn connected(from: IpAddr, to: SocketAddr) -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
    sys::set_option(
        socket.as_raw_fd(),
        libc::IPPROTO_IP,
        IP_BIND_ADDRESS_NO_PORT,
        &1i32,
    )
    .map_err(std::io::Error::other)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect(&to.into())?;
    Ok(socket)
}
