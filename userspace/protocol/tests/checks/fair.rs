// SPDX-License-Identifier: GPL-2.0-only

//! Fair runs: what the cluster comes to when nothing disturbs it.

use crate::action::Action;
use crate::world::{NODES, Rules, World};

/// So many steps of real time are enough for any state to come to rest.
const ROUNDS: usize = 100;

/// What a world left alone comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rest {
    /// Each bucket has exactly one acceptor, and keeps it.
    Served,
    /// Some bucket has none, however long it takes.
    None,
    /// Some bucket lost its only one, though nothing happened.
    Gap,
    /// Some bucket has two.
    Two,
}

impl World {
    /// A cluster that has been running for a while, with no message on its way.
    pub fn running(rules: &Rules, rates: [u64; NODES]) -> Self {
        let mut world = Self::new(rules, rates);
        let rest = world.comes_to_rest(rules);
        assert_eq!(rest, Rest::Served, "the cluster does not start: {world:#?}");
        world
    }

    /// Starts what does not run, forms a view of all, and lets everything arrive in order. Returns
    /// whether each bucket came to have exactly one acceptor and kept it.
    pub fn comes_to_rest(&mut self, rules: &Rules) -> Rest {
        for n in 0..NODES {
            if self.machines[n].daemon.is_none() {
                self.act(rules, Action::Start(n));
            }
            self.act(rules, Action::Resume(n));
            self.act(rules, Action::Undeafen(n));
            self.act(rules, Action::Unstall(n));
            self.act(rules, Action::Drain(n, false));
        }
        self.net.iter_mut().for_each(|packet| packet.held = false);
        self.act(rules, Action::Form(0b111));
        let view = self.views.len();
        for n in 0..NODES {
            self.act(rules, Action::View(n, view));
        }
        let mut served = 0;
        for _ in 0..ROUNDS {
            self.flush(rules);
            if !self.is_safe(rules) {
                return Rest::Two;
            }
            if self.is_served(rules) {
                served += 1;
            } else if served > 0 && !self.is_moving() {
                return Rest::Gap;
            }
            if served > 8 {
                return Rest::Served;
            }
            self.act(rules, Action::Advance);
            for n in 0..NODES {
                self.act(rules, Action::Tick(n));
            }
        }
        Rest::None
    }

    /// Lets all messages arrive, in order, and all commands be carried out.
    pub fn flush(&mut self, rules: &Rules) {
        loop {
            let mut any = false;
            while !self.net.is_empty() {
                any = true;
                self.act(rules, Action::Spread(0));
            }
            for n in 0..NODES {
                any |= self.machines[n].pending.is_some();
                self.act(rules, Action::Execute(n));
                any |= self.act(rules, Action::Answer(n));
                any |= self.act(rules, Action::Drained(n));
            }
            if !any {
                return;
            }
        }
    }

    /// Whether a bucket is on its way from one to another.
    fn is_moving(&self) -> bool {
        let machines = self.machines.iter();
        let daemons = machines.filter_map(|machine| machine.daemon.as_ref());
        daemons
            .filter_map(|daemon| daemon.knowledge())
            .any(|knowledge| !knowledge.moving().is_empty())
    }
}
