// SPDX-License-Identifier: GPL-2.0-only

//! Sends the frames of a file as they are.

use crate::outcome::Outcome;
use crate::pcapng;
use crate::sys;
use crate::sys::packet;
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Args {
    capture: String,
    #[arg(long)]
    dev: String,
    /// How often the whole file is sent; 0: until stopped.
    #[arg(long, default_value_t = 1)]
    times: u64,
    /// Microseconds between frames.
    #[arg(long, default_value_t = 50)]
    gap: u64,
    /// Seconds after which to stop in any case.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Go to the background once ready, and print the process id.
    #[arg(long)]
    detach: bool,
}

pub fn run(args: &Args) -> Outcome {
    let frames = pcapng::read(&args.capture)?;
    // Ethertype 0 receives nothing: this socket only sends.
    let socket = packet::packet_socket(0, sys::if_index(&args.dev)?)?;
    let end = sys::end_signal()?;
    if args.detach {
        sys::detach()?;
    }
    let deadline = Instant::now() + Duration::from_secs(args.seconds);
    let mut round = 0;
    while (args.times == 0 || round < args.times) && Instant::now() < deadline {
        for (at, frame) in frames.iter().enumerate() {
            // A background sender goes on when the interface is taken away under it.
            if let (Err(e), false) = (sys::send(socket.as_raw_fd(), &frame.bytes), args.detach) {
                return Err(format!("frame {} of {}: {e}", at + 1, args.capture));
            }
            if args.gap > 0 {
                thread::sleep(Duration::from_micros(args.gap));
            }
        }
        if sys::poll(&[end.as_raw_fd()], 0)?[0] {
            break;
        }
        round += 1;
    }
    Ok(())
}
