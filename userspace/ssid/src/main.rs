// SPDX-License-Identifier: GPL-2.0-only

//! `ssid`: runs an ssi cluster, one on each node.

mod args;

use std::process::ExitCode;

use clap::Parser as _;
use ssi_cli::exit;
use ssid::config::Config;
use ssid::start;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(folder) = &args.man {
        return match args::manual(folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => exit::refused("ssid", &format!("writing to {}: {e}", folder.display())),
        };
    }
    let config = match Config::read(args.file.as_deref(), args.node.as_deref()) {
        Ok(config) => config,
        Err(failure) => return exit::failure("ssid", &failure),
    };
    if args.check {
        return ExitCode::SUCCESS;
    }
    start::log(args.verbose);
    match start::run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => exit::refused("ssid", &sentence),
    }
}
