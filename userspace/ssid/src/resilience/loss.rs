// SPDX-License-Identifier: GPL-2.0-only

//! Loss of something that the cluster has, and what is served then: a row of what `ssid --check` shows.

use std::fmt;

use serde::Serialize;

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A node that serves: its power, its kernel, all of its links.
    Node,
    /// Two nodes, the second some time after the first.
    TwoInTurn,
    /// Two nodes, the second before the others go on without the first.
    TwoAtOnce,
    /// The nodes are cut from each other in two parts, of which one has a quorum.
    Cut,
    /// The same, and each has half of the votes.
    Halves,
    /// A node that only votes.
    Witness,
    /// Corosync, at a node: it is killed, stands still, or has no quorum.
    Corosync,
    /// One of the networks between the nodes, but for the clients' one.
    Network,
    /// The carrier of a node's clients' link.
    Carrier,
    /// A node's clients' link is up and passes nothing.
    Link,
}

/// What is served then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Served {
    /// All, by whom it was: nobody notices.
    Unchanged,
    /// All, by the others.
    All,
    /// What the others have. Clients of the node that is concerned wait.
    Part,
    /// Nothing.
    Nothing,
}

/// A loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Loss {
    /// What is lost.
    pub lost: What,
    /// The nodes of which this is said; of two, an example. None: it is so whichever they are.
    pub nodes: Vec<String>,
    /// What follows from it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What follows from a loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    /// What is served then.
    pub served: Served,
    /// Milliseconds from the loss on until it is so; 0: nothing is waited for. Where all is served once something has happened,
    /// from that on. None: nothing has to become so, or nobody knows.
    pub ms: Option<u64>,
    /// What has to happen before all is served; of `nothing` and `part`, what ends it.
    pub until: Option<String>,
    /// What would have had all served by the others.
    pub unless: Option<String>,
}

impl Outcome {
    /// Nobody notices.
    pub const fn unchanged() -> Self {
        Self {
            served: Served::Unchanged,
            ms: None,
            until: None,
            unless: None,
        }
    }

    /// The others serve all.
    pub const fn all(ms: Option<u64>) -> Self {
        Self {
            served: Served::All,
            ms,
            until: None,
            unless: None,
        }
    }

    /// The others serve all, once something has happened.
    pub fn once(until: &str, ms: Option<u64>) -> Self {
        Self {
            until: Some(until.to_owned()),
            ..Self::all(ms)
        }
    }

    /// The others serve what they have.
    pub fn part(until: &str) -> Self {
        Self {
            served: Served::Part,
            ..Self::nothing(until)
        }
    }

    /// Nothing is served.
    pub fn nothing(until: &str) -> Self {
        Self {
            served: Served::Nothing,
            ms: None,
            until: Some(until.to_owned()),
            unless: None,
        }
    }

    /// The same, but where somebody has done something before.
    pub fn unless(self, done: &str) -> Self {
        Self {
            unless: Some(done.to_owned()),
            ..self
        }
    }

    /// As a row.
    pub fn of(self, lost: What, nodes: &[&str]) -> Loss {
        Loss {
            lost,
            nodes: nodes.iter().map(|name| (*name).to_owned()).collect(),
            outcome: self,
        }
    }
}

impl Loss {
    /// What is lost, in words.
    pub fn what(&self) -> String {
        let what = match self.lost {
            What::Node => "a node",
            What::TwoInTurn => "two nodes, one after the other",
            What::TwoAtOnce => "two nodes at once",
            What::Cut => "a cut between the nodes",
            What::Halves => "a cut between halves",
            What::Witness => "a witness",
            What::Corosync => "Corosync, at a node",
            What::Network => "a network between the nodes",
            What::Carrier => "a clients' link: no carrier",
            What::Link => "a clients' link: up, passes nothing",
        };
        match self.nodes.is_empty() {
            true => what.to_owned(),
            false => format!("{what} ({})", self.nodes.join(", ")),
        }
    }

    /// What is served then, in words.
    pub fn then(&self) -> String {
        let until = self.outcome.until.as_deref().unwrap_or_default();
        let then = match self.outcome.served {
            Served::Unchanged => "all, as before".to_owned(),
            Served::All if self.lost == What::Cut => "all, by the part with a quorum".to_owned(),
            Served::All if until.is_empty() => "all, by the others".to_owned(),
            Served::All => format!("all, by the others, once {until}"),
            Served::Part => format!("what the others have; its clients wait until {until}"),
            Served::Nothing => format!("nothing until {until}"),
        };
        match &self.outcome.unless {
            Some(done) => format!("{then}, unless {done}"),
            None => then,
        }
    }

    /// After how long, in words.
    pub fn after(&self) -> String {
        let Outcome {
            served, ms, until, ..
        } = &self.outcome;
        match (served, ms, until) {
            (Served::All, Some(0), _) => "at once".to_owned(),
            (Served::All, Some(ms), None) => format!("{ms} ms"),
            (Served::All, Some(ms), Some(_)) => format!("{ms} ms after that"),
            (Served::All, None, _) => "not known".to_owned(),
            _ => "-".to_owned(),
        }
    }
}

/// Rows, one below the other.
pub struct Table<'a>(pub &'a [Loss]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["LOST", "SERVED THEN", "AFTER"].map(str::to_owned);
        let rows = self.0.iter();
        let rows = rows.map(|loss| [loss.what(), loss.then(), loss.after()]);
        let all: Vec<[String; 3]> = std::iter::once(head).chain(rows).collect();
        let width = |of: fn(&[String; 3]) -> &str| {
            all.iter()
                .map(|row| of(row).chars().count())
                .max()
                .unwrap_or(0)
        };
        let (what, then) = (width(|[what, ..]| what), width(|[_, then, _]| then));
        all.iter()
            .try_for_each(|[a, b, c]| writeln!(f, "  {a:what$}  {b:then$}  {c}"))
    }
}
