// SPDX-License-Identifier: GPL-2.0-only

//! Losses that a cluster may meet, one after the other, and what follows from each by its file.

use std::collections::{BTreeMap, BTreeSet};

use ssi_cluster::file::daemon::Engine;

use super::loss::{Loss, Outcome, What};
use super::votes::Votes;

/// What decides what is served.
#[derive(Debug)]
pub struct Cluster {
    pub engine: Engine,
    pub votes: Votes,
    /// Nodes that serve.
    pub serving: BTreeSet<String>,
    /// Nodes that have an interface on the clients' network.
    pub on_interface: BTreeSet<String>,
    /// Nodes on each other network between them, by its number.
    pub links: BTreeMap<u8, BTreeSet<String>>,
    /// Of two nodes one goes on alone, once the other's death is confirmed.
    pub is_fenced: bool,
    /// Milliseconds until the others serve what a node had that is gone; none where nobody knows.
    pub takeover: Option<u64>,
    /// After which nobody can have its lease.
    pub lease_over: u64,
    /// Until a node knows that its clients' link passes nothing, and gives up.
    pub silence: u64,
}

impl Cluster {
    /// All, from what is likely to what is not.
    pub fn losses(&self) -> Vec<Loss> {
        let nodes = self.of_one(What::Node, self.serving());
        let witnesses = self.of_one(What::Witness, self.witnesses());
        let clients = [
            self.carrier().of(What::Carrier, &[]),
            self.link().of(What::Link, &[]),
        ];
        let mut all = nodes;
        all.extend(self.of_two(What::TwoInTurn));
        all.extend(self.of_two(What::TwoAtOnce));
        all.extend(self.cuts());
        all.extend(witnesses);
        all.extend(self.corosync());
        all.extend(self.network().map(|outcome| outcome.of(What::Network, &[])));
        all.extend(clients);
        all
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.votes.0.keys().map(String::as_str)
    }

    fn serving(&self) -> Vec<&str> {
        self.serving.iter().map(String::as_str).collect()
    }

    fn witnesses(&self) -> Vec<&str> {
        let is_one = |name: &&str| !self.serving.contains(*name);
        self.names().filter(is_one).collect()
    }

    fn is_alone(&self) -> bool {
        self.votes.0.len() < 2
    }

    /// Whether all is served without these nodes.
    fn goes_on_without(&self, lost: &[&str]) -> bool {
        let is_left = |name: &String| !lost.contains(&name.as_str());
        self.votes.suffice_without(lost) && self.serving.iter().any(is_left)
    }

    /// Without these nodes, which were lost together.
    fn without(&self, lost: &[&str]) -> Outcome {
        let changes = lost.iter().any(|name| self.serving.contains(*name));
        match (self.goes_on_without(lost), changes) {
            (true, true) => Outcome::all(self.takeover),
            (true, false) => Outcome::unchanged(),
            (false, _) => Outcome::nothing(&self.end(lost)),
        }
    }

    /// What has to be back for something to be served again.
    fn end(&self, lost: &[&str]) -> String {
        let (first, second) = match lost {
            [first, second] => (*first, *second),
            [_] => return "it is back".to_owned(),
            _ => return "it is mended".to_owned(),
        };
        if self.is_fenced {
            return "both are back, or one, and the other is confirmed to be dead".to_owned();
        }
        match (
            self.goes_on_without(&[second]),
            self.goes_on_without(&[first]),
        ) {
            (true, true) => "one of them is back".to_owned(),
            (true, false) => format!("{first} is back"),
            (false, true) => format!("{second} is back"),
            (false, false) => "both are back".to_owned(),
        }
    }

    fn one(&self, node: &str) -> Outcome {
        match self.is_fenced {
            true => Outcome::once("its death is confirmed", Some(self.lease_over)),
            false => self.without(&[node]),
        }
    }

