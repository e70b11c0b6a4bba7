// SPDX-License-Identifier: GPL-2.0-only

//! Sends all fragments of a plan, shuffled in windows.

use crate::fragments::build;
use crate::fragments::build::Layout;
use crate::fragments::plan::Plan;
use crate::mac::Mac;
use crate::outcome::Outcome;
use crate::random::Random;
use crate::sys;
use crate::sys::packet;
use std::net::IpAddr;
use std::os::fd::AsRawFd;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    plan: Plan,
    #[arg(long)]
    dev: String,
    /// Source MAC.
    #[arg(long)]
    from: Mac,
    /// Destination MAC.
    #[arg(long)]
    to: Mac,
    /// The cluster's address; one of each family that sources have.
    #[arg(long, required = true)]
    vip: Vec<IpAddr>,
    #[arg(long, default_value_t = 7001)]
    port: u16,
    /// Datagrams whose fragments are shuffled together. Receivers keep that many at a time.
    #[arg(long, default_value_t = 1000)]
    window: u32,
}

fn shuffle<T>(all: &mut [T], random: &mut Random) {
    for last in (1..all.len()).rev() {
        all.swap(last, random.below(last as u64 + 1) as usize);
    }
}

pub fn run(args: &Args) -> Outcome {
    let layout = Layout {
        from: args.from,
        to: args.to,
        port: args.port,
    };
    // Ethertype 0 receives nothing: this socket only sends.
    let socket = packet::packet_socket(0, sys::if_index(&args.dev)?)?;
    let mut random = Random(7);
    let mut sent = 0;
    let all: Vec<u32> = (0..args.plan.datagrams).collect();
    for window in all.chunks(args.window.max(1) as usize) {
        let mut frames = Vec::new();
        for &index in window {
            let datagram = args.plan.datagram(index);
            let like = |vip: &&IpAddr| vip.is_ipv4() == datagram.source.is_ipv4();
            let vip = args.vip.iter().find(like);
            let vip = vip.ok_or(format!("no --vip of the family of {}", datagram.source))?;
            // Sources have the same numbers: only all of the key distinguishes datagrams.
            let id = args.plan.turn(index);
            frames.append(&mut build::frames(&datagram, *vip, id, &layout)?);
        }
        shuffle(&mut frames, &mut random);
        for frame in &frames {
            sys::send(socket.as_raw_fd(), frame).map_err(|e| format!("{}: {e}", args.dev))?;
        }
        sent += frames.len();
    }
    println!("{sent}");
    Ok(())
}
