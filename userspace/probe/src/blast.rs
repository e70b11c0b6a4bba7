// SPDX-License-Identifier: GPL-2.0-only

//! Sends the same frames again and again as fast as they go, and prints what one takes.

use crate::outcome::Outcome;
use crate::sys;
use crate::sys::packet;
use std::os::fd::AsRawFd;
use std::time::Instant;

/// Frames that one call of `send_frames` is given.
const ROUND: u64 = 64;

#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    dev: String,
    /// A whole frame in hexadecimal; several are sent in turn.
    #[arg(long = "frame", required = true, value_name = "HEX")]
    frames: Vec<String>,
    #[arg(long)]
    count: u64,
}

/// Prints nanoseconds a frame.
pub fn run(args: &Args) -> Outcome {
    let frames: Vec<_> = args
        .frames
        .iter()
        .map(|f| bytes(f))
        .collect::<Outcome<_>>()?;
    if args.count == 0 {
        return Err("--count 0: nothing to measure".into());
    }
    // Ethertype 0 receives nothing: this socket only sends.
    let socket = packet::packet_socket(0, sys::if_index(&args.dev)?)?;
    let round: Vec<_> = frames
        .iter()
        .cycle()
        .take(ROUND as usize)
        .cloned()
        .collect();
    // What is done once only is done before the clock runs.
    packet::send_frames(socket.as_raw_fd(), &round)?;
    let begin = Instant::now();
    let mut left = args.count;
    while left > 0 {
        let now = left.min(ROUND);
        packet::send_frames(socket.as_raw_fd(), &round[..now as usize])?;
        left -= now;
    }
    let took = begin.elapsed().as_nanos();
    println!("{:.1}", took as f64 / args.count as f64);
    Ok(())
}

fn bytes(hex: &str) -> Outcome<Vec<u8>> {
    let digits: Option<Vec<_>> = hex.chars().map(|digit| digit.to_digit(16)).collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 => {
            let pairs = digits.chunks(2);
            Ok(pairs.map(|pair| ((pair[0] << 4) | pair[1]) as u8).collect())
        }
        _ => Err(format!(
            "--frame {hex}: not an even number of hexadecimal digits"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn a_frame_is_read() {
        assert_eq!(bytes("00ff1a"), Ok(vec![0, 0xff, 0x1a]));
        for wrong in ["0", "0g", "+1", "ää"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
