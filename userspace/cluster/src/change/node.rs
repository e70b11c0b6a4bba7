// SPDX-License-Identifier: GPL-2.0-only

//! A change of one node.

use ssi_netlink::spec::{BUCKETS_MAX, Hook};

use crate::change::next::Next;
use crate::failure::Failure;
use crate::file::{ClusterFile, ForwardInterface, Node, PRIORITY, State, VOTES, WEIGHT, meant};
use crate::value::Buckets;

/// It.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A node comes, or takes buckets again.
    Join(Join),
    /// A node goes for good.
    Leave {
        /// Which.
        node: String,
        /// The master from now on.
        master: Option<String>,
    },
    /// A node is gone for good, and gave nothing away.
    Dead {
        /// Which.
        node: String,
        /// The master from now on.
        master: Option<String>,
    },
    /// A node gives its buckets away and stays.
    Drain(String),
    /// A node has another weight.
    Weight(String, u32),
}

/// A node that comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Join {
    /// Its name.
    pub node: String,
    /// Its rank; without, the lowest that is free.
    pub rank: Option<u32>,
    /// Its interface; without, that at the top of the file.
    pub interface: Option<String>,
    /// Its interface to the others, likewise.
    pub forward_interface: Option<ForwardInterface>,
    /// Its hook, likewise.
    pub hook: Option<Hook>,
    /// Its weight.
    pub weight: Option<u32>,
}

impl What {
    /// Makes it in `next`, the table apart.
    pub fn change(&self, file: &ClusterFile, next: &mut Next) -> Result<(), Failure> {
        match &self.of_known(next) {
            Self::Join(join) => join.change(file, next),
            Self::Leave { node, master } => {
                set_master(next, master.as_ref())?;
                let state = find(next, node)?.state;
                if state == State::Leaving {
                    remove(next, node);
                    return Ok(());
                }
                find(next, node)?.state = State::Leaving;
                Ok(())
            }
            Self::Dead { node, master } => {
                set_master(next, master.as_ref())?;
                find(next, node)?;
                remove(next, node);
                Ok(())
            }
            Self::Drain(name) => {
                let node = find(next, name)?;
                if node.state != State::Serving {
                    return already(name, &node.state);
                }
                node.state = State::Draining;
                Ok(())
            }
            Self::Weight(name, weight) => {
                let node = find(next, name)?;
                if node.weight == *weight {
                    return already(name, &format!("of weight {weight}"));
                }
                node.weight = *weight;
                Ok(())
            }
        }
    }
}

impl What {
    /// The same, with nodes named as they are in the file.
    fn of_known(&self, next: &Next) -> Self {
        let known = |name: &mut String| {
            let names = next.nodes.iter().map(|node| node.name.as_str());
            if let Some(node) = meant(names, name).and_then(|at| next.nodes.get(at)) {
                name.clone_from(&node.name);
            }
        };
        let mut what = self.clone();
        match &mut what {
            Self::Join(Join { node, .. }) | Self::Drain(node) | Self::Weight(node, _) => {
                known(node);
            }
            Self::Leave { node, master } | Self::Dead { node, master } => {
                known(node);
                master.as_mut().map(known);
            }
        }
        what
    }
}

impl Join {
    fn change(&self, file: &ClusterFile, next: &mut Next) -> Result<(), Failure> {
        if next.nodes.iter().any(|node| node.name == self.node) {
            return self.again(next);
        }
        let refuse = |sentence: String| Err(Failure::Refused(sentence));
        let name = &self.node;
        let Some(interface) = self.interface.clone().or(file.interface.clone()) else {
            return refuse(format!(
                "{name}: give --interface D too, since the file has none at its top"
            ));
        };
        let forward_interface = self
            .forward_interface
            .clone()
            .or(file.forward_interface.clone());
        if file.forward.is_some() && forward_interface.is_none() {
            return refuse(format!(
                "{name}: give --vlan ID or --forward-interface D2 too, since the file has none at its top"
            ));
        }
        if file.forward.is_none() && self.forward_interface.is_some() {
            return refuse(format!(
                "{name}: --vlan and --forward-interface go with mode forward, and the file's is multicast"
            ));
        }
        let taken = |rank: &u32| next.nodes.iter().find(|node| node.rank == *rank);
        let free = || (0..BUCKETS_MAX).find(|rank| taken(rank).is_none());
        let rank = match self.rank {
            Some(rank @ BUCKETS_MAX..) => {
                let last = BUCKETS_MAX - 1;
                return refuse(format!("--rank {rank}: ranks run from 0 to {last}"));
            }
            Some(rank) => match taken(&rank) {
                Some(other) => return refuse(format!("--rank {rank}: {} has it", other.name)),
                None => rank,
            },
            None => free().unwrap_or_default(),
        };
        next.nodes.push(Node {
            name: name.clone(),
            rank,
            id: rank.saturating_add(1),
            priority: PRIORITY,
            votes: VOTES,
            addresses: Vec::new(),
            interface,
            forward_interface,
            hook: self.hook.or(file.hook).unwrap_or(Hook::Auto),
            weight: self.weight.unwrap_or(WEIGHT),
            state: State::Serving,
            owns: Buckets::none(file.buckets),
            gains: Buckets::none(file.buckets),
            cold: Buckets::none(file.buckets),
        });
        Ok(())
    }

    /// A node that drained, or was to leave, serves again.
    fn again(&self, next: &mut Next) -> Result<(), Failure> {
        let node = find(next, &self.node)?;
        if node.state == State::Serving {
            return already(&self.node, &State::Serving);
        }
        let only_weight = Self {
            node: self.node.clone(),
            weight: self.weight,
            ..Self::default()
        };
        if *self != only_weight {
            return Err(Failure::Refused(format!(
                "{} is in the file and serves again as it is there; give --weight alone, or edit the file",
                self.node
            )));
        }
        node.state = State::Serving;
        node.weight = self.weight.unwrap_or(node.weight);
        Ok(())
    }
}

fn already<T>(name: &str, what: &impl std::fmt::Display) -> Result<T, Failure> {
    Err(Failure::Refused(format!("{name} is {what} already")))
}

fn set_master(next: &mut Next, master: Option<&String>) -> Result<(), Failure> {
    let Some(master) = master else {
        return Ok(());
    };
    find(next, master)?;
    next.master.clone_from(master);
    Ok(())
}

fn remove(next: &mut Next, name: &str) {
    let nodes = std::mem::take(&mut next.nodes);
    let (gone, stay) = nodes.into_iter().partition(|node| node.name == name);
    next.nodes = stay;
    next.gone.extend::<Vec<Node>>(gone);
}

/// A node that is in the file.
fn find<'a>(next: &'a mut Next, name: &str) -> Result<&'a mut Node, Failure> {
    let names: Vec<String> = next.nodes.iter().map(|node| node.name.clone()).collect();
    if let Some(node) = next.nodes.iter_mut().find(|node| node.name == name) {
        return Ok(node);
    }
    Err(Failure::Refused(format!(
        "{name}: no such node in the file; there are {}",
        names.join(", ")
    )))
}
