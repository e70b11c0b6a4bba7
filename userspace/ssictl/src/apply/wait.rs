// SPDX-License-Identifier: GPL-2.0-only

//! Waiting until connections have ended.

use std::time::Duration;

use ssi_cluster::failure::Failure;
use ssi_cluster::file::ClusterFile;
use ssi_cluster::system::System;
use ssi_cluster::transition;

use crate::progress::Progress;
use crate::value::Buckets;

const ROUND: Duration = Duration::from_millis(500);
/// The kernel ends a drain at its deadline; a busy machine may report it later.
const LATER: Duration = Duration::from_secs(10);

/// Waits until no bucket drains. Returns what drains still, which is none.
pub fn drained(system: &mut impl System, file: &ClusterFile) -> Result<Buckets, Failure> {
    let begun = system.now();
    let whole = Duration::from_secs(file.drain_time.into());
    let what = format!("{}: connections end", file.name);
    let mut progress = Progress::new(what, whole);
    loop {
        let draining = transition::draining(system, &file.name)?;
        if draining.is_empty() {
            return Ok(draining);
        }
        let passed = system.now().saturating_sub(begun);
        if passed > whole.saturating_add(LATER) {
            return Err(Failure::Refused(format!(
                "{}: {} buckets still drain after {} s; see ssictl table show {}",
                file.name,
                draining.len(),
                passed.as_secs(),
                file.name
            )));
        }
        let wait = progress.show(passed).min(ROUND);
        system.pause(wait);
    }
}
