// SPDX-License-Identifier: GPL-2.0-only

//! The world as a model for the checker. One step either does what is due, or something gets in the
//! way; that happens a limited number of times, at any moment.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use stateright::{Checker, HasDiscoveries, Model, Property};

use crate::action::Action;
use crate::fair::Rest;
use crate::world::{NODES, Rules, World};

/// What may happen yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Left {
    /// Steps of real time.
    pub steps: u8,
    /// Views of the script.
    pub views: u8,
    /// Things that get in the way of others.
    pub mishaps: u8,
    /// Messages that arrive twice.
    pub repeats: u8,
    /// Programs that end.
    pub crashes: u8,
    /// Machines that end.
    pub reboots: u8,
    /// Operators' wishes: to drain the first node, to end that, and so on.
    pub wishes: u8,
}

/// What can get in the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mishap {
    /// A message does not arrive, or not now.
    Hold,
    /// A program stands still.
    Pause,
    /// A program learns of a view late.
    Deafen,
    /// A kernel takes its time, before it does something or before it reports so.
    Stall,
}

/// All that can.
pub const ANY: &[Mishap] = &[Mishap::Hold, Mishap::Pause, Mishap::Deafen, Mishap::Stall];

/// What is explored: from running clusters of these rates, all that `left` allows.
#[derive(Clone, Debug)]
pub struct Bounds {
    pub rules: Rules,
    pub rates: Vec<[u64; NODES]>,
    /// The views that form, in this order, at any moment.
    pub script: Vec<u8>,
    pub mishaps: &'static [Mishap],
    pub left: Left,
    /// One state of so many is left alone, to see what it comes to.
    pub rest_of: Option<u64>,
    /// What has to be seen, or else too little was explored.
    pub goal: fn(&World) -> bool,
    /// Whether something was found. Only the first finding counts: it is the nearest.
    pub found: Arc<AtomicBool>,
}

impl Bounds {
    /// What may get in the way of what is due.
    fn interfere(&self, world: &World, due: Action, actions: &mut Vec<Action>) {
        for mishap in self.mishaps {
            match (mishap, due) {
                (Mishap::Pause, _) => {
                    actions.extend(world.whose(due).into_iter().map(Action::Pause));
                }
                (Mishap::Hold, Action::Spread(at)) => {
                    actions.extend(world.copies(at).into_iter().map(Action::Hold));
                }
                (Mishap::Deafen, Action::View(n, _)) => actions.push(Action::Deafen(n)),
                (Mishap::Stall, Action::Work(n)) => {
                    actions.extend([Action::Stall(n), Action::Execute(n)]);
                }
                _ => {}
            }
        }
    }

    /// What was in the way goes on, once all else is quiet.
    fn catch_up(&self, world: &World, actions: &mut Vec<Action>) {
        let held = world.net.iter().enumerate();
        let held = held.filter(|(at, packet)| {
            let receives = !world.machines[packet.to].paused && world.is_received(&self.rules, *at);
            packet.held && receives
        });
        actions.extend(held.map(|(at, _)| Action::Deliver(at)));
        for (n, machine) in world.machines.iter().enumerate() {
            let answers = machine.answer.is_some() && !machine.paused;
            let all = [
                (machine.daemon.is_none(), Action::Start(n)),
                (answers, Action::Answer(n)),
                (machine.stalled, Action::Unstall(n)),
                (machine.deaf, Action::Undeafen(n)),
                (machine.paused, Action::Resume(n)),
            ];
            actions.extend(
                all.iter()
                    .filter(|(may, _)| *may)
                    .map(|(_, action)| *action),
            );
        }
    }

    /// What comes from outside.
    fn intrude(&self, world: &World, left: &Left, due: Action, actions: &mut Vec<Action>) {
        // Between a beat and the next it comes to the same.
        if !world.is_sign_of_life(due) {
            let formed = self.script.len() - usize::from(left.views);
            let next = self.script.get(formed).copied();
            let next = next.filter(|view| world.may_form(&self.rules, *view));
            actions.extend(next.map(Action::Form));
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

    /// Whether a finding is not the first.
    fn knows(&self) -> bool {
        self.found.swap(true, Ordering::Relaxed)
    }

    fn is_sampled(&self, world: &World) -> bool {
        let mut hasher = DefaultHasher::new();
        world.hash(&mut hasher);
        self.rest_of.is_some_and(|of| hasher.finish() % of == 0)
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
        if due != Action::Advance || left.steps > 0 {
            actions.push(due);
        }
        if due == Action::Advance {
            self.catch_up(world, actions);
        }
        if left.mishaps > 0 {
            self.interfere(world, due, actions);
        }
        match due {
            Action::Spread(at) if left.repeats > 0 && !world.net[at].is_beat() => {
                actions.extend(world.copies(at).into_iter().map(Action::Repeat));
            }
            _ => {}
        }
        self.intrude(world, left, due, actions);
    }

    fn next_state(&self, (world, left): &Self::State, action: Action) -> Option<Self::State> {
        let (mut world, mut left) = (world.clone(), *left);
        let counter = match action {
            Action::Advance => Some(&mut left.steps),
            Action::Form(_) => Some(&mut left.views),
            Action::Hold(_)
            | Action::Pause(_)
            | Action::Deafen(_)
            | Action::Stall(_)
            | Action::Execute(_) => Some(&mut left.mishaps),
            Action::Repeat(_) => Some(&mut left.repeats),
            Action::Crash(_) => Some(&mut left.crashes),
            Action::Reboot(_) => Some(&mut left.reboots),
            Action::Drain(..) => Some(&mut left.wishes),
            _ => None,
        };
        if let Some(counter) = counter {
            *counter -= 1;
        }
        world.act(&self.rules, action);
        Some((world, left))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        type State = (World, Left);
        vec![
            Property::always("never two", |model: &Self, state: &State| {
                state.0.is_safe(&model.rules) || model.knows()
            }),
            Property::always("no old table", |model: &Self, state: &State| {
                state.0.wrong.is_none() || model.knows()
            }),
            Property::always("comes to rest", |model: &Self, state: &State| {
                let sampled = model.is_sampled(&state.0);
                !sampled || state.0.clone().comes_to_rest(&model.rules) == Rest::Served
            }),
            Property::sometimes("goal", |model: &Self, state: &State| (model.goal)(&state.0)),
        ]
    }
}

/// What a run found.
#[derive(Debug)]
pub struct Outcome {
    pub states: usize,
    pub depth: usize,
    /// The shortest ways to what must not be.
    pub found: Vec<(&'static str, Vec<Action>)>,
    /// Whether the goal was seen.
    pub reached: bool,
}

/// Explores it all, or until something is found; with one thread that is the nearest there is.
pub fn check(bounds: Bounds, threads: usize) -> Outcome {
    let checker = bounds.checker().threads(threads);
    let checker = checker.finish_when(HasDiscoveries::AnyFailures);
    let checker = checker.spawn_bfs().join();
    let mut found: Vec<_> = checker
        .discoveries()
        .into_iter()
        .map(|(name, path)| (name, path.into_actions()))
        .collect();
    let reached = found.iter().any(|(name, _)| *name == "goal");
    found.retain(|(name, _)| *name != "goal");
    Outcome {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        found,
        reached,
    }
}
