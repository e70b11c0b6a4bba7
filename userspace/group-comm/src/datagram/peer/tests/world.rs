// SPDX-License-Identifier: GPL-2.0-only

//! World: peers, and two networks between them, with faults that a test sets. All that is random comes from a seed.

use std::collections::{BTreeMap, BTreeSet};

use super::super::*;
use super::{BEAT, PATIENCE};

/// What goes wrong. Nodes by their places.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Die(usize),
    Start(usize),
    Leave(usize),
    /// Nothing gets from one to another.
    Link(usize, usize),
    /// Nothing gets through this network.
    Network(usize),
    /// Nothing gets to a node or from it.
    Cut(usize),
    /// The same on the clients' interface, which is network 1.
    Wire(usize),
    /// Nothing gets from a node there; nothing to it.
    Mute(usize),
    Deaf(usize),
    /// That is over.
    Mend(usize),
    /// A node does nothing for so long.
    Pause(usize, u64),
    /// So many of 1000 are lost, on each network.
    Loss(u32),
    /// Datagrams take up to so long.
    Delay(u64),
    Heal,
}

/// What a run of a program got.
#[derive(Default)]
struct Log {
    ring: u64,
    dead: Vec<u32>,
    quorate: bool,
    held_out: BTreeMap<u32, u64>,
    /// By ring and sender.
    messages: BTreeMap<(u64, u32), Vec<Vec<u8>>>,
    /// By ring, in order.
    order: BTreeMap<u64, Vec<(u32, Vec<u8>)>>,
    /// By ring, what its program sent.
    sent: BTreeMap<u64, Vec<Vec<u8>>>,
}

struct Program {
    peer: Peer,
    session: Session,
    log: Log,
    paused_until: u64,
    waiting: Vec<Input>,
    next_message: u64,
    /// Since when it has been cut off on the clients' interface.
    cut_off: Option<u64>,
}

pub struct World {
    pub now: u64,
    /// So many count for a program that is started, the first ones.
    pub voters: usize,
    /// The votes of the first ones, where these have others than one.
    pub votes: Vec<u32>,
    /// Of nodes that have another key than the others.
    pub keys: BTreeMap<usize, u8>,
    random: u64,
    programs: Vec<Option<Program>>,
    /// Logs of programs that ended.
    ended: Vec<(Session, Log)>,
    /// By the time of arrival and a number.
    flying: BTreeMap<(u64, u64), (usize, Input)>,
    pub datagrams: u64,
    copies: u64,
    runs: u64,
    loss: u32,
    delay: u64,
    links: BTreeSet<(usize, usize)>,
    networks: BTreeSet<usize>,
    cut: BTreeSet<usize>,
    /// Nodes from which nothing gets to the clients' interface, and to which nothing gets there.
    mute: BTreeSet<usize>,
    deaf: BTreeSet<usize>,
    /// How often any node was cut off there.
    pub cuts: usize,
    /// Longer datagrams are lost.
    pub longest: usize,
    recorded: Vec<Vec<u8>>,
    /// Members of each ring that anybody was in.
    pub rings: BTreeMap<u64, Vec<Member>>,
    /// When each node has announced its last group.
    pub formed: Vec<u64>,
}

/// The first so many nodes count.
fn first(voters: usize, votes: &[u32]) -> Electorate {
    let votes = votes.iter().copied().chain(std::iter::repeat(1));
    Electorate::with_votes((1..=voters as u32).zip(votes)).unwrap()
}

impl World {
    pub fn new(nodes: usize, seed: u64) -> World {
        World::with_room(nodes, nodes, seed)
    }

    /// Of so many nodes, of which the first ones count and run.
    pub fn with_room(nodes: usize, voters: usize, seed: u64) -> World {
        World::with_votes(nodes, voters, &[], seed)
    }

