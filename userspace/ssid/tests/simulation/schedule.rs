// SPDX-License-Identifier: GPL-2.0-only

//! Schedule of events, drawn from a seed.

use fastrand::Rng;
use ssid_api::Wish;

use crate::world::World;

/// Something that happens.
#[derive(Clone, Debug)]
pub enum Fault {
    Crash(usize),
    Start(usize),
    Reboot(usize),
    Pause(usize),
    Resume(usize),
    Stall(usize, u64),
    EngineDown(usize),
    EngineUp(usize),
    /// The engine of a node stands still, and the others go on without it.
    Freeze(usize),
    Thaw(usize),
    /// Machines by bits: those in it are cut from those that are not; what was on its way may be lost on one side.
    Cut(u8, bool),
    Heal,
    Order(usize, usize, Wish),
    Check(usize, bool, bool),
    Link(usize, bool),
    Refuse(usize, bool),
}

impl Fault {
    pub fn draw(rng: &mut Rng, nodes: usize) -> Self {
        let n = rng.usize(..nodes);
        match rng.u8(..36) {
            0..=2 => Self::Crash(n),
            3..=6 => Self::Start(n),
            7 => Self::Reboot(n),
            8..=9 => Self::Pause(n),
            10..=12 => Self::Resume(n),
            13 => Self::Stall(n, rng.u64(..8000)),
            14 => Self::EngineDown(n),
            15..=16 => Self::EngineUp(n),
            17..=18 => Self::Freeze(n),
            19..=20 => Self::Thaw(n),
            21..=23 => Self::Cut(rng.u8(..1 << nodes), rng.bool()),
            24..=26 => Self::Heal,
            27..=28 => Self::Order(n, rng.usize(..nodes), Wish::Drain(None)),
            29 => Self::Order(n, rng.usize(..nodes), Wish::Serve),
            30 => Self::Order(
                n,
                rng.usize(..nodes),
                [Wish::Leave(None), Wish::Weight(Some(30))][rng.usize(..2)],
            ),
            31 => Self::Check(n, rng.bool(), rng.bool()),
            32..=34 => Self::Link(n, rng.bool()),
            _ => Self::Refuse(n, rng.bool()),
        }
    }

    pub fn happen(&self, world: &mut World) {
        let real = world.real;
        let id = |n: &usize| world_id(*n);
        match self {
            Self::Crash(n) => world.machines[*n].crash(),
            Self::Start(n) => world.start(*n),
            Self::Reboot(n) => world.machines[*n].reboot(),
            Self::Pause(n) => world.machines[*n].paused = true,
            Self::Resume(n) => world.machines[*n].paused = false,
            Self::Stall(n, time) => world.machines[*n].stalled_until = real + time,
            Self::EngineDown(n) => world.hub.down(id(n)),
            Self::EngineUp(n) => world.hub.up(id(n)),
            Self::Freeze(n) => {
                world.hub.hold(id(n));
                world.hub.partition_losing(&[&[id(n)]], &[]);
            }
            Self::Thaw(n) => {
                world.hub.release(id(n));
                world.hub.heal();
            }
            Self::Cut(bits, loses) => {
                let all = 0..world.machines.len();
                let inside: Vec<u32> = all.filter(|n| (bits >> n) & 1 == 1).map(world_id).collect();
                let losing: &[u32] = if *loses { &inside } else { &[] };
                world.hub.partition_losing(&[&inside], losing);
            }
            Self::Heal => world.hub.heal(),
            Self::Order(at, of, wish) => {
                let name = world.machines[*of]
                    .settings
                    .name(world.machines[*of].settings.me);
                world.machines[*at].order(real, &name, *wish);
            }
            Self::Check(n, good, drop) => world.machines[*n].check(real, *good, *drop),
            Self::Link(n, up) => world.machines[*n].link(real, *up),
            Self::Refuse(n, refuses) => world.machines[*n].kernel.refuses = *refuses,
        }
    }
}

fn world_id(n: usize) -> u32 {
    u32::try_from(n).unwrap() + 1
}

/// All that was wrong is put right.
pub fn mend(world: &mut World) {
    let real = world.real;
    for n in 0..world.machines.len() {
        world.hub.release(world_id(n));
        world.hub.up(world_id(n));
        world.machines[n].paused = false;
        world.machines[n].stalled_until = real;
        world.start(n);
        world.machines[n].check(real, true, false);
        world.machines[n].link(real, true);
        world.machines[n].kernel.refuses = false;
    }
    world.hub.heal();
}
