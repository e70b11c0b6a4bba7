// SPDX-License-Identifier: GPL-2.0-only

//! Notification of this machine that buckets or the master come to this node or go from it: a unit of systemd is started, or a
//! command.
//!
//! Whatever that does, and however long, the loop does not wait for it: one runs, one may wait, and what happens meanwhile is
//! gathered into the next ([`Gathered`]). What takes too long is ended.

mod environment;
mod gathered;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ssi_cluster::file::daemon::Notify;
use ssi_monitor::health::{Command, Outcome};
use ssi_protocol::Command as KernelCommand;
use tokio::sync::mpsc;

use crate::agent::{Action, Held};
use crate::config::Config;
use crate::log_kind::LogKind;

use environment::Environment;
use gathered::Gathered;

/// A run that takes longer is ended.
const LIMIT: Duration = Duration::from_secs(90);

/// What a run is about.
type Variables = Vec<(&'static str, String)>;

/// Who gathers, and has runs made.
pub struct Notifier {
    gathered: Gathered,
    environment: Environment,
    /// Where a run waits for the one before it; none where nobody wants to be notified.
    runs: Option<mpsc::Sender<Variables>>,
    way: Option<Notify>,
    failed: Failed,
}

/// What the last run that failed said, if the last one did.
type Failed = Arc<Mutex<Option<String>>>;

impl Notifier {
    /// By a file, with what this node has now.
    pub fn new(config: &Config, held: &Held<'_>) -> Self {
        let mut notifier = Self {
            gathered: Gathered::new(held),
            environment: Environment::new(config),
            runs: None,
            way: None,
            failed: Failed::default(),
        };
        notifier.reconfigure(config);
        notifier
    }

    /// The file is another. What runs goes on.
    pub fn reconfigure(&mut self, config: &Config) {
        self.environment = Environment::new(config);
        let way = config.daemon.notify.clone();
        if way == self.way {
            return;
        }
        self.way = way.clone();
        self.runs = way.map(|way| {
            let (runs, received) = mpsc::channel(1);
            let name = config.file.name.clone();
            tokio::spawn(run_all(way, name, received, Arc::clone(&self.failed)));
            runs
        });
        self.set_failed(None);
    }

    /// This is to be done: buckets that it takes of a dead node, and sessions that break, are known by that.
    pub fn note(&mut self, action: &Action) {
        match action {
            Action::Kernel(KernelCommand::SetTable { cold, .. }) => self.gathered.cold(cold),
            Action::Broken(buckets) => self.gathered.broken(buckets),
            Action::GiveUp(buckets) => self.gathered.given_up(buckets),
            _ => {}
        }
    }

    /// This is what the node has now. Whether a run was given.
    pub fn look(&mut self, held: &Held<'_>) {
        let Some(runs) = &self.runs else {
            return;
        };
        self.gathered.see(held);
        // Another one waits already: what is new waits here.
        let Ok(place) = runs.try_reserve() else {
            return;
        };
        if let Some(changes) = self.gathered.take() {
            place.send(self.environment.variables(&changes, held));
        }
    }

    /// In a sentence, that the last run failed.
    pub fn failed(&self) -> Option<String> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.clone()
    }

    fn set_failed(&self, sentence: Option<String>) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = sentence;
    }
}

/// Runs one after the other until the loop has ended or the file is another.
async fn run_all(way: Notify, name: String, mut runs: mpsc::Receiver<Variables>, failed: Failed) {
    let (what, mut command) = match &way {
        Notify::Command(command) => {
            let program = command.first().cloned().unwrap_or_default();
            (program, Command::new(command.clone()))
        }
        Notify::Unit(unit) => {
            let instance = instance(unit, &name);
            (instance.clone(), Command::new(start(&instance)))
        }
    };
    let file = ssid_api::folder().join(format!("{name}.notify"));
    while let Some(variables) = runs.recv().await {
        let outcome = match (&way, write(&file, &variables)) {
            // A command has them in its environment.
            (Notify::Unit(_), Err(e)) => Outcome::bad(format_args!("{}: {e}", file.display())),
            _ => command.run_with(&variables, LIMIT).await,
        };
        let sentence = match outcome.good {
            true => {
                LogKind::Notified.log(format_args!("{what} was run: {}", outcome.text));
                None
            }
            false => {
                let sentence = format!("notify: {what}: {}", outcome.text);
                LogKind::NotNotified.log(&sentence);
                Some(sentence)
            }
        };
        *failed.lock().unwrap_or_else(PoisonError::into_inner) = sentence;
    }
}

/// The unit of a template for a cluster. Names of clusters are such of instances.
fn instance(template: &str, cluster: &str) -> String {
    match template.split_once('@') {
        Some((name, kind)) => format!("{name}@{cluster}{kind}"),
        None => template.to_owned(),
    }
}

/// It is waited for, so that the next one is another start, and has a file of its own.
fn start(unit: &str) -> Vec<String> {
    ["systemctl", "start", "--", unit]
        .map(str::to_owned)
        .to_vec()
}

/// Writes them for a unit's `EnvironmentFile`, whole.
fn write(path: &Path, variables: &[(&str, String)]) -> std::io::Result<()> {
    let fresh: PathBuf = path.with_extension("notify-new");
    let mut file = fs::File::create(&fresh)?;
    for (name, value) in variables {
        writeln!(file, "{name}=\"{value}\"")?;
    }
    fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests;
