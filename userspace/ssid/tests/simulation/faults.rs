// SPDX-License-Identifier: GPL-2.0-only

//! Random faults: never two acceptors, and one for each bucket when all is well again.

use fastrand::Rng;
use ssi_control::Wish;

use crate::schedule::{Fault, mend};
use crate::world::{Plan, STEP, World};

/// Schedules in a run; `SSI_SCHEDULES` says another number, `SSI_SEED` runs one of them alone.
const SCHEDULES: u64 = 10_000;
const NODES: u32 = 3;
const BUCKETS: u32 = 4;

struct Told {
    seed: u64,
    done: Vec<(u64, Fault)>,
}

impl Told {
    fn fail(&self, what: &str, world: &World) -> ! {
        let notices: Vec<_> = world.machines.iter().map(|m| &m.notices).collect();
        panic!(
            "seed {}: {what} at {} ms (SSI_SEED={} replays it)\n{:#?}\n{notices:#?}",
            self.seed, world.real, self.seed, self.done
        );
    }
}

fn run(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let rates: Vec<u64> = (0..=NODES).map(|_| rng.u64(900..=1100)).collect();
    let mut world = World::running(&Plan::new(NODES, BUCKETS), |id| rates[id as usize]);
    let mut told = Told { seed, done: Vec::new() };
    let end = world.real + rng.u64(5_000..25_000);
    let mut next = world.real;
    while world.real < end {
        while next <= world.real {
            let fault = Fault::draw(&mut rng, world.machines.len());
            fault.happen(&mut world);
            told.done.push((world.real, fault));
            // Some things follow close upon another.
            next += if rng.bool() { rng.u64(0..200) } else { rng.u64(0..3000) };
        }
        world.step();
        if !world.is_safe() {
            told.fail("two nodes accept one bucket", &world);
        }
    }
    mend(&mut world);
    for _ in 0..100 {
        world.step();
    }
    for n in 0..world.machines.len() {
        let (real, name) = (world.real, format!("n{}", n + 1));
        world.machines[n].order(real, &name, Wish::Serve);
        world.machines[n].order(real, &name, Wish::Weight(None));
    }
    let begun = world.real;
    let mut served = 0;
    while served < 3000 {
        world.step();
        if !world.is_safe() {
            told.fail("two nodes accept one bucket, after all was put right", &world);
        }
        served = if world.is_served() { served + STEP } else { 0 };
        if world.real - begun > 40_000 {
            told.fail("some bucket is served by nobody, or off and on", &world);
        }
    }
}

#[test]
fn claim_14_random_faults_never_two_and_always_one_again() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("SSI_SEED") {
        return run(seed);
    }
    let count = number("SSI_SCHEDULES").unwrap_or(SCHEDULES);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    std::thread::scope(|scope| {
        for part in 0..threads {
            scope.spawn(move || (part..count).step_by(threads as usize).for_each(run));
        }
    });
    println!("{count} schedules, seeds 0 to {}", count - 1);
}
