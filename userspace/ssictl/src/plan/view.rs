// SPDX-License-Identifier: GPL-2.0-only

//! View of a change of a cluster file.

use std::fmt::Write as _;

use serde::Serialize;
use ssi_cluster::balance;
use ssi_cluster::change::{Move, Next, What};
use ssi_cluster::file::{ClusterFile, Node, State};
use ssi_plan::{Disruption, Scheme};

use crate::output::{Columns, Head, Text};
use crate::table::show::wrapped;
use crate::value::counted;

/// The longest list of buckets in a summary; -v and -j have all.
const SHORT: usize = 36;
/// The longest bar.
const BAR: u32 = 30;

/// A node before and after.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Share {
    node: String,
    rank: u32,
    /// None where it is no longer in the file.
    state: Option<&'static str>,
    weight: u32,
    before: u32,
    after: u32,
}

/// Buckets that go from one node to another.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Moved {
    from: String,
    to: String,
    buckets: String,
    count: u32,
    /// Whether their connections are lost.
    cold: bool,
}

impl From<&Move> for Moved {
    fn from(one: &Move) -> Self {
        Self {
            from: one.from.clone(),
            to: one.to.clone(),
            buckets: one.buckets.list(),
            count: one.buckets.len(),
            cold: one.is_cold,
        }
    }
}

/// The part of the clients that come to another node, of 1.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Disrupted {
    table: f64,
    /// None where the same nodes stay: others know no weights.
    modulo: Option<f64>,
    xt_cluster: Option<f64>,
}

/// The whole.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Planned {
    name: String,
    file: String,
    generation: u64,
    next_generation: u64,
    /// Whether the file was written.
    written: bool,
    buckets: u32,
    moved: u32,
    moves: Vec<Moved>,
    nodes: Vec<Share>,
    disruption: Disrupted,
    /// What is to be done now, a sentence each, for people.
    next: Vec<String>,
    /// Whether it is the answer of a verb that writes.
    #[serde(skip)]
    is_verb: bool,
    /// Whether buckets move of nodes that are alive, and of dead ones.
    #[serde(skip)]
    kinds: (bool, bool),
    /// Whether the text lists the buckets, however many.
    #[serde(skip)]
    lists: bool,
}

impl Planned {
    /// Of a file and what comes after it.
    pub fn new(file: &ClusterFile, next: &Next) -> Self {
        Self {
            name: file.name.clone(),
            file: file.source.path.clone(),
            generation: file.generation,
            next_generation: next.generation,
            written: false,
            buckets: file.buckets,
            moved: next.moved(),
            moves: next.moves.iter().map(Moved::from).collect(),
            nodes: shares(file, next),
            disruption: Disrupted::new(file, next),
            next: Vec::new(),
            is_verb: false,
            kinds: (
                next.nodes.iter().any(|node| !node.gains.is_empty()),
                next.nodes.iter().any(|node| !node.cold.is_empty()),
            ),
            lists: false,
        }
    }

    /// With the buckets' numbers in the text, or with short lists only.
    pub fn listing(self, lists: bool) -> Self {
        Self { lists, ..self }
    }

    /// A list of buckets, if it is to be shown.
    fn list(&self, buckets: &str) -> String {
        match self.lists || buckets.len() <= SHORT {
            true => format!(":{}", wrapped(buckets)),
            false => String::new(),
        }
    }

    /// As the answer of a verb that makes this change in the file.
    pub fn written(mut self, what: &What, written: bool) -> Self {
        self.is_verb = true;
        self.written = written;
        if written {
            self.next = self.steps(what);
        }
        self
    }

    /// What the administrator does with the new file.
    fn steps(&self, what: &What) -> Vec<String> {
        let file = &self.file;
        let stay = self.nodes.iter().filter(|node| node.state.is_some());
        let names: Vec<&str> = stay.map(|node| node.node.as_str()).collect();
        let (gains, cold) = self.kinds;
        let cold = if cold { "--cold " } else { "" };
        let mut steps = vec![
            format!("copy {file} to {}", names.join(", ")),
            format!("on each of them: ssictl apply {cold}{file}"),
        ];
        if gains {
            steps.push(format!(
                "when all have: on each of them: ssictl apply --adopt {file}"
            ));
        }
        if let What::Leave { node, .. } = what {
            match names.contains(&node.as_str()) {
                true => steps.push(format!(
                    "on {node}: ssictl apply --wait {file}, which removes the cluster there when its connections have ended"
                )),
                false => steps.insert(
                    0,
                    format!("on {node}, if it has the cluster still: ssictl cluster del {}", self.name),
                ),
            }
        }
        steps
    }

