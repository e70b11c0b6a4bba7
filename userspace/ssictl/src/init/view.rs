// SPDX-License-Identifier: GPL-2.0-only

//! View of what `init` wrote, and what comes next on which node.

use std::fmt::Write as _;

use serde::Serialize;
use ssi_cluster::file::ClusterFile;

use crate::init::plan::Plan;
use crate::init::write::Written;
use crate::output::Text;

/// A file.
#[derive(Serialize)]
struct FileLine {
    path: String,
    /// Whether it is a key that was there before.
    kept: bool,
}

/// The whole.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Begun {
    name: String,
    folder: String,
    nodes: Vec<String>,
    files: Vec<FileLine>,
    checks: Vec<String>,
    /// Commands, in their order, and where they are run.
    next: Vec<Next>,
}

/// A command.
#[derive(Serialize)]
struct Next {
    /// Nodes, or none: here.
    on: Vec<String>,
    command: String,
}

impl Begun {
    /// Of files that were written and checked.
    pub fn new(plan: &Plan, written: &[Written], checks: Vec<String>) -> Self {
        let folder = plan.folder.display().to_string();
        let path = |file: &Written| plan.folder.join(&file.place).display().to_string();
        Self {
            name: plan.name.clone(),
            nodes: plan
                .file
                .nodes
                .iter()
                .map(|node| node.name.clone())
                .collect(),
            files: written
                .iter()
                .map(|file| FileLine {
                    path: path(file),
                    kept: file.kept,
                })
                .collect(),
            checks,
            next: next(&plan.file, &folder),
            folder,
        }
    }
}

fn next(file: &ClusterFile, folder: &str) -> Vec<Next> {
    let name = &file.name;
    let all: Vec<String> = file.nodes.iter().map(|node| node.name.clone()).collect();
    let first: Vec<String> = all.iter().take(1).cloned().collect();
    let look = match file.daemon {
        Some(_) => format!("ssictl status {name}"),
        None => format!("ssictl cluster show {name}"),
    };
    vec![
        Next {
            on: Vec::new(),
            command: format!("ssictl push {folder}"),
        },
        Next {
            on: first,
            command: look,
        },
    ]
}

impl Text for Begun {
    fn text(&self) -> String {
        let mut text = format!("{}: for {}\n", self.name, self.nodes.join(", "));
        // Writing to a String cannot fail.
        for file in &self.files {
            let kept = match file.kept {
                true => ", which was there and stays",
                false => "",
            };
            let _ = writeln!(text, "  {}{kept}", file.path);
        }
        for check in &self.checks {
            let _ = writeln!(text, "  {check}");
        }
        text.push_str("next:\n");
        for (i, step) in (1..).zip(&self.next) {
            let on = match step.on.is_empty() {
                true => "here".to_owned(),
                false => format!("on {}", step.on.join(", ")),
            };
            let _ = writeln!(text, "  {i}. {on}: {}", step.command);
        }
        let _ = writeln!(
            text,
            "Without ssh: copy {}/etc/ to /etc/ of each node, and see ssictl push --dry-run {} for the rest",
            self.folder, self.folder
        );
        text
    }
}
