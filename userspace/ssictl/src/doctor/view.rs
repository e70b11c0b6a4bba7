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
        status(self.wrong())
    }
}

/// The exit status of so many findings that are more than notes.
pub fn status(wrong: usize) -> u8 {
    match u8::try_from(wrong) {
        Ok(0) => 0,
        Ok(wrong) => wrong.saturating_add(FOUND).min(MOST),
        Err(_) => MOST,
    }
}

/// Whether an exit status is that of what was found, and not another command's failure.
pub fn is_of_findings(status: u8) -> bool {
    status == 0 || (status > FOUND && status <= MOST)
}

/// What a finding is about, before the sentence that says it.
pub fn whose(nodes: &str, cluster: Option<&str>) -> String {
    let cluster = cluster.map_or_else(String::new, |name| format!("{name}: "));
    match nodes {
        "" => cluster,
        nodes => format!("{nodes}: {cluster}"),
    }
}

/// A finding as lines: what, evidence and advice are the words.
pub fn block(severity: Severity, check: &str, whose: &str, words: [&str; 3]) -> String {
    let [what, evidence, advice] = words;
    let severity = severity.name().to_uppercase();
    let mut text = format!("{severity} {check}: {whose}{what}\n");
    let more = format!("man ssi-doctor, {check}");
    for (name, value) in [("seen", evidence), ("do", advice), ("more", &more)] {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name:<5} {value}");
    }
    text
}

/// How much was found, in a line.
pub fn summary(nodes: &str, wrong: usize, clusters: Option<&str>) -> String {
    let clusters = clusters.map_or_else(String::new, |names| format!(" ({names})"));
    match wrong {
        0 => format!("{nodes}: nothing wrong is found{clusters}\n"),
        1 => format!("{nodes}: 1 finding{clusters}\n"),
        wrong => format!("{nodes}: {wrong} findings{clusters}\n"),
    }
}

/// Checks that could not look, in a line a reason.
pub fn not_looked_for<'a>(skipped: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut whys: Vec<(String, Vec<&str>)> = Vec::new();
    for (check, why) in skipped {
        match whys.iter_mut().find(|(other, _)| *other == why) {
            Some((_, checks)) => checks.push(check),
            None => whys.push((why, vec![check])),
        }
    }
    let line = |(why, checks): (String, Vec<&str>)| {
        format!("not looked for: {} ({why})\n", checks.join(", "))
    };
    whys.into_iter().map(line).collect()
}

/// What a line of what was found is, where a person is to see that at once.
pub fn mood(line: &str) -> Mood {
    match line.split(' ').next().unwrap_or_default() {
        "BROKEN" | "RISK" => Mood::Wrong,
        _ if line.contains(": nothing wrong is found") => Mood::Well,
        "NOT" => Mood::Wrong,
        _ => Mood::Plain,
    }
}

fn link(id: &str) -> String {
    format!("{PAGE}#{id}")
}

impl Text for Report {
    fn text(&self) -> String {
        let mut text = String::new();
        for one in &self.findings {
            let words = [&one.what, &one.evidence, &one.advice].map(String::as_str);
            let whose = whose("", one.cluster.as_deref());
            text += &block(one.severity, one.check, &whose, words);
        }
        let clusters = match self.clusters.as_slice() {
            [] => "no cluster is here".to_owned(),
            names => names.join(", "),
        };
        text += &summary(&self.node, self.wrong(), Some(&clusters));
        let skipped = self.skipped.iter();
        text + &not_looked_for(skipped.map(|one| (one.check, one.why.clone())))
    }

    fn mood(&self, line: &str) -> Mood {
        mood(line)
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
