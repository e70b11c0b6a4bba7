// SPDX-License-Identifier: GPL-2.0-only

//! `ssid`: runs an ssi cluster, one on each node.

mod args;

use std::process::ExitCode;

use clap::Parser as _;
use ssid::config::Config;
use ssid::start;

use args::Args;

/// The daemon or its engine cannot go on.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(folder) = &args.man {
        return match args::manual(folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => failed(&format!("writing to {}: {e}", folder.display())),
        };
    }
    let config = match Config::read(args.file.as_deref(), args.node.as_deref()) {
        Ok(config) => config,
        Err(failure) => return failure.report("ssid"),
    };
    if args.check {
        return ExitCode::SUCCESS;
    }
    start::log(args.verbose);
    match start::run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => failed(&sentence),
    }
}

fn failed(sentence: &str) -> ExitCode {
    eprintln!("ssid: {sentence}");
    ExitCode::from(FAILED)
}
