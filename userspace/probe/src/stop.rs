// SPDX-License-Identifier: GPL-2.0-only

//! Ends detached probes: they are no children of the shell, so it cannot wait for them.

use crate::outcome::Outcome;
use crate::sys;
use std::os::fd::AsRawFd;

#[derive(clap::Args)]
pub struct Args {
    #[arg(required = true)]
    pids: Vec<i32>,
    /// Seconds to wait for each.
    #[arg(long, default_value_t = 60)]
    patience: u16,
}

pub fn run(args: &Args) -> Outcome {
    let mut going = Vec::new();
    for &pid in &args.pids {
        if let Some(fd) = sys::terminate(pid)? {
            going.push((pid, fd));
        }
    }
    for (pid, fd) in going {
        if !sys::poll(&[fd.as_raw_fd()], i32::from(args.patience) * 1000)?[0] {
            return Err(format!("probe {pid} does not end"));
        }
    }
    Ok(())
}
