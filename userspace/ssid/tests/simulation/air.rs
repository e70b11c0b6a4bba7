// SPDX-License-Identifier: GPL-2.0-only

//! Two networks that lose, repeat, delay and reorder datagrams, and the engine's part of each node on them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use fastrand::Rng;
use ssi_group_comm::GroupEvent;
use ssi_group_comm::datagram::{Electorate, Input, Key, Output, Peer, Session, Setup, Timing};

const NETWORKS: u8 = 2;
/// The clients' one.
const INTERFACE: u8 = 1;

/// What is between the nodes. Clones are the same.
#[derive(Clone)]
pub struct Air {
    sky: Rc<RefCell<Sky>>,
    electorate: Electorate,
    timing: Timing,
}

pub struct Sky {
    rng: Rng,
    real: u64,
    /// By the node, the time of arrival, and a number.
    flying: BTreeMap<(u32, u64, u64), (u32, Input)>,
    number: u64,
    nodes: Vec<u32>,
    /// Nodes that nothing gets to or from; those whose engine stands still.
    pub off: BTreeSet<u32>,
    pub held: BTreeSet<u32>,
    /// Sets that are cut from each other and from the rest.
    pub parts: Vec<Vec<u32>>,
    /// Networks that nothing gets through, and ways.
    pub dead: BTreeSet<u8>,
    pub deaf: BTreeSet<(u32, u32)>,
    /// Nodes whose link to the clients' network is up and passes nothing.
    pub unplugged: BTreeSet<u32>,
    /// So many of 1000 are lost on each network; they take up to so many ms.
    pub loss: u32,
    pub delay: u64,
}

impl Air {
    pub fn new(nodes: &[u32], timing: Timing, seed: u64) -> Self {
        let sky = Sky {
            rng: Rng::with_seed(seed),
            real: 0,
            flying: BTreeMap::new(),
            number: 0,
            nodes: nodes.to_vec(),
            off: BTreeSet::new(),
            held: BTreeSet::new(),
            parts: Vec::new(),
            dead: BTreeSet::new(),
            deaf: BTreeSet::new(),
            unplugged: BTreeSet::new(),
            loss: 0,
            delay: 1,
        };
        Self {
            sky: Rc::new(RefCell::new(sky)),
            electorate: Electorate::new(nodes.to_vec()).unwrap(),
            timing,
        }
    }

    pub fn with<T>(&self, act: impl FnOnce(&mut Sky) -> T) -> T {
        act(&mut self.sky.borrow_mut())
    }

    pub fn set_time(&self, real: u64) {
        self.with(|sky| sky.real = real);
    }
}

impl Sky {
    /// What is on its way to these is lost.
    pub fn lose(&mut self, nodes: &[u32]) {
        self.flying.retain(|(to, ..), _| !nodes.contains(to));
    }

    pub fn heal(&mut self) {
        self.parts.clear();
        self.dead.clear();
        self.deaf.clear();
        self.unplugged.clear();
        (self.loss, self.delay) = (0, 1);
    }

    fn are_apart(&self, from: u32, to: u32) -> bool {
        let part = |node| self.parts.iter().position(|part| part.contains(&node));
        let is_off = |node| self.off.contains(&node);
        part(from) != part(to) || is_off(from) || is_off(to) || self.deaf.contains(&(from, to))
    }

    fn is_unplugged(&self, from: u32, to: u32) -> bool {
        self.unplugged.contains(&from) || self.unplugged.contains(&to)
    }

    fn put(&mut self, from: u32, to: Option<u32>, bytes: &[u8]) {
        for node in self.nodes.clone() {
            if node == from || to.is_some_and(|to| to != node) {
                continue;
            }
            for network in 0..NETWORKS {
                let copies = if self.rng.u8(..50) == 0 { 2 } else { 1 };
                for _ in 0..copies {
                    let is_lost = self.dead.contains(&network)
                        || network == INTERFACE && self.is_unplugged(from, node)
                        || self.are_apart(from, node)
                        || self.rng.u32(..1000) < self.loss;
                    if !is_lost {
                        self.number += 1;
                        let at = self.real + 1 + self.rng.u64(..self.delay);
                        let key = (node, at, self.number);
                        let input = match network {
                            INTERFACE => Input::OnInterface(bytes.to_vec()),
                            _ => Input::Datagram(bytes.to_vec()),
                        };
                        self.flying.insert(key, (from, input));
                    }
                }
            }
        }
    }

    /// What has arrived at a node. Nothing comes through a cut, whenever it was sent.
    fn arrived(&mut self, to: u32) -> Vec<Input> {
        let mut all = Vec::new();
        let (first, last) = ((to, 0, 0), (to, self.real, u64::MAX));
        while let Some((key, _)) = self.flying.range(first..=last).next() {
            let key = *key;
            if let Some((from, input)) = self.flying.remove(&key) {
                if !self.are_apart(from, to) {
                    all.push(input);
                }
            }
        }
        all
    }
}

/// A program's engine.
pub struct Station {
    air: Air,
    id: u32,
    peer: Peer,
    events: VecDeque<GroupEvent>,
}

impl Station {
    pub fn new(air: Air, id: u32, clock: u64, number: u64) -> Self {
        let mut session = Session::default();
        session.0[..8].copy_from_slice(&number.to_be_bytes());
        let setup = Setup {
            me: id,
            electorate: air.electorate.clone(),
            session,
            key: Key::new(&[7; 32], "ssi:c").unwrap(),
            timing: air.timing,
        };
        let mut station = Self {
            peer: Peer::new(setup).unwrap(),
            id,
            air,
            events: VecDeque::new(),
        };
        station.handle(clock, Input::Interface(true));
        station
    }

    pub fn send(&mut self, clock: u64, bytes: Vec<u8>) {
        self.handle(clock, Input::Send(bytes));
    }

    pub fn confirm_dead(&mut self, clock: u64, node: u32) -> Result<(), String> {
        self.peer.confirm_dead(clock, node)
    }

    pub fn receive(&mut self, clock: u64) -> Option<GroupEvent> {
        if self.air.with(|sky| sky.held.contains(&self.id)) {
            return None;
        }
        if self.events.is_empty() {
            for input in self.air.with(|sky| sky.arrived(self.id)) {
                self.handle(clock, input);
            }
            for _ in 0..5 {
                if self.peer.wake_at() > clock {
                    break;
                }
                self.handle(clock, Input::Tick);
            }
        }
        self.events.pop_front()
    }

    fn handle(&mut self, clock: u64, input: Input) {
        for output in self.peer.handle(clock, input) {
            match output {
                Output::Datagram { to, bytes } => {
                    self.air.with(|sky| sky.put(self.id, to, &bytes));
                }
                Output::Event(event) => self.events.push_back(event),
                Output::CutOff(is_so) => {
                    let sentence = is_so.then(|| "nothing passes".to_owned());
                    self.events.push_back(GroupEvent::CutOff(sentence));
                }
            }
        }
    }
}
