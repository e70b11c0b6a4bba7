// SPDX-License-Identifier: GPL-2.0-only

//! Changes a cluster to and fro as fast as the kernel takes it, until stopped.

use crate::attribute;
use crate::nl;
use crate::nl::Family;
use crate::outcome::Outcome;
use crate::sys;
use std::fs;
use std::os::fd::AsRawFd;
use std::time::Duration;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    cluster: String,
    /// table-set or cluster-set.
    #[arg(long, default_value = "table-set")]
    operation: String,
    /// The one state: attributes as for `nl`.
    #[arg(long = "a", required = true, num_args = 1)]
    first: Vec<String>,
    /// The other state.
    #[arg(long = "b", required = true, num_args = 1)]
    second: Vec<String>,
    /// How many changes at most; 0: until stopped.
    #[arg(long, default_value_t = 0)]
    times: u64,
    /// Microseconds between changes.
    #[arg(long, default_value_t = 0)]
    gap: u64,
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Where the number of changes goes.
    #[arg(long)]
    out: Option<String>,
    /// Go to the background once ready, and print the process id.
    #[arg(long)]
    detach: bool,
}

const GENERATION: u16 = 16;
const NAME: u16 = 1;

pub fn run(args: &Args) -> Outcome {
    let mut family = Family::open()?;
    let name = attribute::attribute(NAME, &[args.cluster.as_bytes(), &[0]].concat());
    let states = [
        attribute::parse_attributes(&args.first)?,
        attribute::parse_attributes(&args.second)?,
    ];
    let operation = nl::operation(&args.operation)?;
    let whole_table = args.operation == "table-set";
    let mut number = nl::generation(&mut family, &name)?;
    let end = sys::end_signal()?;
    if args.detach {
        sys::detach()?;
    }
    let deadline = Instant::now() + Duration::from_secs(args.seconds);
    let mut done = 0u64;
    while (args.times == 0 || done < args.times) && Instant::now() < deadline {
        let mut body = [name.clone(), states[(done % 2) as usize].clone()].concat();
        if whole_table {
            number += 1;
            body.extend(attribute::attribute(GENERATION, &number.to_ne_bytes()));
        }
        let reply = family.request(operation, &body, false)?;
        if reply.errno != 0 {
            return Err(format!(
                "change {done}: {} (error {})",
                reply.sentence, reply.errno
            ));
        }
        done += 1;
        if sys::poll(&[end.as_raw_fd()], (args.gap / 1000) as i32)?[0] {
            break;
        }
    }
    // The first change may find its state in force already.
    if !whole_table && nl::generation(&mut family, &name)? + 1 < number + done {
        return Err(format!("{done} changes made fewer generations"));
    }
    match &args.out {
        Some(path) => fs::write(path, format!("{done}\n")).map_err(|e| format!("{path}: {e}")),
        None => {
            println!("{done} changes");
            Ok(())
        }
    }
}
