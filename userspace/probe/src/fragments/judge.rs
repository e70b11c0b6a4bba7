// SPDX-License-Identifier: GPL-2.0-only

//! Compares what the nodes received with the formula.

use crate::fragments::plan::Plan;
use crate::fragments::take::Taken;
use crate::outcome::Outcome;
use crate::table::Table;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    plan: Plan,
    #[arg(long)]
    table: String,
    /// Write here how many datagrams and fragments each node has to have received.
    #[arg(long)]
    facts: Option<String>,
    /// NODE=FILE of `take`, one for each node.
    #[arg(required = true)]
    taken: Vec<String>,
}

/// What is a node's by the table.
#[derive(Default, Serialize)]
struct Share {
    datagrams4: usize,
    fragments4: usize,
    datagrams6: usize,
    fragments6: usize,
}

fn read(path: &str) -> Outcome<Taken> {
    let text = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))
}

/// Node of each datagram, and none but whole ones.
fn receivers(args: &Args) -> Outcome<Vec<Option<String>>> {
    let mut by = vec![None; args.plan.datagrams as usize];
    for pair in &args.taken {
        let (node, path) = pair
            .split_once('=')
            .ok_or(format!("\"{pair}\" is no NODE=FILE"))?;
        let taken = read(path)?;
        if let Some(wrong) = taken.wrong.first() {
            return Err(format!(
                "{node} received {} wrong ones: {wrong}",
                taken.wrong.len()
            ));
        }
        for index in taken.whole {
            let before = by
                .get_mut(index as usize)
                .ok_or(format!("no datagram {index}"))?;
            if let Some(before) = before.replace(node.to_owned()) {
                return Err(format!(
                    "datagram {index} was received by {before} and by {node}"
                ));
            }
        }
    }
    Ok(by)
}

pub fn run(args: &Args) -> Outcome {
    let table = Table::read(&args.table)?;
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for (index, receiver) in receivers(args)?.into_iter().enumerate() {
        let datagram = args.plan.datagram(index as u32);
        let owner = table.owner(datagram.source)?;
        match receiver {
            None => {
                return Err(format!(
                    "datagram {index} of {} was not received",
                    datagram.source
                ));
            }
            Some(node) if node != owner => {
                let source = datagram.source;
                return Err(format!(
                    "datagram {index} of {source} is {owner}'s, and {node} received it"
                ));
            }
            Some(_) => {}
        }
        let share = shares.entry(owner.to_owned()).or_default();
        if datagram.source.is_ipv4() {
            share.datagrams4 += 1;
            share.fragments4 += datagram.fragments();
        } else {
            share.datagrams6 += 1;
            share.fragments6 += datagram.fragments();
        }
    }
    if let Some(path) = &args.facts {
        let text = serde_json::to_string(&shares).map_err(|e| e.to_string())?;
        fs::write(path, text).map_err(|e| format!("{path}: {e}"))?;
    }
    let per_node: Vec<_> = shares
        .iter()
        .map(|(node, s)| format!("{node} {}", s.datagrams4 + s.datagrams6))
        .collect();
    let fragments: usize = shares.values().map(|s| s.fragments4 + s.fragments6).sum();
    println!(
        "{} datagrams in {fragments} fragments, each whole at its node: {}",
        args.plan.datagrams,
        per_node.join(", ")
    );
    Ok(())
}
