// SPDX-License-Identifier: GPL-2.0-only

//! A model checker explores what nodes can come to of which one comes or goes, or has other votes: their files name the next electorate at any time,
//! they reach each other or not, what was said arrives late and again, and programs are started anew.
//!
//! What the protocol rests on ([0012](../../../../../../Documentation/design/0012-protocol.md) c) is looked at: of two rings that
//! follow each other, each quorum of the one has a node in common with the nodes by which the other got its quorum, and never
//! do two rings have one at a time.

use std::collections::{BTreeMap, BTreeSet};

use stateright::{Model, Property};

use super::{Fault, TIMING};
use crate::datagram::electorate::Electorate;
use crate::datagram::formation::Formation;
use crate::datagram::session::Session;
use crate::datagram::wire::{Alive, Member, Proposal};

/// A node's run.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Program {
    session: Session,
    /// Which of the electorates counts.
    at: usize,
    is_ready: bool,
    counter: u64,
    formation: Formation,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum What {
    Alive(u64, Alive),
    Offer(Proposal),
}

/// What was said, and by which run of which node. It stays on its way for ever.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Said {
    from: u32,
    session: Session,
    what: What,
}

/// A ring that has or had nodes in it that are a quorum, these ones, each with its votes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Acting {
    ring: u64,
    nodes: BTreeMap<u32, u32>,
    quorum: u32,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    now: u64,
    programs: BTreeMap<u32, Program>,
    said: Vec<Said>,
    entered: BTreeMap<(Session, u64), u32>,
    /// The last ring that had a quorum; whether one before it shares too little with the next; whether two had one at once.
    acting: Option<Acting>,
    is_lost: bool,
    are_two: bool,
    restarts: u8,
    steps: u8,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Action {
    /// These nodes reach each other and nobody else, for so many rounds of heartbeats.
    Reach(Vec<u32>, u8),
    /// A node's files name the next electorate.
    Ready(u32),
    Restart(u32),
    Stop(u32),
    Deliver(usize, u32),
}

/// Nodes that change from electorate to electorate; each starts with this one.
#[derive(Clone)]
struct Nodes {
    electorates: Vec<Electorate>,
    begin: BTreeMap<u32, usize>,
    fault: Option<Fault>,
    /// From the beginning all files name the next electorate.
    are_ready: bool,
    restarts: u8,
    steps: u8,
}

fn electorate(nodes: &[u32]) -> Electorate {
    Electorate::new(nodes.to_vec()).unwrap()
}

fn with_votes(votes: &[(u32, u32)]) -> Electorate {
    Electorate::with_votes(votes.iter().copied()).unwrap()
}

impl Nodes {
    fn program(&self, node: u32, run: u8, at: usize) -> Program {
        let electorate = &self.electorates[at];
        let session = Session([run; 16]);
        let place = electorate.place(node).unwrap();
        let me = Member { place, session };
        let votes = electorate.votes().clone();
        let mut formation = Formation::new(me, votes, electorate.digest(), TIMING);
        formation.fault = self.fault;
        Program {
            session,
            at,
            is_ready: false,
            counter: 0,
            formation,
        }
    }

    /// The electorate that a node's files may name next: one node comes or goes, and it is not this one, or majorities share a node.
    fn next(&self, node: u32, at: usize) -> Option<&Electorate> {
        let next = self.electorates.get(at + 1)?;
        let any = matches!(self.fault, Some(Fault::TwoAtOnce | Fault::VotesAtOnce));
        let may = any || next.is_next_to(&self.electorates[at]);
        (may && next.place(node).is_some()).then_some(next)
    }

    fn make_ready(&self, world: &mut World, node: u32) {
        let program = world.programs.get_mut(&node).unwrap();
        if let Some(next) = self.next(node, program.at) {
            program.is_ready = true;
            let votes = next.votes_by_places_of(&self.electorates[program.at]);
            program
                .formation
                .prepare(next.digest(), votes, next.quorum());
        }
    }

