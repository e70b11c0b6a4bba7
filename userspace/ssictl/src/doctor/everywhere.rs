// SPDX-License-Identifier: GPL-2.0-only

//! What is found on several nodes: each looks for itself, asked by ssh, and what they found is one list.

mod nodes;
#[cfg(test)]
pub mod tests;

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use ssi_cluster::failure::Failure;

use super::args::Doctor;
use super::check::Severity;
use super::view::{self, Report};
use crate::output::{Mood, Text};
use crate::shell::{PATH, Ran, Shell, why};
use nodes::Nodes;

/// Seconds after which a node's own doctor is given up: it takes five as a rule.
const PATIENCE: u32 = 60;
/// A node could not be asked, and nothing was found on the others.
const NOT_ASKED: u8 = 1;

/// What was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Everywhere {
    /// The nodes that looked.
    nodes: Vec<String>,
    /// What was found, the worst first.
    findings: Vec<Found>,
    /// Checks that could not look.
    skipped: Vec<NotLooked>,
    /// Nodes of which nothing is known.
    failed: Vec<Failed>,
}

/// The same on each of these nodes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Found {
    nodes: Vec<String>,
    #[serde(flatten)]
    what: Their,
}

/// A node's finding.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Their {
    check: String,
    severity: Severity,
    cluster: Option<String>,
    what: String,
    evidence: String,
    advice: String,
    link: String,
}

/// A check that could not look on each of these nodes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct NotLooked {
    nodes: Vec<String>,
    #[serde(flatten)]
    what: Skipped,
}

/// A check that could not look, and why.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Skipped {
    check: String,
    why: String,
}

/// A node that could not be asked.
#[derive(Debug, Serialize)]
struct Failed {
    node: String,
    why: String,
}

/// What is read of a node's report.
#[derive(Deserialize)]
struct Theirs {
    findings: Vec<Their>,
    skipped: Vec<Skipped>,
}

/// Asks the nodes that are meant, all at once; a machine that is one of them looks itself.
pub fn look(
    doctor: &Doctor,
    files: &Path,
    machine: &str,
    here: impl FnOnce(Option<&str>) -> Result<Report, Failure>,
) -> Result<Everywhere, Failure> {
    let nodes = Nodes::of(doctor, files, machine)?;
    let command = command(nodes.cluster.as_deref(), doctor.no_probe);
    let shell = Shell::new(&doctor.ssh, &nodes.others)?;
    let own = nodes.own.as_deref();
    let (ran, seen) = shell.everywhere(&command, None, || {
        own.map(|own| (own.to_owned(), here(nodes.cluster.as_deref())))
    });
    let mut all: Vec<(String, Result<Theirs, String>)> = ran
        .into_iter()
        .map(|(node, ran)| (node, theirs(ran)))
        .collect();
    if let Some((node, report)) = seen {
        all.push((node, own_report(report)));
    }
    let at = |name: &String| nodes.order.iter().position(|node| node == name);
    all.sort_by_key(|(node, _)| at(node));
    Ok(Everywhere::of(all))
}

/// What is run on a node. A cluster's name has nothing that a shell would take for something else.
fn command(cluster: Option<&str>, only_looks: bool) -> String {
    let only_looks = if only_looks { " --no-probe" } else { "" };
    let cluster = cluster.map_or_else(String::new, |name| format!(" -- {name}"));
    format!("{PATH}; timeout {PATIENCE} ssictl -j doctor{only_looks}{cluster}")
}

/// What a node answered. Its status is that of what it found, or says that it could not look.
fn theirs(ran: Ran) -> Result<Theirs, String> {
    let ended = ran?;
    let code = ended.status.code().and_then(|code| u8::try_from(code).ok());
    match code {
        Some(code) if view::is_of_findings(code) => read(&ended.stdout),
        Some(124) => Err(format!(
            "ssictl doctor did not end within {PATIENCE} s there"
        )),
        _ => Err(why(&ended)),
    }
}

fn read(json: &[u8]) -> Result<Theirs, String> {
    serde_json::from_slice(json).map_err(|e| {
        format!("what ssictl doctor printed there is not understood ({e}); ssictl has to be of one version on all nodes")
    })
}

fn own_report(report: Result<Report, Failure>) -> Result<Theirs, String> {
    match report {
        Ok(report) => serde_json::to_vec(&report)
            .map_err(|e| e.to_string())
            .and_then(|json| read(&json)),
        Err(Failure::Refused(sentence) | Failure::Usage(sentence)) => Err(sentence),
        Err(Failure::ReaderGone) => Err(String::new()),
    }
}

impl Everywhere {
    fn of(all: Vec<(String, Result<Theirs, String>)>) -> Self {
        let mut found = Self {
            nodes: Vec::new(),
            findings: Vec::new(),
            skipped: Vec::new(),
            failed: Vec::new(),
        };
        for (node, theirs) in all {
            match theirs {
                Err(why) => found.failed.push(Failed { node, why }),
                Ok(theirs) => {
                    theirs
                        .findings
                        .into_iter()
                        .for_each(|what| found.find(&node, what));
                    theirs
                        .skipped
                        .into_iter()
                        .for_each(|what| found.skip(&node, what));
                    found.nodes.push(node);
                }
            }
        }
        found.findings.sort_by_key(|one| one.what.severity);
        found
    }

    fn find(&mut self, node: &str, what: Their) {
        match self.findings.iter_mut().find(|one| one.what == what) {
            Some(same) => same.nodes.push(node.to_owned()),
            None => self.findings.push(Found {
                nodes: vec![node.to_owned()],
                what,
            }),
        }
    }

    fn skip(&mut self, node: &str, what: Skipped) {
        match self.skipped.iter_mut().find(|one| one.what == what) {
            Some(same) => same.nodes.push(node.to_owned()),
            None => self.skipped.push(NotLooked {
                nodes: vec![node.to_owned()],
                what,
            }),
        }
    }

    /// Number of findings that are more than notes.
    fn wrong(&self) -> usize {
        let all = self.findings.iter();
        all.filter(|one| one.what.severity != Severity::Note)
            .count()
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        match view::status(self.wrong()) {
            0 if !self.failed.is_empty() => NOT_ASKED,
            status => status,
        }
    }
}

impl Text for Everywhere {
    fn text(&self) -> String {
        let mut text = String::new();
        for one in &self.findings {
            let (nodes, one) = (one.nodes.join(", "), &one.what);
            let words = [&one.what, &one.evidence, &one.advice].map(String::as_str);
            let whose = view::whose(&nodes, one.cluster.as_deref());
            text += &view::block(one.severity, &one.check, &whose, words);
        }
        if !self.nodes.is_empty() {
            text += &view::summary(&self.nodes.join(", "), self.wrong(), None);
        }
        let skipped = self.skipped.iter();
        text += &view::not_looked_for(skipped.map(|one| {
            let why = format!("{}: {}", one.nodes.join(", "), one.what.why);
            (one.what.check.as_str(), why)
        }));
        for one in &self.failed {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "NOT ASKED {}: {}", one.node, one.why);
        }
        text
    }

    fn mood(&self, line: &str) -> Mood {
        view::mood(line)
    }
}
