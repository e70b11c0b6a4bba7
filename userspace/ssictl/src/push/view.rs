// SPDX-License-Identifier: GPL-2.0-only

//! View of what is done where.

use std::fmt::Write as _;

use serde::Serialize;

use crate::output::{Mood, Text};
use crate::push::folder::Folder;
use crate::push::steps::Step;

/// What became of a step on a node; why it failed is one line.
pub type Ended = (String, Result<(), String>);

/// A step that was done.
#[derive(Serialize)]
pub struct Line {
    step: String,
    /// Nodes on which it was.
    done: Vec<String>,
    failed: Vec<Failed>,
}

/// A node on which it failed.
#[derive(Serialize)]
struct Failed {
    node: String,
    why: String,
}

impl Line {
    /// Of what became of it everywhere.
    pub fn of(step: &Step, results: &[Ended]) -> Self {
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for (node, result) in results {
            match result {
                Ok(()) => done.push(node.clone()),
                Err(why) => failed.push(Failed {
                    node: node.clone(),
                    why: why.clone(),
                }),
            }
        }
        Self {
            step: step.title.clone(),
            done,
            failed,
        }
    }
}

impl Text for Line {
    fn text(&self) -> String {
        let failed: Vec<&str> = self.failed.iter().map(|one| one.node.as_str()).collect();
        let mut text = format!("{}: {}", self.step, self.done.join(", "));
        if !failed.is_empty() {
            let _ = write!(text, "; failed on {}", failed.join(", "));
        }
        text + "\n"
    }

    fn mood(&self, _: &str) -> Mood {
        match self.failed.is_empty() {
            true => Mood::Plain,
            false => Mood::Wrong,
        }
    }
}

/// What would be done.
#[derive(Serialize)]
pub struct Steps {
    name: String,
    nodes: Vec<Host>,
    steps: Vec<Planned>,
}

/// A node, and how it is reached.
#[derive(Serialize)]
struct Host {
    node: String,
    host: String,
}

/// A step.
#[derive(Serialize)]
struct Planned {
    step: String,
    command: String,
    /// The file that it reads.
    input: Option<String>,
}

impl Steps {
    /// All of them.
    pub fn new(folder: &Folder, nodes: &[(String, String)], steps: &[Step]) -> Self {
        Self {
            name: folder.file.name.clone(),
            nodes: nodes
                .iter()
                .map(|(node, host)| Host {
                    node: node.clone(),
                    host: host.clone(),
                })
                .collect(),
            steps: steps
                .iter()
                .map(|step| Planned {
                    step: step.title.clone(),
                    command: step.command.clone(),
                    input: step.input.as_ref().map(|path| path.display().to_string()),
                })
                .collect(),
        }
    }
}

impl Text for Steps {
    fn text(&self) -> String {
        let hosts: Vec<&str> = self.nodes.iter().map(|node| node.host.as_str()).collect();
        let mut text = format!(
            "{}: on {}, each step on all before the next\n",
            self.name,
            hosts.join(", ")
        );
        for (i, step) in (1..).zip(&self.steps) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{i}. {}\n     {}", step.step, step.command);
            if let Some(input) = &step.input {
                let _ = writeln!(text, "     < {input}");
            }
        }
        text
    }
}