    /// The same, where the first ones have these votes.
    pub fn with_votes(nodes: usize, voters: usize, votes: &[u32], seed: u64) -> World {
        let mut world = World {
            now: 0,
            voters,
            votes: votes.to_vec(),
            keys: BTreeMap::new(),
            random: seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15),
            programs: (0..nodes).map(|_| None).collect(),
            ended: Vec::new(),
            flying: BTreeMap::new(),
            datagrams: 0,
            copies: 0,
            runs: 0,
            loss: 0,
            delay: 3,
            links: BTreeSet::new(),
            networks: BTreeSet::new(),
            cut: BTreeSet::new(),
            mute: BTreeSet::new(),
            deaf: BTreeSet::new(),
            cuts: 0,
            longest: usize::MAX,
            recorded: Vec::new(),
            rings: BTreeMap::new(),
            formed: vec![0; nodes],
        };
        (0..voters).for_each(|node| world.start(node));
        world
    }

    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    fn start(&mut self, node: usize) {
        if self.programs[node].is_some() {
            return;
        }
        self.runs += 1;
        let mut session = Session::default();
        session.0[..8].copy_from_slice(&self.random().to_be_bytes());
        session.0[8..].copy_from_slice(&self.runs.to_be_bytes());
        let setup = Setup {
            me: node as u32 + 1,
            electorate: first(self.voters, &self.votes),
            session,
            key: Key::new(&[*self.keys.get(&node).unwrap_or(&1); 32], "test").unwrap(),
            timing: Timing {
                beat: BEAT,
                patience: PATIENCE,
            },
        };
        self.programs[node] = Some(Program {
            peer: Peer::new(setup).unwrap(),
            session,
            log: Log::default(),
            paused_until: 0,
            waiting: Vec::new(),
            next_message: self.now + 50,
            cut_off: None,
        });
        self.handle(node, Input::Interface(true));
    }

    fn end(&mut self, node: usize) {
        if let Some(program) = self.programs[node].take() {
            self.ended.push((program.session, program.log));
        }
    }

    pub fn set(&mut self, fault: Fault) {
        let nodes = self.programs.len();
        match fault {
            Fault::Die(node) => self.end(node % nodes),
            Fault::Start(node) => self.start(node % nodes),
            Fault::Leave(node) => {
                self.handle(node % nodes, Input::End);
                self.end(node % nodes);
            }
            Fault::Link(from, to) => drop(self.links.insert((from % nodes, to % nodes))),
            Fault::Network(network) => drop(self.networks.insert(network)),
            Fault::Cut(node) => drop(self.cut.insert(node % nodes)),
            Fault::Mute(node) => drop(self.mute.insert(node % nodes)),
            Fault::Deaf(node) => drop(self.deaf.insert(node % nodes)),
            Fault::Wire(node) => {
                self.set(Fault::Mute(node));
                self.set(Fault::Deaf(node));
            }
            Fault::Mend(node) => drop(self.cut.remove(&(node % nodes))),
            Fault::Pause(node, ms) => {
                let until = self.now + ms;
                if let Some(program) = &mut self.programs[node % nodes] {
                    program.paused_until = until;
                }
            }
            Fault::Loss(loss) => self.loss = loss,
            Fault::Delay(delay) => self.delay = delay,
            Fault::Heal => self.heal(),
        }
    }

    pub fn heal(&mut self) {
        (self.loss, self.delay) = (0, 3);
        self.links.clear();
        self.networks.clear();
        self.cut.clear();
        self.mute.clear();
        self.deaf.clear();
    }

    pub fn send(&mut self, node: usize, bytes: Vec<u8>) {
        self.handle(node, Input::Send(bytes));
    }

    pub fn lose(&mut self, node: usize) {
        self.handle(node, Input::Lost);
    }

    /// The node is ready for the first so many.
    pub fn elect(&mut self, node: usize, voters: usize) {
        self.elect_with_votes(node, voters, &self.votes.clone());
    }

    /// And these have such votes.
    pub fn elect_with_votes(&mut self, node: usize, voters: usize, votes: &[u32]) {
        self.handle(node, Input::Elect(Some(first(voters, votes))));
    }

    /// Somebody tells a node that another one is dead.
    pub fn confirm(&mut self, node: usize, other: usize) -> Result<(), String> {
        let now = self.now;
        let program = self.programs[node].as_mut().unwrap();
        program.peer.confirm_dead(now, other as u32 + 1)
    }

    /// Whether its group is a quorum.
    pub fn is_quorate(&self, node: usize) -> bool {
        let program = self.programs[node].as_ref();
        program.is_some_and(|program| program.log.quorate)
    }

    /// Whom it holds out, and for how long when it said so.
    pub fn held_out(&self, node: usize) -> BTreeMap<u32, u64> {
        let program = self.programs[node].as_ref();
        program.map_or_else(BTreeMap::new, |program| program.log.held_out.clone())
    }

    pub fn silence(&mut self, node: usize, is_silent: bool) {
        self.handle(node, Input::Silent(is_silent));
    }

    pub fn inject(&mut self, node: usize, bytes: Vec<u8>) {
        self.handle(node, Input::Datagram(bytes));
    }

    /// All datagrams that were ever sent.
    pub fn record(&self) -> Vec<Vec<u8>> {
        self.recorded.clone()
    }

    pub fn handle(&mut self, node: usize, input: Input) {
        let now = self.now;
        let Some(program) = &mut self.programs[node] else {
            return;
        };
        if let Input::Send(bytes) = &input {
            let sent = program.log.sent.entry(program.log.ring).or_default();
            sent.push(bytes.clone());
        }
        let out = program.peer.handle(now, input);
        for output in out {
            match output {
                Output::Datagram { to, bytes } => self.put(node, to, bytes),
                Output::Event(event) => self.event(node, event),
                Output::CutOff(is_so) => {
                    self.cuts += usize::from(is_so);
                    let program = self.programs[node].as_mut().unwrap();
                    assert_eq!(program.cut_off.is_some(), !is_so, "it is news");
                    program.cut_off = is_so.then_some(now);
                }
            }
        }
    }

    fn put(&mut self, from: usize, to: Option<u32>, bytes: Vec<u8>) {
        self.datagrams += 1;
        assert!(
            bytes.len() <= super::super::super::seal::LARGEST,
            "{} bytes",
            bytes.len()
        );
        if self.recorded.len() < 4000 {
            self.recorded.push(bytes.clone());
        }
        for node in 0..self.programs.len() {
            if node == from || to.is_some_and(|to| to as usize != node + 1) {
                continue;
            }
            for network in 0..2 {
                let copies = if self.random() % 50 == 0 { 2 } else { 1 };
                for _ in 0..copies {
                    let is_lost = self.random() % 1000 < self.loss.into()
                        || self.networks.contains(&network)
                        || self.links.contains(&(from, node))
                        || self.cut.contains(&from)
                        || self.cut.contains(&node)
                        || network == 1 && self.mute.contains(&from)
                        || network == 1 && self.deaf.contains(&node)
                        || bytes.len() > self.longest;
                    if !is_lost {
                        let at = self.now + 1 + self.random() % self.delay.max(1);
                        self.copies += 1;
                        let input = match network {
                            1 => Input::OnInterface(bytes.clone()),
                            _ => Input::Datagram(bytes.clone()),
                        };
                        self.flying.insert((at, self.copies), (node, input));
                    }
                }
            }
        }
    }

    fn event(&mut self, node: usize, event: GroupEvent) {
        let now = self.now;
        let program = self.programs[node].as_mut().unwrap();
        let log = &mut program.log;
        match event {
            GroupEvent::Group(group) => {
                let is_new = group.ring > log.ring;
                let is_again = group.ring == log.ring && group.dead != log.dead;
                assert!(is_new || is_again, "none is entered twice");
                log.ring = group.ring;
                log.dead.clone_from(&group.dead);
                log.quorate = group.quorate;
                let members = program.peer.formation.members().to_vec();
                let mine = members
                    .iter()
                    .find(|member| usize::from(member.place) == node);
                assert_eq!(mine.map(|member| member.session), Some(program.session));
                let ids: Vec<u32> = members.iter().map(|m| u32::from(m.place) + 1).collect();
                assert_eq!(group.members, ids);
                let electorate = program.peer.electorate();
                let votes = |all: &[u32]| all.iter().map(|n| electorate.votes_of(*n)).sum::<u32>();
                let here = votes(&ids) + votes(&group.dead);
                assert_eq!(group.quorate, here * 2 > votes(electorate.nodes()));
                assert_eq!(group.votes, electorate.other_than_one());
                let known = self
                    .rings
                    .entry(group.ring)
                    .or_insert_with(|| members.clone());
                assert_eq!(*known, members, "a ring has one list of members");
                self.formed[node] = now;
            }
            GroupEvent::Message { from, bytes } => {
                let all = log.messages.entry((log.ring, from)).or_default();
                all.push(bytes.clone());
                log.order.entry(log.ring).or_default().push((from, bytes));
            }
            GroupEvent::HeldOut(all) => log.held_out = all,
            GroupEvent::Nothing(_) | GroupEvent::Trouble(_) | GroupEvent::CutOff(_) => {
                panic!("{event:?}")
            }
        }
    }

    pub fn run_to(&mut self, until: u64) {
        while self.now < until {
            self.now += 1;
            while let Some(entry) = self.flying.first_entry().filter(|e| e.key().0 <= self.now) {
                let (node, input) = entry.remove();
                if let Some(program) = &mut self.programs[node] {
                    program.waiting.push(input);
                }
            }
            for node in 0..self.programs.len() {
                self.act(node);
            }
        }
    }

    fn act(&mut self, node: usize) {
        let now = self.now;
        let Some(program) = &mut self.programs[node] else {
            return;
        };
        if program.paused_until > now {
            return;
        }
        let waiting = std::mem::take(&mut program.waiting);
        if program.next_message <= now {
            program.next_message = now + 50;
            let text = format!("{:?} {now}", program.session.0);
            self.handle(node, Input::Send(text.into_bytes()));
        }
        for input in waiting {
            self.handle(node, input);
        }
        for round in 0.. {
            let due = self.programs[node].as_ref().map(|p| p.peer.wake_at());
            if due.is_none_or(|at| at > now) {
                return;
            }
            assert!(round < 5, "it asks to be woken for nothing");
            self.handle(node, Input::Tick);
        }
    }

    /// Checks what holds whatever happens.
    pub fn check(&self) {
        let running = self.programs.iter().flatten();
        let running = running.map(|program| (program.session, &program.log));
        let ended = self.ended.iter().map(|(session, log)| (*session, log));
        let logs: BTreeMap<Session, &Log> = running.chain(ended).collect();
        for log in logs.values() {
            for ((ring, from), got) in &log.messages {
                let sender = self.rings[ring]
                    .iter()
                    .find(|m| u32::from(m.place) + 1 == *from);
                let sender = sender.expect("a sender is a member").session;
                let sent = &logs[&sender].sent[ring];
                assert!(
                    sent.starts_with(got),
                    "in order, without gaps, and once: {} of {}",
                    got.len(),
                    sent.len()
                );
            }
        }
        // All deliver the same in the same order, some of them more of it.
        let mut longest: BTreeMap<u64, &Vec<(u32, Vec<u8>)>> = BTreeMap::new();
        for (ring, order) in logs.values().flat_map(|log| &log.order) {
            let known = longest.entry(*ring).or_insert(order);
            let (short, long) = match known.len() < order.len() {
                true => (*known, order),
                false => (order, *known),
            };
            assert!(long.starts_with(short), "one order in ring {ring}");
            *known = long;
        }
    }

    /// Whether all that run are one group.
    pub fn is_whole(&self) -> bool {
        let running: Vec<u32> = (0..self.programs.len())
            .filter(|node| self.programs[*node].is_some())
            .map(|node| node as u32 + 1)
            .collect();
        let rings: BTreeSet<u64> = running
            .iter()
            .map(|id| self.ring(*id as usize - 1))
            .collect();
        rings.len() == 1
            && running
                .iter()
                .all(|id| self.members(*id as usize - 1) == running)
    }

    /// Since when a node has been cut off on the clients' interface.
    pub fn cut_off(&self, node: usize) -> Option<u64> {
        self.programs[node].as_ref()?.cut_off
    }

    pub fn ring(&self, node: usize) -> u64 {
        self.programs[node]
            .as_ref()
            .map_or(0, |program| program.log.ring)
    }

    /// How many count for a node.
    pub fn voters(&self, node: usize) -> usize {
        let program = self.programs[node].as_ref();
        program.map_or(0, |program| program.peer.electorate().nodes().len())
    }

    /// Who has gone by another electorate for so long.
    pub fn elsewhere(&self, node: usize, how_long: u64) -> Vec<u32> {
        let program = self.programs[node].as_ref().unwrap();
        program.peer.elsewhere(self.now, how_long).collect()
    }

    /// In whose names datagrams with another key came since then.
    pub fn strangers(&self, node: usize, how_long: u64) -> Vec<u32> {
        let program = self.programs[node].as_ref().unwrap();
        program.peer.strangers(self.now, how_long).collect()
    }

    pub fn members(&self, node: usize) -> Vec<u32> {
        let ring = self.rings.get(&self.ring(node));
        ring.map_or(Vec::new(), |all| {
            all.iter().map(|m| u32::from(m.place) + 1).collect()
        })
    }

    pub fn received(&self, node: usize) -> impl Iterator<Item = &Vec<u8>> {
        let program = self.programs[node].as_ref();
        program
            .into_iter()
            .flat_map(|program| program.log.messages.values().flatten())
    }
}
