// SPDX-License-Identifier: GPL-2.0-only

//! A model checker explores what three nodes can come to, whatever arrives of what they say, in whatever order and how
//! often, and whomever each of them takes for reached. A rule that is left out has to be found.

use std::collections::{BTreeMap, BTreeSet};

use stateright::{Checker as _, HasDiscoveries, Model, Property};

use super::*;

mod dead;

/// Rules left out on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// A ring is entered that is not above the own.
    EntersAnyRing,
    /// Proposers of the same epoch propose the same number.
    RingsOfAll,
    /// So does a proposer that was started anew.
    RingsOfRuns,
    /// A node that is ready for another electorate reconfigures, whether the others are ready or not.
    Alone,
    /// Who reconfigures forgets the ring that it was in.
    ForgetsRing,
    /// Two nodes come at a time.
    TwoAtOnce,
    /// Votes change by more than keeps a node in common.
    VotesAtOnce,
}

/// Whether an offer is taken, with a fault.
pub fn fits(formation: &Formation, offer: &Proposal, fits: bool) -> bool {
    match formation.fault {
        Some(Fault::EntersAnyRing) => {
            offer.members == formation.wanted && offer.ring != formation.ring
        }
        _ => fits,
    }
}

/// The tag of a ring, with a fault.
pub fn tag(formation: &Formation, tag: u32) -> u32 {
    match formation.fault {
        Some(Fault::RingsOfAll) => 0,
        Some(Fault::RingsOfRuns) => tag & 0xff00_0000,
        _ => tag,
    }
}

/// Whether to reconfigure, with a fault.
pub fn is_to_reconfigure(formation: &Formation, is_to: bool) -> bool {
    match formation.fault {
        Some(Fault::Alone) => formation.next != 0,
        _ => is_to,
    }
}

/// The ring that is kept, with a fault.
pub fn kept(formation: &Formation) -> u64 {
    match formation.fault {
        Some(Fault::ForgetsRing) => 0,
        _ => formation.ring,
    }
}

mod reconfigured;

const TIMING: Timing = Timing {
    beat: 1,
    patience: 4,
};
const NODES: u8 = 3;

/// What was said, which stays on its way for ever.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Message {
    Alive(Member, u64, Alive),
    Offer(Member, Proposal),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    now: u64,
    nodes: Vec<Formation>,
    counters: Vec<u64>,
    said: Vec<Message>,
    /// Of each ring that was entered its members, and who has entered it how often.
    rings: BTreeMap<u64, BTreeSet<Vec<Member>>>,
    entered: BTreeMap<(Member, u64), u32>,
    restarts: u8,
    steps: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Action {
    /// Some time later a node reaches these, and looks.
    Look(u8, Places),
    Deliver(usize, u8),
    Restart(u8),
}

struct Nodes {
    fault: Option<Fault>,
    restarts: u8,
    steps: u8,
}

fn member(place: u8, run: u8) -> Member {
    Member {
        place,
        session: Session([run + 1; 16]),
    }
}

impl Nodes {
    fn formation(&self, me: Member) -> Formation {
        let mut formation = Formation::new(me, Votes::one_each(NODES), 1, TIMING);
        formation.fault = self.fault;
        formation
    }
}

impl World {
    fn look(&mut self, node: u8, reach: Places) {
        let sessions = self.nodes.iter().map(|n| n.me);
        let sessions: Vec<Option<Session>> = sessions
            .map(|m| reach.has(m.place).then_some(m.session))
            .collect();
        let now = self.now;
        let at = usize::from(node);
        // Whoever is not reached counts for nothing that was said.
        for place in (0..NODES).filter(|place| !reach.has(*place)) {
            self.nodes[at].forget(place);
        }
        for _ in 0..3 {
            if !self.nodes[at].look(now, sessions.clone()) {
                break;
            }
            let (ring, me) = (self.nodes[at].ring(), self.nodes[at].me);
            let members = self.nodes[at].members().to_vec();
            self.rings.entry(ring).or_default().insert(members);
            *self.entered.entry((me, ring)).or_default() += 1;
        }
        let me = self.nodes[at].me;
        let alive = self.nodes[at].heartbeat();
        let is_known = self.said.iter().any(
            |said| matches!(said, Message::Alive(from, _, old) if *from == me && *old == alive),
        );
        if !is_known {
            self.counters[at] += 1;
            self.said.push(Message::Alive(me, self.counters[at], alive));
        }
        if let Some(proposal) = self.nodes[at].proposal(now) {
            let message = Message::Offer(me, proposal);
            if !self.said.contains(&message) {
                self.said.push(message);
            }
        }
    }

    fn deliver(&mut self, message: usize, to: u8) {
        let node = &mut self.nodes[usize::from(to)];
        let (Message::Alive(from, ..) | Message::Offer(from, ..)) = &self.said[message];
        if from.place == to {
            return;
        }
        match self.said[message].clone() {
            Message::Alive(from, counter, alive) => {
                node.alive(self.now, from.place, counter, alive)
            }
            Message::Offer(from, proposal) => node.offer(from.place, proposal),
        }
    }
}

impl Model for Nodes {
    type State = World;
    type Action = Action;

