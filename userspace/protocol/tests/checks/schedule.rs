// SPDX-License-Identifier: GPL-2.0-only

//! Schedule of an undisturbed run: views, then kernels, then messages, then clocks.

use crate::action::Action;
use crate::world::{Rules, World, id};

impl World {
    /// The next thing that a world does that keeps every rule and loses nothing.
    pub fn due(&self, rules: &Rules) -> Action {
        self.view_due()
            .or_else(|| self.kernel_due())
            .or_else(|| self.message_due(rules))
            .or_else(|| self.tick_due())
            .or_else(|| self.drain_due(rules))
            .unwrap_or(Action::Advance)
    }

    /// To which programs it happens.
    pub fn whose(&self, action: Action) -> Vec<usize> {
        match action {
            Action::Spread(at) => self.copies(at).iter().map(|at| self.net[*at].to).collect(),
            Action::View(n, _) | Action::Work(n) | Action::Tick(n) => vec![n],
            _ => Vec::new(),
        }
    }

    /// Whether it is a beat that is sent or arrives.
    pub fn is_sign_of_life(&self, action: Action) -> bool {
        match action {
            Action::Spread(at) => self.net[at].is_beat(),
            action => matches!(action, Action::Tick(_)),
        }
    }

    fn awake(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.machines.len())
            .filter(|n| !self.machines[*n].paused && self.machines[*n].daemon.is_some())
    }

    fn view_due(&self) -> Option<Action> {
        let mut listening = self.awake().filter(|n| !self.machines[*n].deaf);
        listening.find_map(|n| self.unreceived_view(n).map(|view| Action::View(n, view)))
    }

    /// The first view that a program has not learnt of and should.
    pub fn unreceived_view(&self, n: usize) -> Option<usize> {
        let machine = &self.machines[n];
        let first = machine.since.max(machine.view + 1);
        (first..=self.views.len()).find(|view| self.views[view - 1].has(id(n)))
    }

    fn kernel_due(&self) -> Option<Action> {
        let mut working = self.awake().filter(|n| {
            let machine = &self.machines[*n];
            machine.pending.is_some() && !machine.stalled
        });
        working.next().map(Action::Work)
    }

    /// Drains end when some time has passed and nothing else is to be done.
    fn drain_due(&self, rules: &Rules) -> Option<Action> {
        let mut draining = self.awake().filter(|n| {
            let machine = &self.machines[*n];
            let over = machine.draining_since < machine.clock;
            rules.drains_end && over && !machine.draining.is_empty()
        });
        draining.next().map(Action::Drained)
    }

    fn message_due(&self, rules: &Rules) -> Option<Action> {
        let mut packets = self.net.iter().enumerate();
        let next =
            packets.find(|(at, packet)| self.arrives(packet) && self.is_received(rules, *at));
        next.map(|(at, _)| Action::Spread(at))
    }

    fn tick_due(&self) -> Option<Action> {
        let mut due = self.awake().filter(|n| {
            let machine = &self.machines[*n];
            let daemon = machine.daemon.as_ref();
            let wakes = daemon.and_then(|daemon| daemon.wake_at());
            wakes.is_some_and(|at| at.0 <= machine.clock)
        });
        due.next().map(Action::Tick)
    }
}
