// SPDX-License-Identifier: GPL-2.0-only

//! Cost of a second of a quiet cluster for each node, by the number of nodes, as a table and a picture:
//! `cargo run --release --example cost -- cost.svg`.
//!
//! The agents and the planner are the real ones; the engine is in memory and costs nothing here. Processor time is what
//! the agents take, without the model around them.

#![allow(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a simulation, whose arrays have the sizes it gave them"
)]

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/simulation/air.rs"]
mod air;
#[path = "../../tests/simulation/kernel.rs"]
mod kernel;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/simulation/machine.rs"]
mod machine;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/simulation/net.rs"]
mod net;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/simulation/world.rs"]
mod world;

mod measure;
mod plot;

use std::error::Error;

use measure::{Agents, Planner};

const BUCKETS: u32 = 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(svg) = std::env::args().nth(1) else {
        return Err("give a file to write: cost.svg".into());
    };
    let agents: Vec<Agents> = [2, 4, 8, 16]
        .map(|nodes| measure::agents(nodes, BUCKETS))
        .into();
    let planner: Vec<Planner> = [2, 4, 8, 16, 64, 256]
        .map(|nodes| measure::planner(nodes, BUCKETS))
        .into();
    println!("a node, each second, {BUCKETS} buckets");
    println!("nodes  messages sent  received  bytes sent  received  agent, ms");
    for a in &agents {
        println!(
            "{:5}{:>15.1}{:>7.1}{:>12.0}{:>8.0}{:>11.3}",
            a.nodes, a.sent, a.received, a.bytes_sent, a.bytes_received, a.time
        );
    }
    println!("nodes  planner, ms: quiet   join");
    for p in &planner {
        println!("{:5}{:>20.3}{:>7.3}", p.nodes, p.quiet, p.join);
    }
    std::fs::write(svg, plot::svg(&agents, &planner)?)?;
    Ok(())
}
