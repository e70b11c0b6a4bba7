// SPDX-License-Identifier: GPL-2.0-only

//! The world as a model for the checker. One step either does what is due, or something gets in the
//! way; that happens a limited number of times, at any moment.

use stateright::{Checker, Model, Property};

use crate::world::{Action, NODES, Rules, World};

/// What may happen yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Left {
    /// Steps of real time.
    pub steps: u8,
    /// Views of the script.
    pub views: u8,
    /// Messages held back, programs paused or late to hear of a view, kernels slow.
    pub mishaps: u8,
    /// Messages that arrive twice.
    pub repeats: u8,
    /// Programs that end.
    pub crashes: u8,
    /// Machines that end.
    pub reboots: u8,
    /// Operators' wishes.
    pub wishes: u8,
}

/// What is explored: from running clusters of these rates, all that `left` allows.
#[derive(Clone, Debug)]
pub struct Bounds {
    pub rules: Rules,
    pub rates: Vec<[u64; NODES]>,
    /// The views that form, in this order, at any moment.
    pub script: Vec<u8>,
    pub left: Left,
}

impl Bounds {
    /// What was in the way goes on.
    fn catch_up(&self, world: &World, actions: &mut Vec<Action>) {
        let held = world.net.iter().enumerate();
        let held = held.filter(|(at, packet)| {
            let hears = !world.machines[packet.to].paused && world.is_heard(&self.rules, *at);
            packet.held && hears
        });
        actions.extend(held.map(|(at, _)| Action::Deliver(at)));
        for (n, machine) in world.machines.iter().enumerate() {
            if machine.daemon.is_none() {
                actions.push(Action::Start(n));
            }
            if machine.answer.is_some() && !machine.paused {
                actions.push(Action::Answer(n));
            }
            if machine.paused {
                actions.push(Action::Resume(n));
            }
            if machine.stalled {
                actions.push(Action::Unstall(n));
            }
            if machine.deaf {
                actions.push(Action::Undeafen(n));
            }
        }
    }
}

impl Model for Bounds {
    type State = (World, Left);
    type Action = Action;

    fn init_states(&self) -> Vec<Self::State> {
        let left = Left {
            views: self.script.len() as u8,
            ..self.left
        };
        let rates = self.rates.iter();
        rates
            .map(|rates| (World::running(&self.rules, *rates), left))
            .collect()
    }

    fn actions(&self, (world, left): &Self::State, actions: &mut Vec<Action>) {
        let due = world.due(&self.rules);
        let quiet = due == Action::Advance;
        if !quiet || left.steps > 0 {
            actions.push(due);
        }
        if left.mishaps > 0 {
            actions.extend(world.whose(due).into_iter().map(Action::Pause));
            match due {
                Action::Spread(at) => actions.extend(world.copies(at).into_iter().map(Action::Hold)),
                Action::View(n, _) => actions.push(Action::Deafen(n)),
                Action::Work(n) => actions.extend([Action::Stall(n), Action::Execute(n)]),
                _ => {}
            }
        }
        if left.repeats > 0
            && let Action::Spread(at) = due
            && !world.net[at].is_beat()
        {
            actions.extend(world.copies(at).into_iter().map(Action::Repeat));
        }
        if quiet {
            self.catch_up(world, actions);
        }
        if !world.is_sign_of_life(due) {
            let formed = self.script.len() - usize::from(left.views);
            actions.extend(self.script.get(formed).map(|view| Action::Form(*view)));
        }
        for n in (0..NODES).filter(|n| world.machines[*n].daemon.is_some()) {
            if left.crashes > 0 {
                actions.push(Action::Crash(n));
            }
            if left.reboots > 0 {
                actions.push(Action::Reboot(n));
            }
        }
        if left.wishes > 0 {
            actions.push(Action::Drain(0, left.wishes % 2 == 1));
        }
    }

    fn next_state(&self, (world, left): &Self::State, action: Action) -> Option<Self::State> {
        let (mut world, mut left) = (world.clone(), *left);
        match action {
            Action::Advance => left.steps -= 1,
            Action::Form(_) => left.views -= 1,
            Action::Hold(_)
            | Action::Pause(_)
            | Action::Deafen(_)
            | Action::Stall(_)
            | Action::Execute(_) => {
                left.mishaps -= 1;
            }
            Action::Repeat(_) => left.repeats -= 1,
            Action::Crash(_) => left.crashes -= 1,
            Action::Reboot(_) => left.reboots -= 1,
            Action::Drain(..) => left.wishes -= 1,
            _ => {}
        }
        world.act(&self.rules, action);
        Some((world, left))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("never two", |model: &Self, state: &(World, Left)| {
            state.0.is_safe(&model.rules)
        })]
    }
}

/// What a run found.
#[derive(Debug)]
pub struct Outcome {
    pub states: usize,
    pub depth: usize,
    /// The shortest way to two acceptors.
    pub counterexample: Option<Vec<Action>>,
}

pub fn check(bounds: Bounds) -> Outcome {
    let checker = bounds.checker().threads(2).spawn_bfs().join();
    Outcome {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        counterexample: checker
            .discovery("never two")
            .map(|path| path.into_actions()),
    }
}
