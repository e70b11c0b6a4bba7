// SPDX-License-Identifier: GPL-2.0-only

//! Two nodes, and confirmations that the other is dead, by a model checker: whatever arrives, whoever ends and starts anew, never
//! are both a quorum, each alone. What is confirmed is true: nothing acts any more of the session that was known last, or of
//! any where none was.

use std::collections::BTreeSet;

use stateright::{Model, Property};

use super::{TIMING, member};
use crate::datagram::formation::{Formation, Member, Proposal};
use crate::datagram::votes::Votes;
use crate::datagram::wire::Alive;

/// What is wrong with confirmations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Broken {
    /// That an earlier session of a node is dead counts for the one that lives.
    CountsForLater,
    /// A program goes by what was confirmed to the one before it.
    OutlivesProgram,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Message {
    Alive(Member, u64, Alive),
    Offer(Member, Proposal),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Pair {
    now: u64,
    nodes: [Formation; 2],
    on: [bool; 2],
    runs: [u8; 2],
    counter: u64,
    /// The session of the other that each program knew last.
    known: [Option<Member>; 2],
    said: Vec<Message>,
    entered: BTreeSet<(Member, u64)>,
    ends: u8,
    confirmations: u8,
    steps: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Action {
    /// Some time later a node reaches the other, or not, and looks.
    Look(usize, bool),
    Deliver(usize, usize),
    End(usize),
    Start(usize),
    Confirm(usize),
}

struct Two {
    broken: Option<Broken>,
    /// What is said may arrive.
    speaks: bool,
    ends: u8,
    steps: u8,
}

fn formation(node: usize, run: u8) -> Formation {
    let place = if node == 0 { 0 } else { 1 };
    let me = member(place, 10 * place + run);
    Formation::new(me, Votes::one_each(2), 1, TIMING)
}

impl Pair {
    fn look(&mut self, node: usize, reaches: bool, speaks: bool) {
        let other = 1 - node;
        self.now += TIMING.patience;
        let there = self.nodes[other].me;
        let reached = reaches && self.on[other];
        let mine = &mut self.nodes[node];
        if reached {
            self.known[node] = Some(there);
            mine.heard(there.place, there.session);
        } else {
            mine.forget(there.place);
        }
        let mut reach = vec![None, None];
        reach[other] = reached.then_some(there.session);
        for _ in 0..3 {
            if !mine.look(self.now, reach.clone()) {
                break;
            }
            self.entered.insert((mine.me, mine.ring()));
        }
        if !speaks {
            return;
        }
        let me = mine.me;
        let alive = mine.heartbeat();
        let offer = mine.proposal(self.now);
        let is_known = self.said.iter().any(
            |said| matches!(said, Message::Alive(from, _, old) if *from == me && *old == alive),
        );
        if !is_known {
            self.counter += 1;
            self.said.push(Message::Alive(me, self.counter, alive));
        }
        let offer = offer.map(|offer| Message::Offer(me, offer));
        let new = offer.filter(|offer| !self.said.contains(offer));
        self.said.extend(new);
    }

    fn deliver(&mut self, message: usize, to: usize) {
        let node = &mut self.nodes[to];
        match self.said[message].clone() {
            Message::Alive(from, counter, alive) => {
                node.alive(self.now, from.place, counter, alive)
            }
            Message::Offer(from, proposal) => node.offer(from.place, proposal),
        }
    }

    /// Whether a node acts: its group is a quorum, and all of the group have entered it.
    fn acts(&self, node: usize) -> bool {
        let mine = &self.nodes[node];
        let mut members = mine.members().iter();
        self.on[node]
            && mine.has_quorum()
            && members.all(|member| self.entered.contains(&(*member, mine.ring())))
    }

    fn is_true(&self, node: usize, broken: Option<Broken>) -> bool {
        let other = 1 - node;
        let there = self.on[other].then_some(self.nodes[other].me);
        if broken == Some(Broken::CountsForLater) {
            return self.runs[other] > 0 || there.is_none();
        }
        match self.known[node] {
            Some(known) => there != Some(known),
            None => there.is_none(),
        }
    }
}

impl Model for Two {
    type State = Pair;
    type Action = Action;

    /// Both are a group.
    fn init_states(&self) -> Vec<Pair> {
        let mut pair = Pair {
            now: 0,
            nodes: [formation(0, 0), formation(1, 0)],
            on: [true; 2],
            runs: [0; 2],
            counter: 0,
            known: [None; 2],
            said: Vec::new(),
            entered: BTreeSet::new(),
            ends: self.ends,
            confirmations: 2,
            steps: self.steps,
        };
        for _ in 0..3 {
            for node in 0..2 {
                pair.look(node, true, true);
                (0..pair.said.len()).for_each(|message| pair.deliver(message, 1 - node));
            }
        }
        assert!(pair.acts(0) && pair.acts(1) && pair.nodes[0].members().len() == 2);
        pair.said.retain(|_| self.speaks);
        vec![pair]
    }

    fn actions(&self, pair: &Pair, actions: &mut Vec<Action>) {
        if pair.steps == 0 {
            return;
        }
        for node in 0..2 {
            if !pair.on[node] {
                actions.push(Action::Start(node));
                continue;
            }
            actions.extend([Action::Look(node, false), Action::Look(node, true)]);
            if pair.ends > 0 {
                actions.push(Action::End(node));
            }
            if pair.confirmations > 0 && pair.is_true(node, self.broken) {
                actions.push(Action::Confirm(node));
            }
        }
        for (at, message) in pair.said.iter().enumerate() {
            let (Message::Alive(from, ..) | Message::Offer(from, ..)) = message;
            let from_node = usize::from(from.place);
            let is_known = pair.known[1 - from_node] == Some(*from);
            if is_known && pair.on[1 - from_node] {
                actions.push(Action::Deliver(at, 1 - from_node));
            }
        }
    }

    fn next_state(&self, last: &Pair, action: Action) -> Option<Pair> {
        let mut pair = last.clone();
        match action {
            Action::Look(node, reaches) => pair.look(node, reaches, self.speaks),
            Action::Deliver(message, to) => pair.deliver(message, to),
            Action::End(node) => {
                pair.ends -= 1;
                pair.on[node] = false;
            }
            Action::Start(node) => {
                pair.on[node] = true;
                pair.runs[node] += 1;
                pair.known[node] = None;
                let before = pair.nodes[node].clone();
                pair.nodes[node] = formation(node, pair.runs[node]);
                if self.broken == Some(Broken::OutlivesProgram) {
                    pair.nodes[node].dead = before.dead;
                }
            }
            Action::Confirm(node) => {
                pair.confirmations -= 1;
                let there = pair.nodes[1 - node].me.place;
                let last = pair.known[node].map(|known| known.session);
                pair.nodes[node].confirm_dead(there, last);
            }
        }
        (pair != *last).then(|| {
            pair.steps -= 1;
            pair
        })
    }

    fn properties(&self) -> Vec<Property<Two>> {
        vec![
            Property::always("never two, each alone", |_, pair: &Pair| {
                let are_apart = pair.nodes[0].members() != pair.nodes[1].members()
                    && pair.nodes.iter().all(|node| node.members().len() == 1);
                !(are_apart && pair.acts(0) && pair.acts(1))
            }),
            Property::sometimes("one alone", |_, pair: &Pair| {
                (0..2).any(|node| pair.acts(node) && pair.nodes[node].members().len() == 1)
            }),
            Property::sometimes("then the other", |_, pair: &Pair| {
                pair.runs[0] > 0 && pair.acts(1) && pair.nodes[1].members().len() == 1
            }),
        ]
    }
}

#[test]
fn claim_14_two_nodes_are_never_a_quorum_each_alone() {
    for (speaks, ends, steps) in [(false, 3, 10), (true, 2, 7)] {
        let (states, found) = super::explore(Two {
            broken: None,
            speaks,
            ends,
            steps,
        });
        println!("speaks: {speaks}, {steps} steps: {states} states");
        assert!(!found.contains("never two, each alone"));
        assert!(found.contains("one alone"), "too little was explored");
        assert!(speaks || found.contains("then the other"));
    }
}

#[test]
fn claim_14_a_confirmation_that_counts_too_long_is_found_out() {
    for broken in [Broken::CountsForLater, Broken::OutlivesProgram] {
        let (states, found) = super::explore(Two {
            broken: Some(broken),
            speaks: false,
            ends: 2,
            steps: 10,
        });
        println!("{broken:?}: {states} states");
        assert!(found.contains("never two, each alone"), "{broken:?}");
    }
}
