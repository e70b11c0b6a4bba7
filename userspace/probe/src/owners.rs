// SPDX-License-Identifier: GPL-2.0-only

//! The node that a table gives each source to: lines `SOURCE NODE`.

use crate::outcome::Outcome;
use crate::sources::Sources;
use crate::table::Table;
use std::fmt::Write;
use std::net::IpAddr;

#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    table: String,
    sources: Sources<IpAddr>,
}

pub fn run(args: &Args) -> Outcome {
    let table = Table::read(&args.table)?;
    let mut text = String::new();
    for source in args.sources.addresses() {
        let owner = table.owner(*source)?;
        writeln!(text, "{source} {owner}").map_err(|e| e.to_string())?;
    }
    print!("{text}");
    Ok(())
}