    /// A row for each outcome that one of these may have.
    fn of_one(&self, lost: What, nodes: Vec<&str>) -> Vec<Loss> {
        let mut outcomes: Vec<(Outcome, Vec<&str>)> = Vec::new();
        for node in nodes {
            let outcome = self.one(node);
            match outcomes.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, nodes)) => nodes.push(node),
                None => outcomes.push((outcome, vec![node])),
            }
        }
        rows(lost, outcomes)
    }

    /// The same of two, of which the first that have a outcome are an example.
    fn of_two(&self, lost: What) -> Vec<Loss> {
        let some = self.unlike();
        let mut outcomes: Vec<(Outcome, Vec<&str>)> = Vec::new();
        for (i, first) in some.iter().enumerate() {
            for second in some.iter().skip(i + 1) {
                let outcome = self.two(lost, first, second);
                if outcomes.iter().all(|(known, _)| *known != outcome) {
                    outcomes.push((outcome, vec![*first, *second]));
                }
            }
        }
        rows(lost, outcomes)
    }

    /// Two nodes of each kind: nodes with as many votes that both serve, or do not, are alike.
    fn unlike(&self) -> Vec<&str> {
        let mut kinds: BTreeMap<(u32, bool), u32> = BTreeMap::new();
        let is_new = |name: &&str| {
            let kind = (self.votes.of(&[*name]), self.serving.contains(*name));
            let many = kinds.entry(kind).or_default();
            *many += 1;
            *many <= 2
        };
        self.names().filter(is_new).collect()
    }

    fn two(&self, lost: What, first: &str, second: &str) -> Outcome {
        let at_once = self.without(&[first, second]);
        let helps = lost == What::TwoInTurn
            && self.votes.are_ones()
            && !self.goes_on_without(&[first, second])
            && self.goes_on_if_removed(first, second);
        match helps {
            true => at_once.unless("the first was removed from the files before"),
            false => at_once,
        }
    }

    /// Whether all is served without these two, if the first was removed from the files before the second was lost.
    fn goes_on_if_removed(&self, first: &str, second: &str) -> bool {
        let mut left = self.votes.clone();
        left.0.remove(first);
        let is_left = |name: &String| name != first && name != second;
        self.goes_on_without(&[first])
            && left.suffice_without(&[second])
            && self.serving.iter().any(is_left)
    }

    fn cuts(&self) -> Vec<Loss> {
        let mut all = Vec::new();
        if self.names().any(|name| self.goes_on_without(&[name])) {
            all.push(Outcome::all(self.takeover).of(What::Cut, &[]));
        }
        let witnesses = self.witnesses();
        if self.votes.of(&witnesses) >= self.votes.quorum() {
            // They have the quorum, and serve nothing.
            let together = "they reach the others again";
            all.push(Outcome::nothing(together).of(What::Cut, &witnesses));
        }
        if self.votes.have_halves() {
            let together = match self.is_fenced {
                true => "they reach each other again, or one is confirmed to be dead",
                false => "they reach each other again",
            };
            all.push(Outcome::nothing(together).of(What::Halves, &[]));
        }
        all
    }

    fn corosync(&self) -> Vec<Loss> {
        match self.engine {
            Engine::Alone => Vec::new(),
            Engine::Datagram => vec![Outcome::unchanged().of(What::Corosync, &[])],
            Engine::Corosync => self.of_one(What::Corosync, self.serving()),
        }
    }

    /// The others are left, and who is not on the best of these is lost with it.
    fn network(&self) -> Option<Outcome> {
        if self.is_alone() {
            return None;
        }
        let clients = (self.engine == Engine::Datagram).then_some(&self.on_interface);
        let without = |link: &u8| {
            let links = self.links.iter().filter(|(other, _)| *other != link);
            let left = links.map(|(_, nodes)| nodes).chain(clients);
            let reached = left.max_by_key(|nodes| self.votes.of(&strs(nodes)));
            let is_lost = |name: &&str| reached.is_none_or(|nodes| !nodes.contains(*name));
            let mut lost: Vec<&str> = self.names().filter(is_lost).collect();
            if reached.is_none() {
                // Each is alone, and of them the one with most votes.
                lost.sort_by_key(|name| self.votes.of(&[*name]));
                lost.pop();
            }
            lost
        };
        let worst = self.links.keys().map(without);
        let worst = worst.max_by_key(|lost| self.votes.of(lost))?;
        Some(match self.without(&worst) {
            Outcome { until: Some(_), .. } => Outcome::nothing("it is back"),
            outcome => outcome,
        })
    }

    /// Its node says so, and others take what it has without waiting for a lease.
    fn carrier(&self) -> Outcome {
        match self.serving.len() {
            0 | 1 => Outcome::nothing("it is back"),
            _ => Outcome::all(Some(0)),
        }
    }

    /// Only of three on it two others can be connected, which shows on whose side it is.
    fn link(&self) -> Outcome {
        let is_found = self.engine == Engine::Datagram && self.on_interface.len() > 2;
        match self.serving.len() {
            0 | 1 => Outcome::nothing("it is mended"),
            2 if is_found => {
                let third = "no witness is on the clients' network";
                Outcome::all(Some(self.silence)).unless(third)
            }
            _ if is_found => Outcome::all(Some(self.silence)),
            _ => Outcome::part("it is mended, or its node drained"),
        }
    }
}

/// Rows of outcomes, which are of whichever nodes where there is only one.
fn rows(lost: What, outcomes: Vec<(Outcome, Vec<&str>)>) -> Vec<Loss> {
    let is_one = outcomes.len() == 1;
    let of = |nodes| if is_one { Vec::new() } else { nodes };
    let all = outcomes.into_iter();
    all.map(|(outcome, nodes)| outcome.of(lost, &of(nodes)))
        .collect()
}

fn strs(names: &BTreeSet<String>) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