    /// A node looks at whom it reaches, as its engine does.
    fn look(&self, world: &mut World, node: u32, reached: &[u32]) {
        let now = world.now;
        let sessions: BTreeMap<u32, Session> = world
            .programs
            .iter()
            .map(|(n, p)| (*n, p.session))
            .collect();
        let Some(program) = world.programs.get_mut(&node) else {
            return;
        };
        if program.is_ready && program.formation.is_to_reconfigure() {
            program.at += 1;
            program.is_ready = false;
            let next = &self.electorates[program.at];
            let place = next.place(node).unwrap();
            let session = program.session;
            let me = Member { place, session };
            program.formation.reconfigure(now, me, next.votes().clone());
        }
        let nodes = self.electorates[program.at].nodes();
        let reach: Vec<Option<Session>> = nodes
            .iter()
            .map(|n| {
                sessions
                    .get(n)
                    .copied()
                    .filter(|_| *n != node && reached.contains(n))
            })
            .collect();
        for (place, session) in (0u8..).zip(&reach) {
            if session.is_none() {
                program.formation.forget(place);
            }
        }
        for _ in 0..3 {
            if !program.formation.look(now, reach.clone()) {
                break;
            }
            let run = (program.session, program.formation.ring());
            *world.entered.entry(run).or_default() += 1;
        }
        let session = program.session;
        let mut say = |what| {
            let said = Said {
                from: node,
                session,
                what,
            };
            world.said.push(said);
        };
        let alive = program.formation.heartbeat();
        program.counter += 1;
        say(What::Alive(program.counter, alive));
        if let Some(proposal) = program.formation.proposal(now) {
            say(What::Offer(proposal));
        }
        self.judge(world);
    }

    fn deliver(&self, world: &mut World, message: usize, to: u32) {
        let said = world.said[message].clone();
        let is_known = world
            .programs
            .get(&said.from)
            .is_some_and(|p| p.session == said.session);
        let Some(program) = world.programs.get_mut(&to) else {
            return;
        };
        let place = self.electorates[program.at].place(said.from);
        let Some(place) = place.filter(|_| is_known && said.from != to) else {
            return;
        };
        match said.what {
            What::Alive(counter, alive) => {
                program.formation.alive(world.now, place, counter, alive)
            }
            What::Offer(proposal) => program.formation.offer(place, proposal),
        }
    }

    fn reach(&self, world: &mut World, nodes: &[u32], rounds: u8) {
        world.now += TIMING.patience;
        for _ in 0..rounds {
            world.now += TIMING.beat;
            let before = world.said.len();
            nodes.iter().for_each(|node| self.look(world, *node, nodes));
            for message in before..world.said.len() {
                nodes
                    .iter()
                    .for_each(|to| self.deliver(world, message, *to));
            }
        }
        self.shorten(world);
    }

    /// A heartbeat that says what an earlier one of its run does is no other.
    fn shorten(&self, world: &mut World) {
        let mut kept: Vec<Said> = Vec::new();
        for said in world.said.drain(..) {
            let is_same = |old: &Said| match (&old.what, &said.what) {
                (What::Alive(_, old_alive), What::Alive(_, alive)) => {
                    old.session == said.session && old_alive == alive
                }
                _ => *old == said,
            };
            kept.retain(|old| !is_same(old));
            kept.push(said);
        }
        world.said = kept;
    }

    /// Which rings have a quorum now, and what became of the last one that had.
    fn judge(&self, world: &mut World) {
        let mut rings: BTreeMap<u64, Acting> = BTreeMap::new();
        for (node, program) in &world.programs {
            let formation = &program.formation;
            if formation.members().is_empty() {
                continue;
            }
            let electorate = &self.electorates[program.at];
            let (ring, quorum) = (formation.ring(), electorate.quorum());
            let acting = rings.entry(ring).or_insert(Acting {
                ring,
                nodes: BTreeMap::new(),
                quorum,
            });
            acting.nodes.insert(*node, electorate.votes_of(*node));
            acting.quorum = acting.quorum.min(quorum);
        }
        rings.retain(|_, acting| acting.nodes.values().sum::<u32>() >= acting.quorum);
        world.are_two |= rings.len() > 1;
        for next in rings.into_values() {
            match &mut world.acting {
                Some(last) if last.ring == next.ring => last.nodes.extend(next.nodes),
                Some(last) => {
                    // Those of the last one that the next has not, without whom it knows of no lease that they helped to.
                    let rest = last.nodes.iter();
                    let rest = rest.filter(|(node, _)| !next.nodes.contains_key(node));
                    let rest: u32 = rest.map(|(_, votes)| votes).sum();
                    world.is_lost |= rest >= last.quorum;
                    *last = next;
                }
                None => world.acting = Some(next),
            }
        }
    }
}

