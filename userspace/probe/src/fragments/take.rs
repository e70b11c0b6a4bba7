// SPDX-License-Identifier: GPL-2.0-only

//! Receives a plan's datagrams and compares each with what was sent.

use crate::fragments::plan::Plan;
use crate::outcome::Outcome;
use crate::sys;
use serde::Deserialize;
use serde::Serialize;
use socket2::Domain;
use socket2::Socket;
use socket2::Type;
use std::fs;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    plan: Plan,
    /// Where to listen.
    #[arg(long, value_delimiter = ',', required = true)]
    address: Vec<IpAddr>,
    #[arg(long, default_value_t = 7001)]
    port: u16,
    #[arg(long)]
    out: String,
    /// Go to the background once ready, and print the process id.
    #[arg(long)]
    detach: bool,
}

/// What one node received.
#[derive(Default, Serialize, Deserialize)]
pub struct Taken {
    /// Numbers of whole datagrams, as they came.
    pub whole: Vec<u32>,
    /// What was wrong with the others.
    pub wrong: Vec<String>,
}

impl Taken {
    fn add(&mut self, plan: &Plan, from: IpAddr, payload: &[u8]) {
        let Some(index) = plan.index(payload) else {
            return self
                .wrong
                .push(format!("{} bytes of {from}", payload.len()));
        };
        let sent = plan.datagram(index);
        if sent.source != from {
            self.wrong.push(format!("datagram {index} of {from}"));
        } else if sent.payload != payload {
            self.wrong.push(format!("datagram {index} is damaged"));
        } else {
            self.whole.push(index);
        }
    }
}

fn socket(address: IpAddr, port: u16) -> Outcome<UdpSocket> {
    let made = || {
        let to = SocketAddr::new(address, port);
        let s = Socket::new(Domain::for_address(to), Type::DGRAM, None)?;
        s.set_nonblocking(true)?;
        s.bind(&to.into())?;
        Ok(s)
    };
    let s = made().map_err(|e: std::io::Error| format!("{address} port {port}: {e}"))?;
    // Nothing is to be lost here.
    let room: i32 = 128 << 20;
    sys::set_option(s.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &room)?;
    Ok(s.into())
}

pub fn run(args: &Args) -> Outcome {
    let mut sockets = Vec::new();
    for &address in &args.address {
        sockets.push(socket(address, args.port)?);
    }
    let end = sys::end_signal()?;
    if args.detach {
        sys::detach()?;
    }
    let mut fds = vec![end.as_raw_fd()];
    fds.extend(sockets.iter().map(AsRawFd::as_raw_fd));
    let mut taken = Taken::default();
    let mut buf = vec![0; 65536];
    let mut ended = false;
    while !ended {
        ended = sys::poll(&fds, -1)?[0];
        // What came before the signal is in the sockets by now: it is taken too.
        for s in &sockets {
            while let Ok((len, from)) = s.recv_from(&mut buf) {
                taken.add(&args.plan, from.ip(), &buf[..len]);
            }
        }
    }
    let text = serde_json::to_string(&taken).map_err(|e| e.to_string())?;
    fs::write(&args.out, text).map_err(|e| format!("{}: {e}", args.out))
}