    /// All are one group, and all that led to it is on its way still.
    fn init_states(&self) -> Vec<World> {
        let nodes = (0..NODES).map(|place| self.formation(member(place, place)));
        let mut world = World {
            now: 0,
            nodes: nodes.collect(),
            counters: vec![0; NODES.into()],
            said: Vec::new(),
            rings: BTreeMap::new(),
            entered: BTreeMap::new(),
            restarts: self.restarts,
            steps: self.steps,
        };
        let all = |node: u8| (0..NODES).collect::<Places>().without(node);
        for _ in 0..3 {
            world.now += TIMING.patience;
            for node in 0..NODES {
                world.look(node, all(node));
                for message in 0..world.said.len() {
                    (0..NODES).for_each(|to| world.deliver(message, to));
                }
            }
        }
        assert_eq!(
            world
                .rings
                .last_key_value()
                .unwrap()
                .1
                .first()
                .unwrap()
                .len(),
            3
        );
        vec![world]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.steps == 0 {
            return;
        }
        for node in 0..NODES {
            for bits in 0..(1u32 << NODES) {
                let reach = Places::from_bits(bits);
                if !reach.has(node) {
                    actions.push(Action::Look(node, reach));
                }
            }
            if world.restarts > 0 {
                actions.push(Action::Restart(node));
            }
        }
        for (at, message) in world.said.iter().enumerate() {
            let (Message::Alive(from, ..) | Message::Offer(from, ..)) = message;
            // What was said by a run that is over is of no known session.
            let is_of_now = world.nodes[usize::from(from.place)].me == *from;
            for to in (0..NODES).filter(|to| is_of_now && *to != from.place) {
                actions.push(Action::Deliver(at, to));
            }
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        match action {
            Action::Look(node, reach) => {
                world.now += TIMING.patience;
                world.look(node, reach);
            }
            Action::Deliver(message, to) => world.deliver(message, to),
            Action::Restart(node) => {
                world.restarts -= 1;
                world.nodes[usize::from(node)] =
                    self.formation(member(node, node + 10 + world.restarts));
                world.counters[usize::from(node)] = 0;
                // The others find out that the session is another.
                world.nodes.iter_mut().for_each(|other| other.forget(node));
            }
        }
        (world != *last).then(|| {
            world.steps -= 1;
            world
        })
    }

    fn properties(&self) -> Vec<Property<Nodes>> {
        vec![
            Property::always("a ring has one list", |_, world: &World| {
                world.rings.values().all(|lists| lists.len() == 1)
            }),
            Property::always("none is entered twice", |_, world: &World| {
                world.entered.values().all(|times| *times == 1)
            }),
            Property::always("who enters is in it", |_, world: &World| {
                let mut nodes = world.nodes.iter();
                nodes.all(|node| node.ring() == 0 || node.members().contains(&node.me))
            }),
            Property::always("who is in it has the ring's list", |_, world: &World| {
                world.entered.keys().all(|(member, ring)| {
                    world.rings[ring].iter().all(|list| list.contains(member))
                })
            }),
            Property::sometimes("two are a group", |_, world: &World| {
                let rings: BTreeSet<u64> = world.nodes.iter().map(Formation::ring).collect();
                rings.len() < usize::from(NODES)
            }),
        ]
    }
}

fn explored(fault: Option<Fault>, restarts: u8, steps: u8) -> (usize, BTreeSet<&'static str>) {
    explore(Nodes {
        fault,
        restarts,
        steps,
    })
}

/// All states of a model, or those until something is wrong: how many, and what was found.
fn explore<M>(model: M) -> (usize, BTreeSet<&'static str>)
where
    M: Model + Send + Sync + 'static,
    M::State: std::hash::Hash + Clone + PartialEq + Send + Sync + 'static,
    M::Action: Clone + PartialEq,
{
    let checker = model
        .checker()
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let found = checker.discoveries().into_keys().collect();
    (checker.unique_state_count(), found)
}

#[test]
fn rings_are_sound_whatever_arrives() {
    let (states, found) = explored(None, 1, 4);
    println!("{states} states");
    assert_eq!(found, BTreeSet::from(["two are a group"]));
}

#[test]
fn a_rule_that_is_left_out_is_found() {
    for (fault, restarts, steps) in [
        (Fault::EntersAnyRing, 0, 5),
        (Fault::RingsOfAll, 0, 2),
        (Fault::RingsOfRuns, 1, 4),
    ] {
        let (states, found) = explored(Some(fault), restarts, steps);
        println!("{fault:?}: {states} states, {found:?}");
        assert!(
            found.iter().any(|name| *name != "two are a group"),
            "{fault:?}"
        );
    }
}

/// Rings' numbers do not begin anew, whatever a member claims of them.
#[test]
fn no_claim_brings_rings_to_their_end() {
    let (me, other) = (member(0, 0), member(1, 0));
    let mut formation = Formation::new(me, Votes::one_each(2), 1, TIMING);
    let mut last = 0;
    for (counter, highest) in (1u64..).zip([0, 1 << 40, u64::MAX, u64::MAX, 0]) {
        let alive = Alive {
            electorate: 1,
            highest,
            wanted: Places::NONE.with(0).with(1),
            reaches: vec![me],
            ..Alive::default()
        };
        let now = counter * 100;
        formation.alive(now, 1, counter, alive);
        assert!(formation.look(now, vec![None, Some(other.session)]));
        assert!(formation.ring() > last.max(highest.min(CLAIMED)));
        assert_eq!(formation.members(), [me, other]);
        last = formation.ring();
        formation.break_up();
    }
    let mut formation = Formation::new(other, Votes::one_each(2), 1, TIMING);
    for (ring, is_taken) in [(u64::MAX, false), (OFFERED, true)] {
        let proposal = Proposal {
            ring,
            members: vec![me, other],
        };
        formation.offer(0, proposal);
        assert_eq!(formation.offers[0].is_some(), is_taken, "{ring:x}");
    }
}
