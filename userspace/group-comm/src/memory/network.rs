// SPDX-License-Identifier: GPL-2.0-only

//! State of a simulated hub: each node's daemon, its program, messages sent and to be delivered.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::mpsc;

use super::node::{Daemon, Program};
use crate::{Group, GroupEvent};

mod steps;

pub use steps::Step;

/// Why there is no group without a daemon.
const GONE: &str = "the daemon of this node is down";
/// And between two rings.
const CHANGING: &str = "the membership is changing";

/// The network.
pub struct Network {
    quorum: usize,
    immediate: bool,
    daemons: BTreeMap<u32, Daemon>,
    /// Numbers given so far.
    rings: u64,
    programs: u64,
    places: u64,
}

impl Network {
    /// A whole one, all of whose daemons run.
    pub fn new(nodes: &[u32], immediate: bool) -> Network {
        let daemon = || Daemon {
            up: true,
            held: false,
            part: 0,
            ring: 1,
            program: None,
        };
        let daemons: BTreeMap<u32, Daemon> = nodes.iter().map(|&id| (id, daemon())).collect();
        Network {
            quorum: daemons.len() / 2 + 1,
            immediate,
            daemons,
            rings: 1,
            programs: 0,
            places: 0,
        }
    }

    /// A program joins. Its number, or none if there is no such node.
    pub fn join(&mut self, id: u32, sender: mpsc::Sender<GroupEvent>) -> Option<u64> {
        let running = self
            .daemons
            .get(&id)?
            .program
            .as_ref()
            .map(|program| program.number);
        if let Some(number) = running {
            self.leave(id, number);
        }
        let daemon = self.daemons.get_mut(&id)?;
        self.programs += 1;
        let mut program = Program {
            number: self.programs,
            sent: VecDeque::new(),
            undelivered: VecDeque::new(),
            delivered: 0,
            sender,
        };
        if !daemon.up {
            program.deliver_later(GroupEvent::Nothing(GONE.to_owned()));
        }
        daemon.program = Some(program);
        let (part, up) = (daemon.part, daemon.up);
        if up {
            self.announce_group(part);
        }
        Some(self.programs)
    }

    /// A program leaves.
    pub fn leave(&mut self, id: u32, number: u64) {
        let Some(daemon) = self.daemons.get_mut(&id) else {
            return;
        };
        if daemon
            .program
            .take_if(|program| program.number == number)
            .is_some()
            && daemon.up
        {
            let part = daemon.part;
            self.announce_group(part);
        }
    }

    /// A program sends. It is lost without a daemon.
    pub fn send(&mut self, id: u32, number: u64, bytes: Vec<u8>) {
        let daemon = self.daemons.get_mut(&id).filter(|daemon| daemon.up);
        let program = daemon
            .and_then(|daemon| daemon.program.as_mut())
            .filter(|program| program.number == number);
        if let Some(program) = program {
            program.sent.push_back(bytes);
        }
    }

    /// Cuts the network. In the new parts that have one of the nodes `losing`, messages are lost of which nobody
    /// there was delivered.
    pub fn partition(&mut self, sets: &[&[u32]], losing: &[u32]) {
        self.change(|network| {
            for (id, daemon) in &mut network.daemons {
                daemon.part = sets
                    .iter()
                    .position(|set| set.contains(id))
                    .map_or(0, |at| at + 1);
            }
            let parts = losing
                .iter()
                .filter_map(|id| network.daemons.get(id))
                .map(|daemon| daemon.part);
            for part in parts.collect::<Vec<usize>>() {
                network.lose(part);
            }
        });
    }

    /// Loses the end of what the last group of a part's programs has sent.
    fn lose(&mut self, part: usize) {
        let delivered = self
            .programs_of(part)
            .map(|(_, program)| program.delivered)
            .max()
            .unwrap_or_default();
        for (_, program) in self.programs_of(part) {
            let is_last = |(place, _): &(Option<u64>, GroupEvent)| {
                place.is_some_and(|place| place > delivered)
            };
            while program.undelivered.back().is_some_and(is_last) {
                program.undelivered.pop_back();
            }
        }
    }

    /// A daemon dies, and what it has not delivered with it.
    pub fn down(&mut self, id: u32) {
        self.change(|network| {
            let Some(daemon) = network.daemons.get_mut(&id).filter(|daemon| daemon.up) else {
                return;
            };
            (daemon.up, daemon.held) = (false, false);
            if let Some(program) = &mut daemon.program {
                program.sent.clear();
                program.undelivered.clear();
                program.deliver_later(GroupEvent::Nothing(GONE.to_owned()));
            }
        });
    }

    /// A daemon is started.
    pub fn up(&mut self, id: u32) {
        self.change(|network| {
            if let Some(daemon) = network.daemons.get_mut(&id) {
                daemon.up = true;
            }
        });
    }

    /// A daemon stands still, or goes on.
    pub fn hold(&mut self, id: u32, held: bool) {
        if let Some(daemon) = self.daemons.get_mut(&id) {
            daemon.held = held && daemon.up;
        }
    }

    /// Programs of a part whose daemons run.
    fn programs_of(&mut self, part: usize) -> impl Iterator<Item = (u32, &mut Program)> {
        let there = self
            .daemons
            .iter_mut()
            .filter(move |(_, daemon)| daemon.up && daemon.part == part);
        there.filter_map(|(&id, daemon)| Some((id, daemon.program.as_mut()?)))
    }

    /// The nodes of each part whose daemons run.
    fn rings(&self) -> BTreeMap<usize, Vec<u32>> {
        let mut rings: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for (&id, daemon) in self.daemons.iter().filter(|(_, daemon)| daemon.up) {
            rings.entry(daemon.part).or_default().push(id);
        }
        rings
    }

    /// Changes the network. Where others are together than before there is a new ring.
    fn change(&mut self, act: impl FnOnce(&mut Network)) {
        let before: Vec<Vec<u32>> = self.rings().into_values().collect();
        act(self);
        for (part, nodes) in self.rings() {
            if before.contains(&nodes) {
                continue;
            }
            self.rings += 1;
            for id in nodes {
                if let Some(daemon) = self.daemons.get_mut(&id) {
                    daemon.ring = self.rings;
                }
            }
            for (_, program) in self.programs_of(part) {
                program.deliver_later(GroupEvent::Nothing(CHANGING.to_owned()));
            }
            self.announce_group(part);
        }
    }

    /// Announces to all programs of a part who they are.
    fn announce_group(&mut self, part: usize) {
        let there: Vec<&Daemon> = self
            .daemons
            .values()
            .filter(|daemon| daemon.up && daemon.part == part)
            .collect();
        let (quorate, quorum) = (there.len() >= self.quorum, self.quorum);
        let ring = there.first().map_or(0, |daemon| daemon.ring);
        let members: Vec<u32> = self.programs_of(part).map(|(id, _)| id).collect();
        for (_, program) in self.programs_of(part) {
            program.deliver_later(GroupEvent::Group(Group {
                ring,
                members: members.clone(),
                quorate,
                quorum,
                votes: BTreeMap::new(),
                dead: Vec::new(),
            }));
        }
    }
}
