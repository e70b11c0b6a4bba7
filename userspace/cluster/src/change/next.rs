// SPDX-License-Identifier: GPL-2.0-only

//! The next generation of a file.

use std::collections::BTreeMap;

use crate::balance;
use crate::failure::Failure;
use crate::file::{ClusterFile, Node, State};
use crate::value::Buckets;

/// Buckets that go from one node to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Who has them.
    pub from: String,
    /// Whether that node is dead.
    pub is_cold: bool,
    /// Who gets them.
    pub to: String,
    /// They; never none.
    pub buckets: Buckets,
}

/// The next generation of a file.
#[derive(Clone, Debug)]
pub struct Next {
    /// Its number.
    pub generation: u64,
    /// The name of the node that answers ARP.
    pub master: String,
    /// The nodes with their new buckets.
    pub nodes: Vec<Node>,
    /// The nodes that are no longer in the file, with the buckets that they had.
    pub gone: Vec<Node>,
    /// What goes where, by the nodes' order.
    pub moves: Vec<Move>,
}

impl Next {
    /// Refuses a cluster in which no node serves.
    pub fn check(&self, file: &ClusterFile) -> Result<(), Failure> {
        match self.nodes.iter().any(|node| node.state == State::Serving) {
            true => Ok(()),
            false => Err(Failure::Refused(format!(
                "{}: no node would be left that serves; join another first",
                file.source.path
            ))),
        }
    }

    /// Refuses a master that goes.
    pub fn check_master(&self) -> Result<(), Failure> {
        let master = self.nodes.iter().find(|node| node.name == self.master);
        match master.map(|node| node.state) {
            Some(State::Serving | State::Draining) => Ok(()),
            _ => Err(Failure::Refused(format!(
                "{} is the master, which answers ARP: give another by --master NODE",
                self.master
            ))),
        }
    }

    /// Gives each node its buckets, and finds out what moved.
    pub fn balance(&mut self, file: &ClusterFile) -> Result<(), Failure> {
        let after = balance::again(&self.nodes, file.buckets)
            .map_err(|e| Failure::Refused(format!("{}: {e}", file.source.path)))?;
        let mut owners = BTreeMap::new();
        for (place, from) in file.nodes.iter().enumerate() {
            owners.extend(from.owns.iter().map(|bucket| (bucket, place)));
        }
        let none = || Buckets::none(file.buckets);
        for (node, has) in self.nodes.iter_mut().zip(after) {
            let new = has.minus(&node.owns);
            node.owns = has;
            (node.gains, node.cold) = (none(), none());
            let mut parts: BTreeMap<usize, Buckets> = BTreeMap::new();
            for bucket in new.iter() {
                if let Some(place) = owners.get(&bucket) {
                    parts.entry(*place).or_insert_with(none).insert(bucket);
                }
            }
            for (place, buckets) in parts {
                let Some(from) = file.nodes.get(place) else {
                    continue;
                };
                let is_cold = self.gone.iter().any(|gone| gone.name == from.name);
                if is_cold {
                    // Of what was on its way to the dead one, the node that it came from may be alive.
                    node.gains = node.gains.or(&buckets.and(&from.gains));
                    node.cold = node.cold.or(&buckets.minus(&from.gains));
                } else {
                    node.gains = node.gains.or(&buckets);
                }
                self.moves.push(Move {
                    from: from.name.clone(),
                    is_cold,
                    to: node.name.clone(),
                    buckets,
                });
            }
        }
        Ok(())
    }

    /// How many buckets move.
    pub fn moved(&self) -> u32 {
        self.moves.iter().map(|one| one.buckets.len()).sum()
    }
}
