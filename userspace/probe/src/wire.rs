// SPDX-License-Identifier: GPL-2.0-only

//! Judges what was captured at the switch's ports.
//!
//! A frame that comes in at a node's port was sent by that node, whatever its addresses say: so
//! this is who answered, told by nobody but the wire.

mod judge;

use crate::Outcome;
use crate::mac::Mac;
use crate::pcapng;
use clap::ValueEnum;
use judge::Judge;
use std::fs;
use std::net::Ipv4Addr;
use std::str::FromStr;

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum ReplyMac {
    Cluster,
    Group,
    Node,
}

/// PORT=NAME=MAC: who is plugged in where.
#[derive(Clone)]
struct Plug {
    port: String,
    node: String,
    mac: Mac,
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
    capture: String,
    #[arg(long)]
    vip: Ipv4Addr,
    /// The cluster's base MAC.
    #[arg(long)]
    mac: Mac,
    #[arg(long = "node", required = true)]
    nodes: Vec<Plug>,
    /// The switch's ports with clients.
    #[arg(long, value_delimiter = ',', default_value = "pc")]
    clients: Vec<String>,
    #[arg(long, value_enum, default_value = "cluster")]
    reply_mac: ReplyMac,
    /// Who answers ARP requests for the cluster address.
    #[arg(long)]
    master: Option<String>,
    /// The table in force; two if it changed to and fro (see `answers`).
    #[arg(long)]
    table: Vec<String>,
    /// Ids of the VLANs that the cluster is in, the outermost first: no other frames are judged.
    #[arg(long, value_delimiter = ',')]
    vlan: Vec<u16>,
    /// Where all counts go, as JSON.
    #[arg(long)]
    facts: Option<String>,
}

pub fn run(args: &Args) -> Outcome {
    let mut judge = Judge::new(args)?;
    for (at, record) in pcapng::read(&args.capture)?.iter().enumerate() {
        judge.frame(at, record)?;
    }
    judge.conclude()?;
    if let Some(path) = &args.facts {
        let text = serde_json::to_string(&judge.facts).map_err(|e| e.to_string())?;
        fs::write(path, text).map_err(|e| format!("{path}: {e}"))?;
    }
    if judge.facts.requests + judge.facts.arp_requests == 0
        && judge
            .facts
            .nodes
            .values()
            .all(|n| n.replies + n.gratuitous + n.arp_requests == 0)
    {
        return Err(format!("no frame of {} was captured", args.vip));
    }
    if !judge.faults.is_empty() {
        let some: Vec<_> = judge.faults.iter().take(4).cloned().collect();
        return Err(format!(
            "{} faults on the wire: {}",
            judge.faults.len(),
            some.join("; ")
        ));
    }
    let asked: Vec<_> = judge
        .facts
        .conversations
        .iter()
        .map(|(proto, n)| format!("{proto} {n}"))
        .collect();
    let sent: Vec<_> = judge
        .facts
        .nodes
        .iter()
        .map(|(node, f)| format!("{node} {}", f.replies))
        .collect();
    println!(
        "on the wire: {}; frames of {}",
        asked.join(", "),
        sent.join(", ")
    );
    Ok(())
}
