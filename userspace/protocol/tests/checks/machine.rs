// SPDX-License-Identifier: GPL-2.0-only

//! One machine: a kernel, which goes on whatever happens to the program, and the program.

use ssi_protocol::{Buckets, Clients, Command, KernelEvent, Node, TableFound, Time};

use crate::shared::Shared;
use crate::tiny::Tiny;

/// A command on its way to the kernel.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Pending {
    pub command: Command,
    /// When it was given.
    pub given: u64,
    /// In which view.
    pub view: usize,
}

/// What the kernel is to do wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KernelFault {
    /// A lease counts from the moment at which the command is carried out.
    LeaseFromCommand,
    /// Any generation is taken.
    AnyGeneration,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Machine {
    pub daemon: Option<Shared<Node<Tiny>>>,
    /// Its monotonic clock. It never stops.
    pub clock: u64,
    /// By how much the clock goes on in a step of real time.
    pub rate: u64,
    pub generation: u64,
    pub owned: Buckets,
    pub draining: Buckets,
    pub adopting: Buckets,
    /// Who sticks to the node that drains.
    pub sticking: Clients,
    /// Since when, the latest of them.
    pub draining_since: u64,
    pub lease_until: u64,
    pub pending: Option<Pending>,
    pub answer: Option<KernelEvent>,
    /// Which view the program is in, counted from 1.
    pub view: usize,
    /// Which view is the first that it may learn of.
    pub since: usize,
    /// The program began after a moment at which none ran.
    pub is_after_stop: bool,
    /// The program, or the whole machine but for its clock and its kernel's timers, stands still.
    pub paused: bool,
    /// The kernel takes its time.
    pub stalled: bool,
    /// Views reach it late.
    pub deaf: bool,
}

impl Machine {
    pub fn new(k: u32, clock: u64, rate: u64) -> Self {
        Self {
            daemon: None,
            clock,
            rate,
            generation: 0,
            owned: Buckets::none(k),
            draining: Buckets::none(k),
            adopting: Buckets::none(k),
            sticking: Clients::default(),
            draining_since: 0,
            lease_until: 0,
            pending: None,
            answer: None,
            view: 0,
            since: 1,
            is_after_stop: false,
            paused: false,
            stalled: false,
            deaf: false,
        }
    }

    /// Whether a new connection of this bucket is taken now: to the last moment that the kernel's
    /// timers may be late by.
    pub fn accepts(&self, bucket: u32, late: u64) -> bool {
        self.owned.contains(bucket) && self.clock < self.lease_until + late
    }

    /// The same of a client that has sessions with whoever has its bucket.
    pub fn accepts_sticking(&self, bucket: u32, late: u64) -> bool {
        let sticks = self.sticking.contains(client(bucket));
        let drains = self.draining.contains(bucket) && self.clock < self.lease_until + late;
        match sticks {
            true if self.adopting.contains(bucket) => false,
            true if drains => true,
            _ => self.accepts(bucket, late),
        }
    }

    pub fn found(&self) -> TableFound {
        let is_alive = self.clock < self.lease_until;
        TableFound {
            generation: self.generation,
            owned: self.owned.clone(),
            draining: self.draining.clone(),
            adopting: self.adopting.clone(),
            lease_until: Time(self.lease_until),
            sticking: match is_alive {
                true => self.sticking.clone(),
                false => Clients::default(),
            },
        }
    }

    /// The kernel carries the pending command out.
    pub fn execute(&mut self, fault: Option<KernelFault>) {
        let Some(Pending { command, given, .. }) = self.pending.take() else {
            return;
        };
        let lease_from = match fault {
            Some(KernelFault::LeaseFromCommand) => self.clock - given,
            _ => 0,
        };
        let mut stuck = Clients::default();
        let done = match command {
            Command::SetTable {
                generation,
                owned,
                cold,
                lease_until,
                sticking,
                stick: (buckets, elsewhere),
            } => {
                assert!(cold.within(&owned));
                // The end of a lease makes a generation of its own.
                let ended = self.clock >= self.lease_until && !self.owned.is_empty();
                let newer = generation > self.generation + u64::from(ended);
                if newer || fault == Some(KernelFault::AnyGeneration) {
                    let gained = match self.clock < self.lease_until {
                        true => owned.but(&self.owned),
                        false => owned.clone(),
                    };
                    self.adopting = self.adopting.and(&owned).but(&cold);
                    self.adopting.add(&gained.but(&cold));
                    stuck = buckets.iter().map(client).collect();
                    stuck = stuck.but(&elsewhere);
                    self.sticking = sticking;
                    self.sticking.add(&stuck);
                    self.draining.add(&self.owned.but(&owned));
                    self.draining.take(&owned);
                    self.draining_since = self.clock;
                    self.generation = generation;
                    self.owned = owned;
                    self.lease_until = lease_until.0 + lease_from;
                }
                newer
            }
            Command::Renew { lease_until } => {
                let alive = self.clock < self.lease_until;
                if alive {
                    self.lease_until = lease_until.0 + lease_from;
                }
                alive
            }
            Command::Settle { buckets } => {
                self.adopting.take(&buckets);
                true
            }
        };
        self.answer = Some(if done {
            KernelEvent::Done(stuck)
        } else {
            KernelEvent::Refused(self.found())
        });
    }

    /// The program ends; what it had asked of the kernel has happened or never will.
    pub fn crash(&mut self) {
        self.daemon = None;
        self.pending = None;
        self.answer = None;
        self.view = 0;
    }

    /// The machine is started anew.
    pub fn reboot(&mut self, k: u32) {
        self.crash();
        self.generation = 0;
        self.owned = Buckets::none(k);
        self.draining = Buckets::none(k);
        self.adopting = Buckets::none(k);
        self.sticking = Clients::default();
        self.lease_until = 0;
    }
}

/// The client of a bucket that has sessions with whoever has it.
pub fn client(bucket: u32) -> u64 {
    (u64::from(bucket) << 32) | 1
}
