// SPDX-License-Identifier: GPL-2.0-only

//! What a check is, and what it finds.

use serde::{Deserialize, Serialize};

use crate::doctor::facts::{ClusterFacts, Facts, Probe};

/// A check.
pub struct Check {
    /// Its name, which stays: what it finds is described under it in the documents.
    pub id: &'static str,
    /// What it finds, in a line.
    pub title: &'static str,
    /// Finds it. An error says why it could not look.
    pub look: fn(&Facts) -> Looked,
}

/// What came of a look.
pub type Looked = Result<Vec<Finding>, String>;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Clients, or some of them, are not served.
    Broken,
    /// They will not be, once something else happens.
    Risk,
    /// Nothing is wrong by itself; it explains what else is seen.
    Note,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Risk => "risk",
            Self::Note => "note",
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Of which cluster; none: of the machine.
    pub cluster: Option<String>,
    /// What is wrong, a sentence.
    pub what: String,
    /// By what that is seen.
    pub evidence: String,
    /// What to do.
    pub advice: String,
}

impl Finding {
    fn new(severity: Severity, what: impl Into<String>) -> Self {
        Self {
            severity,
            cluster: None,
            what: what.into(),
            evidence: String::new(),
            advice: String::new(),
        }
    }

    /// Clients are not served.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::new(Severity::Broken, what)
    }

    /// They may not be.
    pub fn risk(what: impl Into<String>) -> Self {
        Self::new(Severity::Risk, what)
    }

    /// Nothing is wrong by itself.
    pub fn note(what: impl Into<String>) -> Self {
        Self::new(Severity::Note, what)
    }

    /// The same of a cluster.
    pub fn of(mut self, cluster: &ClusterFacts) -> Self {
        self.cluster = Some(cluster.cluster.name.clone());
        self
    }

    /// The same with what was seen.
    pub fn seen(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = evidence.into();
        self
    }

    /// The same with what to do.
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }
}

/// Looks at each cluster.
pub fn each<I>(facts: &Facts, look: impl Fn(&ClusterFacts) -> I) -> Looked
where
    I: IntoIterator<Item = Finding>,
{
    let clusters = facts.clusters.iter();
    Ok(clusters
        .flat_map(|one| look(one).into_iter().map(|finding| finding.of(one)))
        .collect())
}

/// Looks at what the network said about each cluster.
pub fn each_probe<I>(facts: &Facts, look: impl Fn(&ClusterFacts, &Probe) -> I) -> Looked
where
    I: IntoIterator<Item = Finding>,
{
    let mut all = Vec::new();
    for one in &facts.clusters {
        let probe = one.probe.as_ref().map_err(Clone::clone)?;
        let found = look(one, probe).into_iter();
        all.extend(found.map(|finding| finding.of(one)));
    }
    Ok(all)
}