impl Model for Nodes {
    type State = World;
    type Action = Action;

    /// Those of the first electorate are a group; the others have just been started.
    fn init_states(&self) -> Vec<World> {
        let programs = self.begin.iter();
        let programs =
            programs.map(|(node, at)| (*node, self.program(*node, node.to_be_bytes()[3], *at)));
        let mut world = World {
            now: 0,
            programs: programs.collect(),
            said: Vec::new(),
            entered: BTreeMap::new(),
            acting: None,
            is_lost: false,
            are_two: false,
            restarts: self.restarts,
            steps: self.steps,
        };
        self.reach(&mut world, self.electorates[0].nodes(), LONG);
        assert!(world.acting.is_some());
        if self.are_ready {
            let nodes: Vec<u32> = world.programs.keys().copied().collect();
            nodes
                .iter()
                .for_each(|node| self.make_ready(&mut world, *node));
        }
        vec![world]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.steps == 0 {
            return;
        }
        let nodes: Vec<u32> = world.programs.keys().copied().collect();
        for bits in 1..(1u32 << nodes.len()) {
            let some = nodes
                .iter()
                .enumerate()
                .filter(|(at, _)| (bits >> at) & 1 == 1);
            let some: Vec<u32> = some.map(|(_, node)| *node).collect();
            actions.push(Action::Reach(some.clone(), 1));
            actions.push(Action::Reach(some, LONG));
        }
        for (node, program) in &world.programs {
            if !program.is_ready && self.next(*node, program.at).is_some() {
                actions.push(Action::Ready(*node));
            }
            if world.restarts > 0 {
                actions.push(Action::Restart(*node));
            }
            let last = self.electorates.last();
            if last.is_some_and(|last| last.place(*node).is_none()) {
                actions.push(Action::Stop(*node));
            }
        }
        for at in 0..world.said.len() {
            actions.extend(nodes.iter().map(|to| Action::Deliver(at, *to)));
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        match action {
            Action::Reach(nodes, rounds) => self.reach(&mut world, &nodes, rounds),
            Action::Ready(node) => self.make_ready(&mut world, node),
            Action::Restart(node) => {
                // It reads its files, as they are by now.
                let last = &world.programs[&node];
                let at = last.at + usize::from(last.is_ready);
                world.restarts -= 1;
                let run = 100 + world.restarts;
                world.programs.insert(node, self.program(node, run, at));
                self.forget(&mut world, node);
            }
            Action::Stop(node) => {
                world.programs.remove(&node);
                self.forget(&mut world, node);
            }
            Action::Deliver(message, to) => self.deliver(&mut world, message, to),
        }
        (world != *last).then(|| {
            world.steps -= 1;
            world
        })
    }

    fn properties(&self) -> Vec<Property<Nodes>> {
        vec![
            Property::always("never two have a quorum", |_, world: &World| !world.are_two),
            Property::always("quorums share a node", |_, world: &World| !world.is_lost),
            Property::always("none is entered twice", |_, world: &World| {
                world.entered.values().all(|times| *times == 1)
            }),
            Property::sometimes(CHANGED, |model: &Nodes, world: &World| {
                let last = model.electorates.len() - 1;
                let mut nodes = world.programs.values();
                nodes.all(|p| p.at == last && p.formation.has_quorum())
            }),
        ]
    }
}

/// Rounds after which those who reach each other are at rest.
const LONG: u8 = 8;
const CHANGED: &str = "all have the last electorate and a group";

impl Nodes {
    fn forget(&self, world: &mut World, node: u32) {
        for program in world.programs.values_mut() {
            if let Some(place) = self.electorates[program.at].place(node) {
                program.formation.forget(place);
            }
        }
    }

    fn explored(&self) -> BTreeSet<&'static str> {
        let begun = std::time::Instant::now();
        let (states, found) = super::explore(self.clone());
        println!("{states} states, {:?}", begun.elapsed());
        found
    }
}

fn grows(restarts: u8, steps: u8) -> Nodes {
    Nodes {
        electorates: vec![electorate(&[1, 2]), electorate(&[1, 2, 3])],
        begin: BTreeMap::from([(1, 0), (2, 0), (3, 1)]),
        fault: None,
        are_ready: false,
        restarts,
        steps,
    }
}

