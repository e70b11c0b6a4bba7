// SPDX-License-Identifier: GPL-2.0-only

//! What happens next if nothing gets in the way: views, then kernels, then messages, then clocks.

use ssi_protocol::Body;

use crate::world::{Action, Rules, World, id};

impl World {
    /// The next thing that a world does that keeps every rule and loses nothing.
    pub fn due(&self, rules: &Rules) -> Action {
        self.view_due()
            .or_else(|| self.kernel_due())
            .or_else(|| self.message_due(rules))
            .or_else(|| self.tick_due())
            .unwrap_or(Action::Advance)
    }

    /// To which program it happens.
    pub fn whose(&self, action: Action) -> Option<usize> {
        match action {
            Action::Deliver(at) => Some(self.net[at].to),
            Action::View(n, _) | Action::Execute(n) | Action::Answer(n) | Action::Tick(n) => Some(n),
            _ => None,
        }
    }

    /// Whether it is a beat that is sent or arrives.
    pub fn is_sign_of_life(&self, action: Action) -> bool {
        match action {
            Action::Deliver(at) => matches!(self.net[at].message.body, Body::Beat(_)),
            action => matches!(action, Action::Tick(_)),
        }
    }

    fn awake(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.machines.len())
            .filter(|n| !self.machines[*n].paused && self.machines[*n].daemon.is_some())
    }

    fn view_due(&self) -> Option<Action> {
        let mut hearing = self.awake().filter(|n| !self.machines[*n].deaf);
        hearing.find_map(|n| self.unheard_view(n).map(|view| Action::View(n, view)))
    }

    /// The first view that a program has not heard of and should.
    pub fn unheard_view(&self, n: usize) -> Option<usize> {
        let machine = &self.machines[n];
        let first = machine.since.max(machine.view + 1);
        (first..=self.views.len()).find(|view| self.views[view - 1].has(id(n)))
    }

    fn kernel_due(&self) -> Option<Action> {
        self.awake().find_map(|n| {
            let machine = &self.machines[n];
            let execute = machine.pending.as_ref().map(|_| Action::Execute(n));
            execute.or_else(|| machine.answer.as_ref().map(|_| Action::Answer(n)))
        })
    }

    fn message_due(&self, rules: &Rules) -> Option<Action> {
        let mut packets = self.net.iter().enumerate();
        let next = packets.find(|(at, packet)| {
            !packet.held && !self.machines[packet.to].paused && self.is_heard(rules, *at)
        });
        next.map(|(at, _)| Action::Deliver(at))
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
