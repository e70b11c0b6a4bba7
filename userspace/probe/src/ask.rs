// SPDX-License-Identifier: GPL-2.0-only

//! Asks from many source addresses and collects all answers.
//!
//! Nothing is asked again: an answer that does not come is a missing answer. (TCP's own
//! retransmissions are the kernel's, and the capture at the switch shows them.)

use crate::Outcome;
use crate::datagram;
use crate::sources::Sources;
use crate::sys;
use crate::tcp;
use clap::ValueEnum;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Instant;

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
    out: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
pub struct Asked {
    pub asked: u32,
    /// Answering node → its answers.
    pub answers: BTreeMap<String, u32>,
    /// Requests without an answer, and with more than one.
    pub missing: u32,
    pub repeated: u32,
}

#[derive(Default, Serialize, Deserialize)]
pub struct Report {
    pub sources: BTreeMap<IpAddr, Asked>,
    pub errors: BTreeMap<IpAddr, String>,
    pub milliseconds: u64,
}

pub fn run(args: &Args) -> Outcome {
    sys::raise_file_limit();
    let start = Instant::now();
    let mut report = Report::default();
    match args.proto {
        Proto::Tcp => tcp::ask(args, args.sources.addresses(), &mut report)?,
        _ => datagram::ask(args, &mut report)?,
    }
    report.milliseconds = start.elapsed().as_millis() as u64;
    let text = serde_json::to_string(&report).map_err(|e| e.to_string())?;
    match &args.out {
        Some(path) => fs::write(path, text).map_err(|e| format!("{path}: {e}")),
        None => {
            println!("{text}");
            Ok(())
        }
    }
}
