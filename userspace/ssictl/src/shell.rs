// SPDX-License-Identifier: GPL-2.0-only

//! A command on many nodes at once, by ssh or by what is given in its place.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use ssi_cluster::failure::{Failure, reason};
use ssi_cluster::file::host;

/// Where programs are, whatever the shell of a login without a terminal thinks.
pub const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH";

/// How a command ended on a node, or why it was not run.
pub type Ran = Result<Output, String>;

/// How nodes are reached.
pub struct Shell<'a> {
    program: String,
    arguments: Vec<String>,
    nodes: &'a [(String, String)],
}

impl<'a> Shell<'a> {
    /// By a command, in words with spaces between them: nodes, and the hosts that they are reached as.
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

    /// Runs a command on all nodes at once, with a file to read, while something is done here; waits for all.
    pub fn everywhere<T>(
        &self,
        command: &str,
        input: Option<&Path>,
        meanwhile: impl FnOnce() -> T,
    ) -> (Vec<(String, Ran)>, T) {
        thread::scope(|scope| {
            let runs: Vec<_> = self
                .nodes
                .iter()
                .map(|(node, host)| (node, scope.spawn(move || self.on(host, command, input))))
                .collect();
            let done = meanwhile();
            let ended = |run: thread::ScopedJoinHandle<'_, Ran>| {
                run.join()
                    .unwrap_or_else(|_| Err("a thread died".to_owned()))
            };
            let runs = runs.into_iter();
            let all = runs.map(|(node, run)| (node.clone(), ended(run))).collect();
            (all, done)
        })
    }

    fn on(&self, host: &str, command: &str, input: Option<&Path>) -> Ran {
        let input = match input {
            None => Stdio::null(),
            Some(path) => {
                let file = File::open(path);
                file.map_err(|e| format!("{}: {}", path.display(), reason(&e)))?
                    .into()
            }
        };
        Command::new(&self.program)
            .args(&self.arguments)
            .arg(host)
            .arg(command)
            .stdin(input)
            .stdout(Stdio::piped())
            .output()
            .map_err(|e| format!("{}: {}", self.program, reason(&e)))
    }
}

/// Why a command failed: the last line that it wrote, or how it ended.
pub fn why(ended: &Output) -> String {
    let text = String::from_utf8_lossy(&ended.stderr);
    let mut lines = text.lines().rev().map(str::trim);
    match lines.find(|line| !line.is_empty()) {
        Some(line) => line.to_owned(),
        None => format!("it ended with {} and did not say why", ended.status),
    }
}

/// A node, and the host that it is reached as: `NODE=HOST`.
pub fn at(text: &str) -> Result<(String, String), String> {
    let (node, at) = text
        .split_once('=')
        .filter(|(_, at)| !at.is_empty() && !at.starts_with('-'))
        .ok_or("give a node and its host, as n1=root@192.0.2.1")?;
    Ok((host(node)?, at.to_owned()))
}
