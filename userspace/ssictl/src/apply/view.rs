// SPDX-License-Identifier: GPL-2.0-only

//! View of what `apply` did, or would do.

use std::fmt::Write as _;

use serde::Serialize;
use ssi_cluster::difference;
use ssi_cluster::file::{ClusterFile, Node};

use crate::apply::args::Apply;
use crate::apply::step::Step;
use crate::output::Text;
use crate::value::{Buckets, FOREVER, counted};

/// The longest list that is shown; ssictl table show and -j show all.
const SHORT: usize = 40;

/// One attribute that changes.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Its name in the file.
    pub attribute: &'static str,
    /// What it was.
    pub from: String,
    /// What it is from now on.
    pub to: String,
}

impl From<&difference::Line> for Line {
    fn from(line: &difference::Line) -> Self {
        Self {
            attribute: line.attribute,
            from: line.from.clone(),
            to: line.to.clone(),
        }
    }
}

/// Some buckets.
#[derive(Debug, Serialize)]
struct Part {
    buckets: String,
    count: u32,
}

impl From<&Buckets> for Part {
    fn from(buckets: &Buckets) -> Self {
        Self {
            buckets: buckets.list(),
            count: buckets.len(),
        }
    }
}

impl Part {
    /// How many, and which where the list is short.
    fn summary(&self) -> String {
        match self.buckets.len() <= SHORT {
            true => format!("{}: {}", counted(self.count), self.buckets),
            false => counted(self.count),
        }
    }
}

/// What became of a node.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Applied {
    name: String,
    file: String,
    /// None where the file was checked on a machine that is none of its nodes.
    node: Option<String>,
    /// The file's.
    generation: u64,
    /// That of the table in force.
    kernel_generation: u64,
    dry_run: bool,
    /// `made`, `changed`, `removed`, `nothing`, or `checked` where there is no module to ask.
    done: &'static str,
    changes: Vec<Line>,
    gives: Part,
    takes: Part,
    waits: Part,
    draining: Part,
    /// The command that comes next, and when.
    next: Option<String>,
    /// For people.
    #[serde(skip)]
    details: Details,
}

/// What the text has besides.
#[derive(Debug)]
struct Details {
    interface: String,
    drain_time: u32,
    /// The end of a command for the same node and file.
    same: String,
    is_leaving: bool,
    nodes: usize,
}

impl Applied {
    /// Nothing so far.
    pub fn new(file: &ClusterFile, me: &Node, apply: &Apply) -> Self {
        let none = || Part::from(&Buckets::none(file.buckets));
        let node = match &apply.node {
            Some(name) => format!(" --node {name}"),
            None => String::new(),
        };
        Self {
            name: file.name.clone(),
            file: file.source.path.clone(),
            node: Some(me.name.clone()),
            generation: file.generation,
            kernel_generation: 0,
            dry_run: apply.dry_run,
            done: "nothing",
            changes: Vec::new(),
            gives: none(),
            takes: none(),
            waits: none(),
            draining: none(),
            next: None,
            details: Details {
                interface: me.interface.clone(),
                drain_time: file.drain_time,
                same: format!("{node} {}", file.source.path),
                is_leaving: me.state == ssi_cluster::file::State::Leaving,
                nodes: file.nodes.len(),
            },
        }
    }

    /// The file was checked where there is no module, on one of its nodes or elsewhere.
    pub fn checked(file: &ClusterFile, me: Option<&Node>, apply: &Apply) -> Option<Self> {
        let mut applied = Self::new(file, me.or(file.nodes.first())?, apply);
        applied.done = "checked";
        applied.node = me.map(|me| me.name.clone());
        if let Some(me) = me {
            applied.takes = Part::from(&me.owns);
        }
        Some(applied)
    }

    /// The cluster was made.
    pub fn make(&mut self, step: &Step, generation: u64) {
        self.done = "made";
        self.takes = Part::from(&step.owned);
        self.wait(step, generation);
    }

    /// It was changed, if there was anything to change.
    pub fn change(&mut self, lines: &[difference::Line], step: &Step, generation: u64) {
        let is_something = !lines.is_empty() || !step.gives.is_empty() || !step.takes.is_empty();
        if is_something {
            self.done = "changed";
        }
        self.changes = lines.iter().map(Line::from).collect();
        self.gives = Part::from(&step.gives);
        self.takes = Part::from(&step.takes);
        self.wait(step, generation);
    }

    /// The cluster is gone from here.
    pub fn remove(&mut self) {
        self.done = "removed";
        self.next = None;
    }

    /// These still drain.
    pub fn drain(&mut self, draining: &Buckets) {
        self.draining = Part::from(draining);
        if self.details.is_leaving {
            self.next = Some(format!("ssictl apply --wait{}", self.details.same));
        }
    }

    fn wait(&mut self, step: &Step, generation: u64) {
        self.kernel_generation = generation;
        self.waits = Part::from(&step.waits);
        if !step.waits.is_empty() || !step.gives.is_empty() {
            self.next = Some(format!("ssictl apply --adopt{}", self.details.same));
        }
    }
}

impl Text for Applied {
    fn text(&self) -> String {
        if self.done == "nothing" && self.next.is_none() {
            return String::new();
        }
        let node = match &self.node {
            Some(node) => format!(" on {node}"),
            None => String::new(),
        };
        let mut text = format!(
            "{}{node}: generation {} of {}{}\n",
            self.name,
            self.generation,
            self.file,
            if self.dry_run { ", not done" } else { "" }
        );
        // Writing to a String cannot fail.
        let _ = match self.done {
            "made" => writeln!(text, "  made       on {}", self.details.interface),
            "checked" => writeln!(
                text,
                "  checked    the file is right, for {} nodes; there is no module here, so that nothing is compared",
                self.details.nodes
            ),
            "removed" => writeln!(text, "  removed    from {}", self.details.interface),
            _ => Ok(()),
        };
        for line in &self.changes {
            let _ = writeln!(text, "  {:10} {} -> {}", line.attribute, line.from, line.to);
        }
        for (what, part) in [
            ("gives", &self.gives),
            ("takes", &self.takes),
            ("waits for", &self.waits),
        ] {
            if part.count > 0 {
                let _ = writeln!(text, "  {what:10} {}", part.summary());
            }
        }
        if self.draining.count > 0 {
            let _ = writeln!(
                text,
                "  draining   {}: their connections are served to their end{}",
                counted(self.draining.count),
                match self.details.drain_time {
                    FOREVER => String::new(),
                    seconds => format!(", {seconds} s at most"),
                }
            );
        }
        if let Some(next) = &self.next {
            let when = match (self.details.is_leaving, self.dry_run) {
                (true, _) => "removes the cluster here when its connections have ended",
                (false, false) => "when every node has run ssictl apply with this file",
                (false, true) => {
                    "when every node has run ssictl apply with this file, this one too"
                }
            };
            let _ = writeln!(text, "  next       {next}\n             ({when})");
        }
        text
    }
}
