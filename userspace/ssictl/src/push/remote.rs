// SPDX-License-Identifier: GPL-2.0-only

//! A command on each node, by ssh or by what is given in its place.

use std::fs::File;
use std::process::{Command, Stdio};
use std::thread;

use ssi_cluster::failure::{Failure, reason};

use crate::push::steps::Step;

/// What became of a step on a node; why it failed is one line.
pub type Ended = (String, Result<(), String>);

/// How nodes are reached.
pub struct Shell<'a> {
    program: String,
    arguments: Vec<String>,
    nodes: &'a [(String, String)],
}

impl<'a> Shell<'a> {
    /// By a command, in words with spaces between them.
    pub fn new(ssh: &str, nodes: &'a [(String, String)]) -> Result<Self, Failure> {
        let mut words = ssh.split_whitespace().map(str::to_owned);
        let program = words.next();
        Ok(Self {
            program: program
                .ok_or_else(|| Failure::Usage("--ssh: give a command, as ssh".to_owned()))?,
            arguments: words.collect(),
            nodes,
        })
    }

    /// Runs a step on all nodes at once, and waits for all.
    pub fn everywhere(&self, step: &Step) -> Vec<Ended> {
        thread::scope(|scope| {
            let runs: Vec<_> = self
                .nodes
                .iter()
                .map(|(node, host)| (node, scope.spawn(move || self.on(host, step))))
                .collect();
            let ended = |run: thread::ScopedJoinHandle<'_, Result<(), String>>| {
                run.join()
                    .unwrap_or_else(|_| Err("a thread died".to_owned()))
            };
            runs.into_iter()
                .map(|(node, run)| (node.clone(), ended(run)))
                .collect()
        })
    }

    fn on(&self, host: &str, step: &Step) -> Result<(), String> {
        let input = match &step.input {
            None => Stdio::null(),
            Some(path) => {
                let file = File::open(path);
                file.map_err(|e| format!("{}: {}", path.display(), reason(&e)))?
                    .into()
            }
        };
        let ended = Command::new(&self.program)
            .args(&self.arguments)
            .arg(host)
            .arg(&step.command)
            .stdin(input)
            .stdout(Stdio::piped())
            .output()
            .map_err(|e| format!("{}: {}", self.program, reason(&e)))?;
        match ended.status.success() {
            true => Ok(()),
            false => Err(why(&ended.stderr, ended.status)),
        }
    }
}

/// The last line that was said, or how it ended.
fn why(said: &[u8], status: std::process::ExitStatus) -> String {
    let text = String::from_utf8_lossy(said);
    let mut lines = text.lines().rev().map(str::trim);
    match lines.find(|line| !line.is_empty()) {
        Some(line) => line.to_owned(),
        None => format!("it ended with {status} and did not say why"),
    }
}
