// SPDX-License-Identifier: GPL-2.0-only

//! What was found, as text and as JSON, and the list of checks.

use std::fmt::Write as _;

use serde::Serialize;

use super::check::Severity;
use super::checks;
use super::facts::Facts;
use crate::output::{Columns, Head, Mood, Text};

/// The page that describes what each check finds.
const PAGE: &str = "Documentation/doctor.md";
/// The exit status is this and the number of findings; less is another command's failure.
const FOUND: u8 = 10;
/// No status is greater.
const MOST: u8 = 99;

/// What was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// This machine's name.
    pub node: String,
    /// The clusters that were looked at.
    pub clusters: Vec<String>,
    /// How many checks there are.
    pub checks: usize,
    /// What was found, the worst first.
    pub findings: Vec<Shown>,
    /// Checks that could not look.
    pub skipped: Vec<Skipped>,
}

/// A finding, and whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shown {
    /// The check's name.
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Of which cluster; none: of the machine.
    pub cluster: Option<String>,
    /// What is wrong.
    pub what: String,
    /// By what it is seen.
    pub evidence: String,
    /// What to do.
    pub advice: String,
    /// Where there is more.
    pub link: String,
}

/// A check that could not look.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Skipped {
    /// Its name.
    pub check: &'static str,
    /// Why.
    pub why: String,
}

impl Report {
    /// Makes all checks.
    pub fn of(facts: &Facts) -> Self {
        let mut report = Self {
            node: facts.machine.name.clone(),
            clusters: facts
                .clusters
                .iter()
                .map(|one| one.cluster.name.clone())
                .collect(),
            checks: checks::all().count(),
            findings: Vec::new(),
            skipped: Vec::new(),
        };
        for check in checks::all() {
            match (check.look)(facts) {
                Err(why) => report.skipped.push(Skipped {
                    check: check.id,
                    why,
                }),
                Ok(found) => report.findings.extend(found.into_iter().map(|one| Shown {
                    check: check.id,
                    severity: one.severity,
                    cluster: one.cluster,
                    what: one.what,
                    evidence: one.evidence,
                    advice: one.advice,
                    link: link(check.id),
                })),
            }
        }
        report.findings.sort_by_key(|one| one.severity);
        report
    }

    /// Number of findings that are more than notes.
    fn wrong(&self) -> usize {
        self.findings
            .iter()
            .filter(|one| one.severity != Severity::Note)
            .count()
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        match u8::try_from(self.wrong()) {
            Ok(0) => 0,
            Ok(wrong) => wrong.saturating_add(FOUND).min(MOST),
            Err(_) => MOST,
        }
    }
}

fn link(id: &str) -> String {
    format!("{PAGE}#{id}")
}

impl Text for Report {
    fn text(&self) -> String {
        let mut text = String::new();
        for one in &self.findings {
            let cluster = one
                .cluster
                .as_ref()
                .map_or_else(String::new, |name| format!("{name}: "));
            let severity = one.severity.name().to_uppercase();
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{severity} {}: {cluster}{}", one.check, one.what);
            let more = format!("man ssi-doctor, {}", one.check);
            for (name, value) in [
                ("seen", &one.evidence),
                ("do", &one.advice),
                ("more", &more),
            ] {
                let _ = writeln!(text, "  {name:<5} {value}");
            }
        }
        let whose = match self.clusters.as_slice() {
            [] => "no cluster is here".to_owned(),
            names => names.join(", "),
        };
        let _ = match self.wrong() {
            0 => writeln!(text, "{}: nothing wrong is found ({whose})", self.node),
            1 => writeln!(text, "{}: 1 finding ({whose})", self.node),
            wrong => writeln!(text, "{}: {wrong} findings ({whose})", self.node),
        };
        let mut whys: Vec<&str> = Vec::new();
        for one in &self.skipped {
            if !whys.contains(&one.why.as_str()) {
                whys.push(&one.why);
            }
        }
        for why in whys {
            let ids: Vec<&str> = self
                .skipped
                .iter()
                .filter(|one| one.why == why)
                .map(|one| one.check)
                .collect();
            let _ = writeln!(text, "not looked for: {} ({why})", ids.join(", "));
        }
        text
    }

    fn mood(&self, line: &str) -> Mood {
        let severity = line.split(' ').next().unwrap_or_default();
        match severity {
            "BROKEN" | "RISK" => Mood::Wrong,
            _ if line.contains(": nothing wrong is found (") => Mood::Well,
            _ => Mood::Plain,
        }
    }
}

/// A check, as `--list` has it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Listed {
    check: &'static str,
    title: &'static str,
    link: String,
}

/// All of them.
#[derive(Serialize)]
#[serde(transparent)]
pub struct List(Vec<Listed>);

impl Listed {
    /// All checks.
    pub fn all() -> List {
        let all = checks::all().map(|check| Self {
            check: check.id,
            title: check.title,
            link: link(check.id),
        });
        List(all.collect())
    }
}

impl Text for List {
    fn text(&self) -> String {
        let heads = ["CHECK", "FINDS"].map(|name| Head::Left(name.to_owned()));
        let mut columns = Columns::new(heads.into());
        for one in &self.0 {
            columns.row(vec![one.check.to_owned(), one.title.to_owned()]);
        }
        columns.text()
    }
}
