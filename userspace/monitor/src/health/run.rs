// SPDX-License-Identifier: GPL-2.0-only

//! Loop that runs the checks.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ssi_cluster::file::Check;
use ssi_cluster::file::check::Then;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::health::Verdict;
use crate::health::probe::Probe;

/// Whatever its interval, a check rests this long.
const REST: Duration = Duration::from_millis(10);
/// How far the time to the next beginning is off, so that checks do not all fall on one moment.
const JITTER: f64 = 0.1;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The check's name.
    pub name: String,
    /// Whether it is good, by rise and fall.
    pub good: bool,
    /// What the last result was, in a sentence. It may be a bad one of a check that is still good.
    pub text: String,
    /// What the node does while it is bad.
    pub then: Then,
}

/// Checks that go on until this is dropped. Commands that run then are killed.
#[derive(Debug)]
#[must_use = "the checks end when this is dropped"]
pub struct Running(JoinSet<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort_all();
    }
}

/// Begins to do checks, each at once and then once in its interval. Which of the file's checks this node does is the
/// caller's choice. A report comes with the first result, and then whenever there is something else to report.
///
/// A check never overlaps itself: if it takes longer than its interval, the next one begins when it ends.
///
/// `apart`: the socket of who runs commands apart, if there is one.
///
/// # Panics
///
/// Outside of a tokio runtime with I/O and time.
pub fn run(
    checks: impl IntoIterator<Item = Check>,
    reports: &mpsc::Sender<Report>,
    apart: &Path,
) -> Running {
    let mut tasks = JoinSet::new();
    for check in checks {
        tasks.spawn(repeat(check, reports.clone(), apart.to_owned()));
    }
    Running(tasks)
}

async fn repeat(check: Check, reports: mpsc::Sender<Report>, apart: PathBuf) {
    let mut probe = Probe::new(check.kind, check.timeout, &apart);
    let mut verdict = Verdict::new(check.rise, check.fall);
    let mut last = None;
    loop {
        let began = Instant::now();
        let outcome = probe.run().await;
        let report = Report {
            name: check.name.clone(),
            good: verdict.result(outcome.good),
            text: outcome.text,
            then: check.then,
        };
        if last.as_ref() != Some(&report) {
            if reports.send(report.clone()).await.is_err() {
                return;
            }
            last = Some(report);
        }
        let next = began + jittered(check.interval, fastrand::f64());
        tokio::select! {
            () = reports.closed() => return,
            () = sleep_until(next.max(Instant::now() + REST)) => {}
        }
    }
}

/// An interval a little longer or shorter, by a random number from 0 to 1.
fn jittered(interval: Duration, random: f64) -> Duration {
    let factor = 1.0 + JITTER * (2.0 * random - 1.0);
    // A day at most: a longer interval would not fit once it is longer still.
    interval
        .min(Duration::from_secs(24 * 60 * 60))
        .mul_f64(factor)
}

#[cfg(test)]
mod tests;
