// SPDX-License-Identifier: GPL-2.0-only

//! Checks whether files are copies of the first: `cmp` for hundreds of them in one process.

use crate::outcome::Outcome;
use std::fs;

#[derive(clap::Args)]
pub struct Args {
    original: String,
    #[arg(required = true)]
    copies: Vec<String>,
}

pub fn run(args: &Args) -> Outcome {
    let read = |path: &String| fs::read(path).map_err(|e| format!("{path}: {e}"));
    let original = read(&args.original)?;
    for copy in &args.copies {
        if read(copy)? != original {
            return Err(format!("{copy} is no copy of {}", args.original));
        }
    }
    println!("{} copies of {} bytes", args.copies.len(), original.len());
    Ok(())
}
