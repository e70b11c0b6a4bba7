// SPDX-License-Identifier: GPL-2.0-only

//! Programs of the model: their inputs and outputs.

use std::sync::Arc;

use ssi_protocol::{
    AdminState, Buckets, Command, Input, KernelEvent, Node, NodeId, Output, Setup, Time, Timing,
    View, ViewId, Votes,
};

use crate::machine::Pending;
use crate::shared::Shared;
use crate::tiny::Tiny;
use crate::world::{CONFIRMED, Rules, World, Wrong, id};

impl World {
    /// Starts a program, with other times than the rules' if they are `given`.
    pub fn start(&mut self, rules: &Rules, n: usize, given: Option<Timing>) {
        if n >= rules.nodes {
            return;
        }
        let first = rules.first.filter(|_| n == 0);
        let before = rules.before.filter(|_| rules.remembers);
        let setup = Setup {
            me: id(n),
            k: rules.k,
            timing: given.or(first).unwrap_or(rules.timing),
            granted_before: before.map_or(0, |before| before.surely_over()),
            drains_at_expiry: true,
            sticks: rules.sticks,
            planner: Tiny,
            admin_state: AdminState::default(),
        };
        let since = self.views.len() + 1;
        // What is not looked at is to make no state another one.
        let is_after_stop = rules.later.is_some() && since > 1 && self.have_stopped();
        let machine = self.machine(n);
        let node = Node::new(setup, machine.found(), Time(machine.clock));
        machine.daemon = Some(Shared::new(node.with_fault(rules.fault)));
        machine.since = since;
        machine.is_after_stop = is_after_stop;
    }

    pub fn form(&mut self, rules: &Rules, view: u8) {
        let is_in = |n: &usize| (view >> n) & 1 != 0;
        let members: Vec<NodeId> = (0..rules.nodes).filter(is_in).map(id).collect();
        let is_confirmed = view & CONFIRMED != 0;
        let dead = (0..rules.nodes)
            .filter(|n| is_confirmed && !is_in(n))
            .map(id);
        let dead: Vec<NodeId> = dead.collect();
        let number = self.views.len() as u64 + 1;
        let votes: Votes = (0..rules.nodes)
            .map(id)
            .zip(rules.votes_of(number))
            .collect();
        let all: Vec<NodeId> = (0..rules.nodes).map(id).collect();
        let (all, here) = (votes.sum(&all), votes.sum(&members) + votes.sum(&dead));
        Arc::make_mut(&mut self.views).push(View {
            id: ViewId {
                ring: number,
                programs: 0,
                serial: 0,
            },
            quorate: here * 2 > all,
            quorum: all / 2 + 1 - votes.sum(&dead),
            votes,
            members,
            dead,
        });
    }

    pub fn show_view(&mut self, rules: &Rules, n: usize, view: usize) -> bool {
        let formed = self.views[view - 1].clone();
        let machine = self.machine(n);
        let new = view > machine.view && view >= machine.since;
        if machine.daemon.is_none() || !new || !formed.has(id(n)) {
            return false;
        }
        machine.view = view;
        self.net
            .retain(|p| p.to != n || p.view >= view || p.is_kept(rules));
        self.feed(rules, n, Input::View(formed))
    }

    pub fn execute(&mut self, rules: &Rules, n: usize) {
        let machine = self.machine(n);
        let had_expired = machine.clock >= machine.lease_until;
        let set = match &machine.pending {
            Some(Pending {
                command: Command::SetTable { owned, .. },
                view,
                ..
            }) => Some((owned.clone(), *view)),
            _ => None,
        };
        machine.execute(rules.kernel_fault);
        let serves = machine.clock < machine.lease_until;
        let set = set.filter(|(owned, _)| serves && *owned == machine.owned);
        if let Some((owned, view)) = set {
            self.judge(&owned, view, had_expired);
        }
    }

    /// Whether a table that serves from now on should.
    fn judge(&mut self, owned: &Buckets, view: usize, had_expired: bool) {
        let formed = view.checked_sub(1).and_then(|at| self.views.get(at));
        let quorum = formed.is_some_and(View::is_quorate);
        for bucket in owned.iter() {
            let taken = &mut self.taken[bucket as usize];
            if view < *taken {
                self.wrong = Some(Wrong::OldView);
            } else if had_expired && !quorum {
                self.wrong = Some(Wrong::NoQuorum);
            }
            *taken = view.max(*taken);
        }
    }

    pub fn answer(&mut self, rules: &Rules, n: usize) -> bool {
        let Some(answer) = self.machine(n).answer.take() else {
            return false;
        };
        self.feed(rules, n, Input::Kernel(answer))
    }

    pub fn drained(&mut self, rules: &Rules, n: usize) -> bool {
        let machine = self.machine(n);
        let drained = std::mem::replace(&mut machine.draining, Buckets::none(rules.k));
        if drained.is_empty() {
            return false;
        }
        self.feed(rules, n, Input::Kernel(KernelEvent::Drained(drained)))
    }

    pub fn let_go(&mut self, rules: &Rules, n: usize) -> bool {
        let Some(daemon) = &self.machines[n].daemon else {
            return false;
        };
        let clients = daemon.sticking().clone();
        !clients.is_empty() && self.feed(rules, n, Input::LetGo(clients))
    }

    /// Gives a program something, and sees to what it wants done. Returns whether that changed anything.
    pub fn feed(&mut self, rules: &Rules, n: usize, input: Input<Tiny>) -> bool {
        let Some(daemon) = &self.machines[n].daemon else {
            return false;
        };
        let mut node = (**daemon).clone();
        let mut inputs = vec![input];
        let mut changed = false;
        while let Some(input) = inputs.pop() {
            let now = Time(self.machines[n].clock);
            let outputs = node.handle(now, input);
            changed |= !outputs.is_empty();
            // What comes of the first arrives first.
            let mut next = Vec::new();
            for output in outputs {
                match output {
                    Output::Send(message) => {
                        self.send(rules, n, &message);
                        next.push(Input::Message(message));
                    }
                    Output::Kernel(command) => {
                        let machine = self.machine(n);
                        assert!(machine.pending.is_none() && machine.answer.is_none());
                        machine.pending = Some(Pending {
                            command,
                            given: now.0,
                            view: machine.view,
                        });
                    }
                }
            }
            next.reverse();
            inputs.extend(next);
        }
        let machine = self.machine(n);
        if machine.daemon.as_deref() != Some(&node) {
            machine.daemon = Some(Shared::new(node));
            changed = true;
        }
        changed
    }
}
