// SPDX-License-Identifier: GPL-2.0-only

//! Machines and the network between them.

use std::time::Duration;

use ssi_group_comm::memory::Hub;
use ssi_protocol::{FairShare, NodeId, Timing};
use ssid::agent::{Field, Need, Peer, Settings};

use crate::machine::Machine;
use crate::net::Net;

/// Real time goes on by so many ms.
pub const STEP: u64 = 20;

/// What a cluster is like.
#[derive(Clone, Debug)]
pub struct Plan {
    pub nodes: u32,
    pub buckets: u32,
    pub timing: Timing,
    pub drains_at_expiry: bool,
    pub planner: FairShare,
    /// A third of the lease, if it is none.
    pub patience: Option<u64>,
    /// Of two nodes one goes on alone once the other is confirmed dead.
    pub fenced: bool,
}

impl Plan {
    pub fn new(nodes: u32, buckets: u32) -> Self {
        Self {
            nodes,
            buckets,
            timing: Timing::default(),
            drains_at_expiry: false,
            planner: FairShare::default(),
            patience: None,
            fenced: false,
        }
    }

    pub fn settings(&self, me: u32) -> Settings {
        let peers = (1..=self.nodes).map(|id| Peer {
            name: format!("n{id}"),
            id: NodeId(id),
            rank: id - 1,
            weight: 100,
            priority: 100,
        });
        Settings {
            cluster: "c".into(),
            me: NodeId(me),
            buckets: self.buckets,
            timing: self.timing,
            drains_at_expiry: self.drains_at_expiry,
            sticks: true,
            patience: self.patience.unwrap_or(self.timing.lease() / 3),
            planner: self.planner.clone(),
            fenced: self.fenced,
            forward: false,
            adapt: true,
            comeback: Duration::from_secs(60),
            interfaces: [(Need::Interface, "eth0".to_owned())].into(),
            checks: vec!["service".into()],
            nodes: peers.collect(),
            fixed: vec![
                Field::new("buckets", self.buckets),
                Field::new("lease", self.timing.lease()),
            ],
            compared: vec![Field::new("vips", "192.0.2.10/32")],
        }
    }
}

pub struct World {
    pub real: u64,
    pub hub: Net,
    /// So many ms at a time.
    pub pace: u64,
    pub machines: Vec<Machine>,
    /// Program numbers given so far.
    pub number: u64,
}

impl World {
    /// All machines on, no daemon started; clocks go by these thousandths.
    pub fn new(plan: &Plan, rates: impl Fn(u32) -> u64) -> Self {
        let ids: Vec<u32> = (1..=plan.nodes).collect();
        Self::on(Net::Hub(Hub::stepped(&ids)), plan, rates)
    }

    /// The same on a network that is there.
    pub fn on(net: Net, plan: &Plan, rates: impl Fn(u32) -> u64) -> Self {
        let ids: Vec<u32> = (1..=plan.nodes).collect();
        let machine =
            |id: &u32| Machine::new(plan.settings(*id), 100_000 * u64::from(*id), rates(*id));
        Self {
            real: 0,
            hub: net,
            pace: STEP,
            machines: ids.iter().map(machine).collect(),
            number: 0,
        }
    }

    /// One that runs, with each bucket served.
    pub fn running(plan: &Plan, rates: impl Fn(u32) -> u64) -> Self {
        Self::new(plan, rates).started()
    }

    /// All daemons are started, and serve.
    pub fn started(mut self) -> Self {
        let world = &mut self;
        (0..world.machines.len()).for_each(|n| world.start(n));
        world.until(20_000, World::is_served).expect("it starts");
        self
    }

    pub fn start(&mut self, n: usize) {
        self.number += 1;
        // What /dev/urandom would give.
        let number = self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.machines[n].start(&self.hub, self.real, number);
    }

    /// A step of real time, with all that follows at once.
    pub fn step(&mut self) {
        self.real += self.pace;
        loop {
            self.hub.run(self.real);
            let mut any = false;
            for machine in &mut self.machines {
                any |= machine.step(self.real);
            }
            if !any {
                return;
            }
        }
    }

    /// Goes on until it is so, for so many ms at most. How long it took.
    pub fn until(&mut self, most: u64, is_so: impl Fn(&World) -> bool) -> Option<u64> {
        let begun = self.real;
        while self.real - begun <= most {
            if is_so(self) {
                return Some(self.real - begun);
            }
            self.step();
        }
        None
    }

    pub fn acceptors(&self, bucket: u32) -> usize {
        let machines = self.machines.iter();
        machines
            .filter(|m| m.kernel.accepts(bucket, m.clock(self.real)))
            .count()
    }

    /// Those of a client that had sessions with whoever gave the bucket away.
    fn acceptors_sticking(&self, bucket: u32) -> usize {
        let machines = self.machines.iter();
        machines
            .filter(|m| m.kernel.accepts_sticking(bucket, m.clock(self.real)))
            .count()
    }

    /// Never two.
    pub fn is_safe(&self) -> bool {
        (0..self.buckets())
            .all(|bucket| self.acceptors(bucket) <= 1 && self.acceptors_sticking(bucket) <= 1)
    }

    pub fn is_served(&self) -> bool {
        (0..self.buckets())
            .all(|bucket| self.acceptors(bucket) == 1 && self.acceptors_sticking(bucket) == 1)
    }

    pub fn buckets(&self) -> u32 {
        self.machines[0].settings.buckets
    }

    /// Buckets that were given to kernels, all in all.
    pub fn moves(&self) -> u64 {
        self.machines.iter().map(|m| m.kernel.gained).sum()
    }

    pub fn owned(&self, n: usize) -> u32 {
        self.machines[n].kernel.owned.len()
    }
}
