// SPDX-License-Identifier: GPL-2.0-only

//! Judges what was captured at the switch's ports.
//!
//! A frame that comes in at a node's port was sent by that node, whatever its addresses: so
//! this is who answered, by the wire alone.

pub mod args;
mod judge;

use crate::outcome::Outcome;
use crate::pcapng;
use args::Args;
use judge::Judge;
use std::fs;

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
