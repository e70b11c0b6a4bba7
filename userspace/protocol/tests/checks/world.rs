// SPDX-License-Identifier: GPL-2.0-only

//! Three machines and all that may happen to them.

use std::sync::Arc;

use ssi_protocol::fault::Fault;
use ssi_protocol::{AdminState, Input, NodeId, Timing, View};

use crate::action::Action;
use crate::machine::{KernelFault, Machine};
use crate::packet::Packet;

pub const NODES: usize = 3;
/// In the script: of the nodes that are not in this view it was confirmed that they are dead.
pub const CONFIRMED: u8 = 0x80;

/// What stays as it is.
#[derive(Clone, Debug)]
pub struct Rules {
    /// So many machines there are, the first ones.
    pub nodes: usize,
    pub k: u32,
    pub timing: Timing,
    /// The machines' votes.
    pub votes: [usize; NODES],
    /// Those that count in all views after the first, and whether they do so only once all programs have ended, and then others began.
    pub later: Option<([usize; NODES], bool)>,
    /// The first node's, if its leases are others.
    pub first: Option<Timing>,
    /// What programs ran with that are there at the beginning, if others run with something else later.
    pub before: Option<Timing>,
    /// Whether these others know what was granted before.
    pub remembers: bool,
    pub fault: Option<Fault>,
    pub kernel_fault: Option<KernelFault>,
    /// Whether clients stick to the node that drains their buckets.
    pub sticks: bool,
    /// Whether drains end by themselves.
    pub drains_end: bool,
    /// How late a kernel's timer may be.
    pub late: u64,
    /// Whether a confirmation that a node is dead is taken though a later program of it has been in a view since.
    pub confirms_later: bool,
    /// Whether overtaken messages and those of old views are kept, though no node receives them.
    pub keep_all: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct World {
    pub machines: [Arc<Machine>; NODES],
    /// In order.
    pub net: Vec<Packet>,
    /// All that were ever formed, in order; view n is at n - 1.
    pub views: Arc<Vec<View>>,
    /// For each bucket the view in which it was last given to a kernel that then served it.
    pub taken: Vec<usize>,
    /// What a kernel should never have been ordered.
    pub wrong: Option<Wrong>,
}

/// A table that serves and should not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wrong {
    /// It is of an older view than another node's table for the same bucket.
    OldView,
    /// It brings a kernel back whose lease had run out, and no quorum has a part in it.
    NoQuorum,
}

impl Rules {
    /// The votes that count in the view of this number.
    pub fn votes_of(&self, view: u64) -> [usize; NODES] {
        let later = self.later.filter(|_| view > 1);
        later.map_or(self.votes, |(votes, _)| votes)
    }
}

impl World {
    pub fn new(rules: &Rules, rates: [u64; NODES]) -> Self {
        let mut world = Self {
            machines: rates.map(|rate| Arc::new(Machine::new(rules.k, 0, rate))),
            net: Vec::new(),
            views: Arc::default(),
            taken: vec![0; rules.k as usize],
            wrong: None,
        };
        for n in 0..NODES {
            world.start(rules, n, rules.before);
        }
        world
    }

    pub fn acceptors(&self, bucket: u32, late: u64) -> usize {
        let machines = self.machines.iter();
        machines.filter(|m| m.accepts(bucket, late)).count()
    }

    /// The same of a client that has sessions.
    fn acceptors_sticking(&self, bucket: u32, late: u64) -> usize {
        let machines = self.machines.iter();
        machines
            .filter(|m| m.accepts_sticking(bucket, late))
            .count()
    }

    /// Never two.
    pub fn is_safe(&self, rules: &Rules) -> bool {
        let late = rules.late;
        (0..rules.k).all(|bucket| {
            self.acceptors(bucket, late) <= 1 && self.acceptors_sticking(bucket, late) <= 1
        })
    }

    /// Always one: when the cluster is whole and quiet.
    pub fn is_served(&self, rules: &Rules) -> bool {
        (0..rules.k)
            .all(|bucket| self.acceptors(bucket, 0) == 1 && self.acceptors_sticking(bucket, 0) == 1)
    }

    /// Does it, if it can be done.
    pub fn act(&mut self, rules: &Rules, action: Action) -> bool {
        match action {
            Action::Advance => {
                for n in 0..NODES {
                    let machine = self.machine(n);
                    machine.clock += machine.rate;
                }
            }
            Action::Tick(n) => return self.feed(rules, n, Input::Tick),
            Action::Deliver(at) => return self.deliver(rules, at, false),
            Action::Spread(at) => self.spread(rules, at),
            Action::Repeat(at) => return self.deliver(rules, at, true),
            Action::Hold(at) => self.net[at].held = true,
            Action::Form(view) => self.form(rules, view),
            Action::View(n, view) => return self.show_view(rules, n, view),
            Action::Deafen(n) => self.machine(n).deaf = true,
            Action::Undeafen(n) => self.machine(n).deaf = false,
            Action::Stall(n) => self.machine(n).stalled = true,
            Action::Unstall(n) => self.machine(n).stalled = false,
            Action::Pause(n) => self.machine(n).paused = true,
            Action::Resume(n) => self.machine(n).paused = false,
            Action::Work(n) => {
                self.execute(rules, n);
                return self.answer(rules, n);
            }
            Action::Execute(n) => self.execute(rules, n),
            Action::Answer(n) => return self.answer(rules, n),
            Action::Drained(n) => return self.drained(rules, n),
            Action::LetGo(n) => return self.let_go(rules, n),
            Action::Crash(n) => {
                self.machine(n).crash();
                self.net.retain(|packet| packet.to != n);
            }
            Action::Reboot(n) => {
                self.machine(n).reboot(rules.k);
                self.net.retain(|packet| packet.to != n);
            }
            Action::Start(n) => self.start(rules, n, None),
            Action::Drain(n, draining) => {
                let admin_state = AdminState {
                    weight: 1,
                    draining,
                    unfit: false,
                };
                return self.feed(rules, n, Input::AdminState(admin_state));
            }
        }
        true
    }

    /// Whether the engine may form this view: of who is confirmed dead nothing acts that who is alone has known last, or nothing at all
    /// where it has known none.
    pub fn may_form(&self, rules: &Rules, view: u8) -> bool {
        if rules.later.is_some_and(|(_, waits)| waits) && !self.have_stopped() {
            return false;
        }
        let is_in = |n: &usize| (view >> n) & 1 != 0;
        let alone = (0..rules.nodes).find(is_in).map(|n| &self.machines[n]);
        let last = alone.map_or(0, |alone| alone.view);
        let knew = |n: usize| last > 0 && self.views[last - 1].has(id(n));
        let mut others = (0..rules.nodes).filter(|n| !is_in(n));
        view & CONFIRMED == 0
            || others.all(|n| {
                let machine = &self.machines[n];
                let is_later = knew(n) && last < machine.since;
                let was_another = rules.confirms_later && machine.since > 1;
                machine.daemon.is_none() || is_later || was_another
            })
    }

    /// Whether all programs that run began after a moment at which none did.
    pub fn have_stopped(&self) -> bool {
        let mut all = self.machines.iter();
        all.all(|machine| machine.daemon.is_none() || machine.is_after_stop)
    }

    /// For changing it.
    pub fn machine(&mut self, n: usize) -> &mut Machine {
        Arc::make_mut(&mut self.machines[n])
    }
}

pub fn id(n: usize) -> NodeId {
    NodeId(n as u32)
}
