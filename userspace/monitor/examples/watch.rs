// SPDX-License-Identifier: GPL-2.0-only

//! Shows what ssid would measure of a cluster on this machine: `watch NAME [SECONDS]`.

use std::env;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ssi_monitor::load::{Meter, Strain, System};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let Some(cluster) = arguments.next() else {
        eprintln!("watch: give the name of a cluster");
        return ExitCode::from(2);
    };
    let seconds: u64 = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10);
    let mut meter = Meter::new(System::new(&cluster));
    let mut strain = Strain::new();
    let began = Instant::now();
    for second in 0..=seconds {
        sleep(Duration::from_secs(second).saturating_sub(began.elapsed()));
        let now = began.elapsed();
        match meter.sample(now) {
            Ok(Some(sample)) => {
                let percent = strain.sample(now, sample.stall, sample.cpu, 0);
                println!(
                    "{} ms, {percent} %: {sample:?}",
                    (began.elapsed() - now).as_millis()
                );
            }
            Ok(None) => {}
            Err(e) => eprintln!("watch: {e}"),
        }
        if let Some(trouble) = meter.trouble() {
            eprintln!("watch: {trouble}");
        }
    }
    ExitCode::SUCCESS
}