    /// How much of all buckets a node has, as a bar: what it keeps, gets and gives.
    fn bar(&self, share: &Share) -> String {
        let all = self.nodes.iter().map(|node| node.before.max(node.after));
        let most = u64::from(all.max().unwrap_or(1).max(1));
        let length = |count: u32| {
            let part = u64::from(count) * u64::from(BAR);
            usize::try_from(part.div_ceil(most)).unwrap_or(0)
        };
        let (before, after) = (length(share.before), length(share.after));
        let kept = before.min(after);
        let rest = match before > after {
            true => "-".repeat(before - after),
            false => "+".repeat(after - before),
        };
        "#".repeat(kept) + &rest
    }

    fn table(&self) -> Columns {
        let left = |name: &str| Head::Left(name.to_owned());
        let right = |name: &str| Head::Right(name.to_owned());
        let mut columns = Columns::new(vec![
            left("NODE"),
            right("RANK"),
            left("STATE"),
            right("WEIGHT"),
            right("BEFORE"),
            right("AFTER"),
            right("SHARE"),
            left("(# kept, + gets, - gives)"),
        ]);
        for share in &self.nodes {
            columns.row(vec![
                share.node.clone(),
                share.rank.to_string(),
                share.state.unwrap_or("gone").to_owned(),
                share.weight.to_string(),
                share.before.to_string(),
                share.after.to_string(),
                percent(part(share.after, self.buckets)),
                self.bar(share),
            ]);
        }
        columns
    }
}

impl Disrupted {
    fn new(file: &ClusterFile, next: &Next) -> Self {
        let (before, after) = balance::serving(&file.nodes, &next.nodes);
        let by = |scheme| {
            (before != after).then(|| {
                let disruption = Disruption::by_scheme(scheme, &before, &after);
                f64::from(disruption.per_million()) / 1e6
            })
        };
        Self {
            table: part(next.moved(), file.buckets),
            modulo: by(Scheme::Modulo),
            xt_cluster: by(Scheme::XtCluster { seed: 0 }),
        }
    }
}

fn shares(file: &ClusterFile, next: &Next) -> Vec<Share> {
    let share = |node: &Node, state: Option<State>| Share {
        node: node.name.clone(),
        rank: node.rank,
        state: state.map(State::name),
        weight: node.weight,
        before: {
            let mut old = file.nodes.iter();
            let same = old.find(|old| old.name == node.name);
            same.map_or(0, |node| node.owns.len())
        },
        after: if state.is_some() { node.owns.len() } else { 0 },
    };
    let there = next.nodes.iter().map(|node| share(node, Some(node.state)));
    let gone = next.gone.iter().map(|node| share(node, None));
    there.chain(gone).collect()
}

fn part(count: u32, of: u32) -> f64 {
    f64::from(count) / f64::from(of.max(1))
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

impl Text for Planned {
    fn text(&self) -> String {
        let (from, to) = (self.generation, self.next_generation);
        let buckets = counted(self.buckets);
        let mut text = match (self.is_verb, self.moved) {
            (false, 0) => format!(
                "{}: generation {from}, nothing of {buckets} moves\n",
                self.name
            ),
            (_, moved) => format!(
                "{}: generation {from} -> {to}, {moved} of {buckets} move\n",
                self.name
            ),
        };
        text.push_str(&self.table().text());
        // Writing to a String cannot fail.
        for one in &self.moves {
            let lost = if one.cold {
                ", whose connections are lost"
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "{} -> {}: {}{lost}{}",
                one.from,
                one.to,
                counted(one.count),
                self.list(&one.buckets)
            );
        }
        if self.moved > 0 {
            text.push_str(&self.disruption.text());
        }
        match (self.is_verb, self.written) {
            (true, true) => {
                let _ = writeln!(text, "{} is written; next:", self.file);
            }
            (true, false) => text.push_str("nothing was written\n"),
            (false, _) => {}
        }
        for (i, step) in self.next.iter().enumerate() {
            let _ = writeln!(text, "  {}. {step}", i + 1);
        }
        text
    }
}

impl Disrupted {
    fn text(&self) -> String {
        let other = |part: Option<f64>| match part {
            Some(part) => percent(part),
            None => "has no weights".to_owned(),
        };
        format!(
            "clients that change node  {}\n  by plain modulo         {}\n  by xt_cluster           {}\n",
            percent(self.table),
            other(self.modulo),
            other(self.xt_cluster)
        )
    }
}
