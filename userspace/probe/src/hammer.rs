// SPDX-License-Identifier: GPL-2.0-only

//! Requests of all kinds, right and wrong, as fast as the kernel takes them. Whether they are refused is no
//! matter here; the kernel log afterwards does.

use crate::attribute::attribute;
use crate::nl::Family;
use crate::outcome::Outcome;
use crate::random::Random;
use crate::sys;
use std::os::fd::AsRawFd;
use std::time::Duration;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Args {
    /// Interface of the clusters that come and go.
    #[arg(long)]
    dev: String,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Requests at most; 0: until stopped.
    #[arg(long, default_value_t = 0)]
    times: u64,
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Go to the background once ready, and print the process id.
    #[arg(long)]
    detach: bool,
}

const NAME: u16 = 1;
const OWNED: u16 = 15;
const LEASE: u16 = 29;
const LEASE_UNTIL: u16 = 37;
const ATTRIBUTES: u64 = 39;
const OPERATIONS: u64 = 14;

/// A value that is right for many an attribute, and small enough that clusters do come to be.
fn value(random: &mut Random, kind: u16, ifindex: u32) -> Vec<u8> {
    let small = |random: &mut Random| (random.below(4) as u32).to_ne_bytes().to_vec();
    match kind {
        NAME => format!("h{}\0", random.below(3)).into_bytes(),
        2 => ifindex.to_ne_bytes().to_vec(),
        4 => vec![2, 0, 0, 0, 0, random.below(4) as u8],
        8 => (random.below(8) as u32 + 17).to_ne_bytes().to_vec(),
        // Rank and number of nodes.
        9 => (random.below(3) as u32).to_ne_bytes().to_vec(),
        10 => (random.below(3) as u32 + 2).to_ne_bytes().to_vec(),
        12 => vec![7; 16],
        13 => vec![random.below(2) as u8],
        14 => attribute(1, &[10, 9, 3, random.below(4) as u8 + 1]),
        // Three bytes are right for 17 to 24 buckets.
        OWNED | 31 | 32 => vec![random.below(256) as u8 & 1; 3],
        16 => random.below(1000).to_ne_bytes().to_vec(),
        LEASE_UNTIL => (boottime() + random.below(20)).to_ne_bytes().to_vec(),
        _ => small(random),
    }
}

/// Milliseconds, in hundredths of a second.
fn boottime() -> u64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    let digits = text.chars().take_while(|c| *c != ' ');
    let digits: String = digits.filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0) * 10
}

/// What an operation may have, all of it optional here, the name excepted.
fn attributes(operation: u8) -> &'static [u16] {
    match operation {
        1 => &[2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 27, 28],
        2 => &[6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 27, 28],
        // A lease of milliseconds, so that many a one runs out.
        6 => &[8, OWNED, 16, LEASE, 31, LEASE_UNTIL],
        13 => &[32],
        14 => &[LEASE, LEASE_UNTIL],
        _ => &[],
    }
}

fn body(random: &mut Random, operation: u8, ifindex: u32) -> Vec<u8> {
    let mut kinds = vec![NAME];
    for &kind in attributes(operation) {
        // Interface, ranks and an address are what a cluster cannot be without.
        let seldom = !matches!(kind, 2 | 9 | 10 | 14);
        if random.below(10) > if seldom { 7 } else { 0 } || operation == 6 {
            kinds.push(kind);
        }
    }
    // Both together are refused.
    let other = [LEASE, LEASE_UNTIL][random.below(2) as usize];
    kinds.retain(|kind| *kind != other);
    if random.below(8) == 0 {
        kinds.push(random.below(ATTRIBUTES) as u16);
    }
    let mut out = Vec::new();
    for kind in kinds {
        let mut value = value(random, kind, ifindex);
        if random.below(40) == 0 {
            value.resize(random.below(40) as usize, 0xa5);
        }
        let nested = if kind == 14 { 0x8000 } else { 0 };
        out.extend(attribute(kind | nested, &value));
    }
    if random.below(20) == 0 {
        out.truncate(random.below(out.len() as u64 + 1) as usize);
    }
    if let (0, Some(byte)) = (random.below(20), out.first_mut()) {
        *byte = random.below(256) as u8;
    }
    out
}

pub fn run(args: &Args) -> Outcome {
    let ifindex = sys::if_index(&args.dev)?;
    let mut random = Random(args.seed);
    let end = sys::end_signal()?;
    if args.detach {
        sys::detach()?;
    }
    let deadline = Instant::now() + Duration::from_secs(args.seconds);
    let (mut sent, mut taken) = (0u64, 0u64);
    let mut family = None;
    while (args.times == 0 || sent < args.times) && Instant::now() < deadline {
        // The module may be away just now.
        let Ok(open) = family.take().map_or_else(Family::open, Ok) else {
            if sys::poll(&[end.as_raw_fd()], 5)?[0] {
                break;
            }
            continue;
        };
        let mut open = open;
        let operation = random.below(OPERATIONS) as u8 + 1;
        let dump = random.below(5) == 0;
        let request = body(&mut random, operation, ifindex);
        sent += 1;
        if let Ok(reply) = open.request(operation, &request, dump) {
            taken += u64::from(reply.errno == 0);
            // Family gone: it has to be looked up anew when the module is back.
            if reply.errno != libc::ENOENT {
                family = Some(open);
            }
        }
        if sent % 64 == 0 && sys::poll(&[end.as_raw_fd()], 0)?[0] {
            break;
        }
    }
    if !args.detach {
        println!("{sent} requests, {taken} carried out");
    }
    Ok(())
}
