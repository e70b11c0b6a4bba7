// SPDX-License-Identifier: GPL-2.0-only

//! Measurements of each second, checks, and Corosync's token.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use ssi_cluster::file::check::Then;
use ssi_cluster::file::daemon::Engine;
use ssi_group_comm::corosync;
use ssi_monitor::health::{Report, Running};
use ssi_monitor::load::{Meter, System};
use tokio::sync::mpsc;
use tracing::debug;

use crate::agent::{CheckReport, Event};
use crate::config::Config;

const SECOND: Duration = Duration::from_secs(1);
/// Between two looks at Corosync's token, which a new file of its or one more node changes; and while it does not answer.
const TOKEN: Duration = Duration::from_secs(60);
const NO_TOKEN: Duration = Duration::from_secs(5);
/// Reports that may wait for the loop.
const REPORTS: usize = 64;

/// What goes on beside the loop. Its checks end with it.
pub struct Watch {
    checks: Option<Running>,
}

impl Watch {
    /// Begins to measure and to check.
    pub fn start(config: &Config, events: &mpsc::Sender<Event>) -> Self {
        let (name, sender) = (config.file.name.clone(), events.clone());
        if !config.me.is_witness() {
            thread::spawn(move || measure(&name, &sender));
        }
        if config.daemon.engine == Engine::Corosync {
            let sender = events.clone();
            thread::spawn(move || watch_token(&sender));
        }
        let mut watch = Self { checks: None };
        watch.set_checks(config, events);
        watch
    }

    /// Nothing goes on.
    #[cfg(test)]
    pub fn none() -> Self {
        Self { checks: None }
    }

    /// These are the checks from now on.
    pub fn set_checks(&mut self, config: &Config, events: &mpsc::Sender<Event>) {
        // The old ones end first, so that nothing is asked twice at once.
        self.checks = None;
        let checks: Vec<_> = config.daemon.checks_of(&config.me.name).cloned().collect();
        let (reports, received) = mpsc::channel(REPORTS);
        tokio::spawn(pass_on(received, events.clone()));
        self.checks = Some(ssi_monitor::health::run(checks, &reports, &checks_socket()));
    }
}

/// Where ssid-checks.service is asked to run a check's command, with no rights. Where it is not, the command is run here.
fn checks_socket() -> PathBuf {
    ssid_api::folder().join("checks")
}

async fn pass_on(mut reports: mpsc::Receiver<Report>, events: mpsc::Sender<Event>) {
    while let Some(report) = reports.recv().await {
        let report = CheckReport {
            name: report.name,
            good: report.good,
            text: report.text,
            drop: report.then == Then::Drop,
        };
        if events.send(Event::Check(report)).await.is_err() {
            return;
        }
    }
}

/// Measures each second until the loop has ended.
fn measure(cluster: &str, events: &mpsc::Sender<Event>) {
    let mut meter = Meter::new(System::new(cluster));
    let begun = Instant::now();
    let mut next = begun;
    while !events.is_closed() {
        match meter.sample(begun.elapsed()) {
            Ok(Some(sample)) => {
                if events.blocking_send(Event::Sample(sample)).is_err() {
                    return;
                }
            }
            Ok(None) => {}
            // There is no cluster at the moment, perhaps: who makes it reports what is wrong.
            Err(e) => debug!("nothing was measured: {e}"),
        }
        next = (next + SECOND).max(Instant::now());
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

/// Looks how long Corosync's token is until the loop has ended.
fn watch_token(events: &mpsc::Sender<Event>) {
    loop {
        let token = corosync::token();
        if events.blocking_send(Event::Token(token)).is_err() {
            return;
        }
        thread::sleep(token.map_or(NO_TOKEN, |_| TOKEN));
    }
}
