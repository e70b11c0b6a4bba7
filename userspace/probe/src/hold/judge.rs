// SPDX-License-Identifier: GPL-2.0-only

//! Judges whom new connections were taken by, while tables changed.

use crate::hold::log::Entry;
use crate::journal::Journal;
use crate::outcome::Outcome;
use crate::table::Table;
use std::fs;

#[derive(clap::Args)]
pub struct Args {
    /// A table with the number of buckets and the hash; who owned what is in the journal.
    #[arg(long)]
    table: String,
    #[arg(long)]
    journal: String,
    /// What `hold clients --fresh-log` wrote.
    log: String,
}

#[derive(Default)]
struct Verdict {
    connections: u32,
    /// Taken by another node than the bucket's first.
    moved: u32,
    faults: Vec<String>,
}

fn judge(entries: &[Entry], table: &Table, journal: &Journal) -> Verdict {
    let mut verdict = Verdict::default();
    // Connections that ended before they were answered are in the clients' report.
    let taken = |e: &&Entry| e.connected != 0 && e.node != "-";
    for e in entries.iter().filter(taken) {
        verdict.connections += 1;
        let bucket = table.bucket(e.source);
        if !journal.may_own(&e.node, bucket, e.began, e.connected) {
            let owners = journal.owners(bucket, e.began, e.connected).join(" or ");
            verdict.faults.push(format!(
                "{} was taken by {} and not {owners}",
                e.source, e.node
            ));
        }
        verdict.moved += u32::from(journal.first_owner(bucket) != Some(&e.node));
    }
    verdict
}

pub fn run(args: &Args) -> Outcome {
    let table = Table::read(&args.table)?;
    let journal = Journal::read(&args.journal, table.buckets())?;
    let text = fs::read_to_string(&args.log).map_err(|e| format!("{}: {e}", args.log))?;
    let entries: Vec<Entry> = text.lines().map(str::parse).collect::<Outcome<_>>()?;
    let verdict = judge(&entries, &table, &journal);
    if !verdict.faults.is_empty() {
        let some: Vec<_> = verdict.faults.iter().take(4).cloned().collect();
        return Err(format!(
            "{} faults: {}",
            verdict.faults.len(),
            some.join("; ")
        ));
    }
    // New connections that no change concerned prove nothing.
    if verdict.moved == 0 {
        return Err(format!(
            "none of {} new connections met a new owner",
            verdict.connections
        ));
    }
    println!(
        "{} new connections, {} at a new owner",
        verdict.connections, verdict.moved
    );
    Ok(())
}
