// SPDX-License-Identifier: GPL-2.0-only

//! Long runs in which anything may happen at any moment, and what the cluster comes to after them.

use proptest::prelude::*;
use ssi_protocol::Timing;

use crate::action::Action;
use crate::fair::Rest;
use crate::world::{NODES, Rules, World};

/// Finer times than the checker's: clocks go on by 2 to 4 where real time does by 3.
fn rules() -> Rules {
    Rules {
        nodes: 3,
        k: 3,
        timing: Timing::new(20, 2, 334, 3).unwrap(),
        votes: [1; NODES],
        later: None,
        first: None,
        before: None,
        remembers: true,
        fault: None,
        kernel_fault: None,
        sticks: true,
        drains_end: true,
        confirms_later: false,
        late: 1,
        keep_all: true,
    }
}

/// One thing that happens: what, to whom, how.
#[derive(Clone, Copy)]
struct Choice {
    what: u8,
    which: u16,
}

impl std::fmt::Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.what, self.which)
    }
}

fn choices(length: usize) -> impl Strategy<Value = Vec<Choice>> {
    let choice = (any::<u8>(), any::<u16>()).prop_map(|(what, which)| Choice { what, which });
    prop::collection::vec(choice, length / 2..length)
}

/// Most of the time things go their way.
fn action(rules: &Rules, world: &World, choice: Choice) -> Option<Action> {
    let n = usize::from(choice.which) % NODES;
    let rest = usize::from(choice.which) / NODES;
    let machine = &world.machines[n];
    let awake = !machine.paused && machine.daemon.is_some();
    let packet = || {
        let at = usize::from(choice.which) % world.net.len().max(1);
        let to = world.net.get(at)?.to;
        (!world.machines[to].paused).then_some(at)
    };
    Some(match choice.what {
        0..=209 => world.due(rules),
        210..=213 => Action::Advance,
        214..=217 => Action::Deliver(packet()?),
        218 => Action::Repeat(packet()?),
        219..=222 => Action::Hold(packet()?),
        223..=224 if awake => Action::Tick(n),
        225 => Action::Stall(n),
        226 if awake => Action::Execute(n),
        227 => Action::Unstall(n),
        228..=229 if awake => Action::Answer(n),
        230..=231 if awake => Action::View(n, world.unreceived_view(n)?),
        232..=234 => Action::Form([0b111, 0b110, 0b101, 0b011, 0b111, 0b100, 0b010][rest % 7]),
        235..=237 => Action::Pause(n),
        238..=241 => Action::Resume(n),
        242..=243 => Action::Deafen(n),
        244..=246 => Action::Undeafen(n),
        247 if rest % 2 == 0 => Action::Crash(n),
        248 if rest % 2 == 0 => Action::Reboot(n),
        249..=251 if machine.daemon.is_none() => Action::Start(n),
        252 if awake => Action::Drained(n),
        253 if awake => Action::LetGo(n),
        254..=255 if awake => Action::Drain(n, rest % 2 == 0),
        _ => return None,
    })
}

fn run(rules: &Rules, choices: &[Choice]) -> Result<(), String> {
    let mut world = World::running(rules, [3; NODES]);
    let mut done = Vec::new();
    for choice in choices {
        let Some(action) = action(rules, &world, *choice) else {
            continue;
        };
        if action == Action::Advance {
            for n in 0..NODES {
                world.machine(n).rate = 2 + u64::from(choice.which >> (4 * n)) % 3;
            }
        }
        if world.act(rules, action) {
            done.push(action);
        }
        if world.net.len() > 60 {
            world.net.remove(usize::from(choice.which) % 60);
        }
        if !world.is_safe(rules) || world.wrong.is_some() {
            return Err(format!("two, or {:?}, after {done:?}", world.wrong));
        }
    }
    match world.comes_to_rest(rules) {
        Rest::Served => Ok(()),
        other => Err(format!("{other:?} after {done:?}: {world:#?}")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn claim_14_long_runs(choices in choices(4000)) {
        run(&rules(), &choices).map_err(TestCaseError::fail)?;
    }
}
