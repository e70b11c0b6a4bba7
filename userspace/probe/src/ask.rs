// SPDX-License-Identifier: GPL-2.0-only

//! Asks from many source addresses and collects all answers.
//!
//! Nothing is asked again: an answer that does not come is a missing answer. (TCP's own
//! retransmissions are the kernel's, and the capture at the switch shows them.)

pub mod args;
mod datagram;
pub mod report;
mod tcp;

use crate::outcome::Outcome;
use crate::sys;
use args::Args;
use args::Proto;
use report::Report;
use std::fs;
use std::time::Instant;

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
