// SPDX-License-Identifier: GPL-2.0-only

//! Failover times as distributions: those of a simulation as a table, `cargo run --example failover -- simulate 1000
//! simulation.csv`, and these beside those of machines as a picture, `… -- plot failover.svg simulation.csv machines.csv`.
//!
//! What is simulated is the agents and the engine that forms groups of datagrams, as they are; network, kernels and clocks are
//! models.

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
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/simulation/kernel.rs"]
mod kernel;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/simulation/machine.rs"]
mod machine;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/simulation/net.rs"]
mod net;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/simulation/power.rs"]
mod power;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/simulation/world.rs"]
mod world;

mod plot;
mod times;

use std::error::Error;

use times::Cases;

const USAGE: &str =
    "give \"simulate RUNS FILE.csv\" or \"plot FILE.svg SIMULATION.csv MACHINES.csv\"";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["simulate", runs, csv] => {
            let cases = simulated(runs.parse().map_err(|_| USAGE)?);
            std::fs::write(csv, cases.csv())?;
            print!("{}", cases.summary());
        }
        ["plot", svg, simulation, machines] => {
            let read = |path| Cases::read(&std::fs::read_to_string(path)?);
            let (simulation, machines) = (read(simulation)?, read(machines)?);
            std::fs::write(svg, plot::svg(&simulation, &machines)?)?;
            print!("{}{}", simulation.summary(), machines.summary());
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

/// A node of so many clusters each loses its power.
fn simulated(runs: u64) -> Cases {
    let mut cases = Cases::default();
    for (name, times) in [("ssid", power::USUAL), ("ssid fast", power::FAST)] {
        for seed in 0..runs {
            cases.add(name, power::takeover(times, seed));
        }
    }
    cases
}
