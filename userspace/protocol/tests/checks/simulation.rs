// SPDX-License-Identifier: GPL-2.0-only

//! Long runs in which anything may happen at any moment, and what the cluster comes to after them.

use proptest::prelude::*;
use ssi_protocol::Timing;
use ssi_protocol::fault::Fault;

use crate::world::{Action, NODES, Rules, World};

/// Finer times than the checker's: clocks go on by 2 to 4 where real time does by 3.
fn rules(fault: Option<Fault>) -> Rules {
    Rules {
        k: 3,
        timing: Timing::new(20, 2, 334, 3).unwrap(),
        fault,
        kernel_fault: None,
        slow_kernel: true,
        late: 1,
        keep_all: true,
    }
}

/// One thing that happens: what, to whom, how.
#[derive(Clone, Copy, Debug)]
struct Choice {
    what: u8,
    which: u16,
}

fn choices(length: usize) -> impl Strategy<Value = Vec<Choice>> {
    let choice = (any::<u8>(), any::<u16>()).prop_map(|(what, which)| Choice { what, which });
    prop::collection::vec(choice, length / 2..length)
}

/// Most of the time things go their way.
fn action(world: &World, choice: Choice) -> Option<Action> {
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
        0..=109 => Action::Deliver(packet()?),
        110..=139 => Action::Advance,
        140..=164 if awake => Action::Tick(n),
        165..=184 if awake => Action::Execute(n),
        185..=204 if awake => Action::Answer(n),
        205..=224 if awake => Action::View(n, world.unheard_view(n)?),
        225..=229 => Action::Form([0b111, 0b110, 0b101, 0b011, 0b111, 0b100, 0b010][rest % 7]),
        230..=232 => Action::Pause(n),
        233..=238 => Action::Resume(n),
        239 => Action::Crash(n),
        240 if rest % 2 == 0 => Action::Reboot(n),
        241..=244 if machine.daemon.is_none() => Action::Start(n),
        245..=248 if awake => Action::Drained(n),
        249..=250 if awake => Action::Drain(n, rest % 2 == 0),
        251..=253 => Action::Repeat(packet()?),
        _ => return None,
    })
}

fn run(rules: &Rules, choices: &[Choice]) -> Result<(), String> {
    let mut world = World::running(rules, [3; NODES]);
    for (at, choice) in choices.iter().enumerate() {
        if let Action::Advance = action(&world, *choice).unwrap_or(Action::Drained(0)) {
            for (n, machine) in world.machines.iter_mut().enumerate() {
                machine.rate = 2 + u64::from(choice.which >> (4 * n)) % 3;
            }
        }
        if let Some(action) = action(&world, *choice) {
            world.act(rules, action);
        }
        if world.net.len() > 60 {
            world.net.remove(usize::from(choice.which) % 60);
        }
        if !world.is_safe(rules) {
            return Err(format!("two acceptors after {} of {choices:?}", at + 1));
        }
    }
    world.comes_to_rest(rules).then_some(()).ok_or_else(|| format!("does not come to rest: {world:#?}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_shrink_iters: 100_000, ..ProptestConfig::default() })]
    #[test]
    fn long_runs(choices in choices(3000)) {
        run(&rules(None), &choices).map_err(TestCaseError::fail)?;
    }
}