/// The lowest goes, so that places are others.
fn shrinks(restarts: u8, steps: u8) -> Nodes {
    Nodes {
        electorates: vec![electorate(&[1, 2, 3]), electorate(&[2, 3])],
        begin: BTreeMap::from([(1, 0), (2, 0), (3, 0)]),
        ..grows(restarts, steps)
    }
}

/// Two come one after the other, and both run already.
fn grows_twice(steps: u8) -> Nodes {
    Nodes {
        electorates: vec![
            electorate(&[1]),
            electorate(&[1, 2]),
            electorate(&[1, 2, 3]),
        ],
        begin: BTreeMap::from([(1, 0), (2, 1), (3, 2)]),
        ..grows(0, steps)
    }
}

/// A node gets one vote more, and another one later; then the first is a quorum alone.
fn votes_grow(restarts: u8, steps: u8) -> Nodes {
    Nodes {
        electorates: vec![
            electorate(&[1, 2]),
            with_votes(&[(1, 2), (2, 1)]),
            with_votes(&[(1, 2), (2, 2)]),
        ],
        begin: BTreeMap::from([(1, 0), (2, 0)]),
        ..grows(restarts, steps)
    }
}

/// One goes, and without it who has two votes is a quorum alone.
fn heavy_stays(restarts: u8, steps: u8) -> Nodes {
    Nodes {
        electorates: vec![
            with_votes(&[(1, 1), (2, 2), (3, 1)]),
            with_votes(&[(2, 2), (3, 1)]),
        ],
        ..shrinks(restarts, steps)
    }
}

/// One of three is a quorum alone, or none is.
fn votes_move(restarts: u8, steps: u8) -> Nodes {
    Nodes {
        electorates: vec![
            with_votes(&[(1, 3), (2, 1), (3, 1)]),
            with_votes(&[(1, 2), (2, 1), (3, 1)]),
        ],
        ..shrinks(restarts, steps)
    }
}

/// From the beginning on, and once all are ready. Where one step more or less is all, not all get as far as the last electorate.
fn are_sound(models: impl IntoIterator<Item = Nodes>) {
    let mut has_changed = 0;
    for model in models {
        for are_ready in [false, true] {
            let mut found = Nodes {
                are_ready,
                ..model.clone()
            }
            .explored();
            has_changed += usize::from(found.remove(CHANGED));
            assert_eq!(found, BTreeSet::new());
        }
    }
    assert!(has_changed >= 3, "this shows nothing");
}

#[test]
fn claim_14_quorums_share_a_node_whoever_comes_or_goes() {
    are_sound([grows(1, 3), shrinks(1, 3), grows_twice(4)]);
}

#[test]
fn claim_14_majorities_of_votes_share_a_node_whatever_changes() {
    are_sound([votes_grow(1, 4), heavy_stays(1, 3), votes_move(1, 3)]);
}

#[test]
#[ignore = "takes minutes and some GB"]
fn claim_14_majorities_of_votes_share_a_node_whatever_changes_deep() {
    are_sound([votes_grow(2, 6), heavy_stays(2, 5), votes_move(2, 5)]);
}

#[test]
#[ignore = "takes minutes and some GB"]
fn claim_14_quorums_share_a_node_whoever_comes_or_goes_deep() {
    are_sound([grows(2, 5), shrinks(2, 5), grows_twice(6)]);
}

#[test]
fn claim_14_a_rule_of_reconfiguration_that_is_left_out_is_found() {
    let two_at_once = Nodes {
        electorates: vec![electorate(&[1]), electorate(&[1, 2, 3])],
        begin: BTreeMap::from([(1, 0), (2, 1), (3, 1)]),
        ..grows(0, 3)
    };
    let votes_at_once = Nodes {
        electorates: vec![
            with_votes(&[(1, 3), (2, 1), (3, 1)]),
            electorate(&[1, 2, 3]),
        ],
        are_ready: true,
        ..shrinks(2, 3)
    };
    let ready = Nodes {
        are_ready: true,
        ..grows(0, 4)
    };
    for (fault, model, found) in [
        (Fault::Alone, grows_twice(3), "quorums share a node"),
        (Fault::TwoAtOnce, two_at_once, "quorums share a node"),
        (Fault::VotesAtOnce, votes_at_once, "quorums share a node"),
        (Fault::ForgetsRing, ready, "none is entered twice"),
    ] {
        let model = Nodes {
            fault: Some(fault),
            ..model
        };
        let all = model.explored();
        assert!(all.contains(found), "{fault:?}: {all:?}");
    }
}
