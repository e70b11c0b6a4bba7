// SPDX-License-Identifier: GPL-2.0-only

//! A day of 16 nodes under skewed load, with levelling and without, as a table and a picture:
//! `cargo run --release --example day -- day.csv day.svg`.

#![allow(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a simulation, whose arrays have the sizes it gave them"
)]

mod cluster;
mod plot;
mod random;
mod run;
mod world;

use std::error::Error;
use std::fmt::Write;

/// The day that the documentation shows.
const SEED: u64 = 2026;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(csv), Some(svg)) = (arguments.next(), arguments.next()) else {
        return Err("give two files to write: day.csv day.svg".into());
    };
    let day = run::day(SEED);
    let mut table = String::from("minute,load,levelled,left-alone,moves\n");
    for (number, minute) in day.minutes.iter().enumerate() {
        let run::Minute {
            load,
            levelled,
            left_alone,
            moves,
        } = minute;
        writeln!(
            table,
            "{number},{load:.4},{levelled:.3},{left_alone:.3},{moves}"
        )?;
    }
    std::fs::write(csv, table)?;
    std::fs::write(svg, plot::svg(&day)?)?;
    print!("{}", summary(&day));
    Ok(())
}

fn summary(day: &run::Day) -> String {
    let mut text = String::new();
    for (name, value) in [
        ("levelled", (|m| m.levelled) as fn(&run::Minute) -> f64),
        ("left alone", |m| m.left_alone),
    ] {
        let mut values: Vec<f64> = day.minutes.iter().skip(60).map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let part = |percent| values[(values.len() - 1) * percent / 100];
        let _ = writeln!(
            text,
            "{name:11} max/mean from 1:00 on: mean {mean:.2}, 95 % {:.2}, 99 % {:.2}, greatest {:.2}",
            part(95),
            part(99),
            part(100)
        );
    }
    let hours = day
        .minutes
        .chunks(60)
        .map(|h| h.iter().map(|m| m.moves).sum());
    let hours: Vec<usize> = hours.collect();
    let _ = writeln!(
        text,
        "moves: {} in the day, by hour {hours:?}; of one bucket at most {}",
        hours.iter().sum::<usize>(),
        day.moves.iter().max().unwrap()
    );
    text
}
