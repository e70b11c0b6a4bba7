// SPDX-License-Identifier: GPL-2.0-only

//! Three machines and all that may happen to them.

use std::sync::Arc;

use ssi_protocol::fault::Fault;
use ssi_protocol::{
    Body, Buckets, Input, KernelEvent, Message, Node, NodeId, Output, Setup, Standing, Time, Timing,
    View, ViewId,
};

use crate::machine::{KernelFault, Machine, Pending};
use crate::shared::Shared;
use crate::tiny::Tiny;

pub const NODES: usize = 3;

/// What stays as it is.
#[derive(Clone, Debug)]
pub struct Rules {
    pub k: u32,
    pub timing: Timing,
    pub fault: Option<Fault>,
    pub kernel_fault: Option<KernelFault>,
    /// Whether drains end by themselves.
    pub drains_end: bool,
    /// How late a kernel's timer may be.
    pub late: u64,
    /// Whether overtaken messages and those of old views are kept, though no node hears them.
    pub keep_all: bool,
}

/// A message on its way to one machine.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Packet {
    pub to: usize,
    pub view: usize,
    pub message: Shared<Message<Tiny>>,
    /// The network keeps it for later, or for good.
    pub held: bool,
}

impl Packet {
    /// Whether a node without rules might still hear it: old beats change nothing anyway.
    fn is_kept(&self, rules: &Rules) -> bool {
        rules.keep_all && !self.is_beat()
    }

    /// What is said when all are there comes after their saying so, and so on.
    fn phase(&self) -> u8 {
        match self.message.body {
            Body::Here(_) => 0,
            Body::State(_) => 1,
            _ => 2,
        }
    }

    pub fn is_beat(&self) -> bool {
        matches!(self.message.body, Body::Beat(_))
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct World {
    pub machines: [Arc<Machine>; NODES],
    /// By view, phase, sender, number and receiver: as an engine with one order for all could give
    /// them.
    pub net: Vec<Packet>,
    /// All that were ever formed, in order; view n is at n - 1.
    pub views: Arc<Vec<View>>,
}

/// What can happen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// Real time goes on by a step, each clock by its rate.
    Advance,
    /// A program finds out what time it is.
    Tick(usize),
    /// A message arrives.
    Deliver(usize),
    /// A message arrives at all to whom it is on its way.
    Spread(usize),
    /// A message arrives, and will again.
    Repeat(usize),
    /// A message does not arrive now.
    Hold(usize),
    /// The engine forms a view of these (a bit for each).
    Form(u8),
    /// A program hears of a view.
    View(usize, usize),
    /// A program does not hear of views for a while.
    Deafen(usize),
    /// It does again.
    Undeafen(usize),
    /// A kernel carries its command out, and its program hears of it.
    Work(usize),
    /// A kernel carries its command out.
    Execute(usize),
    /// A kernel does not do so for a while.
    Stall(usize),
    /// It does again.
    Unstall(usize),
    /// A program gets its kernel's answer.
    Answer(usize),
    /// A kernel's drain ends.
    Drained(usize),
    /// A program stands still.
    Pause(usize),
    /// It goes on.
    Resume(usize),
    /// A program ends.
    Crash(usize),
    /// A machine ends.
    Reboot(usize),
    /// A program starts.
    Start(usize),
    /// An operator drains a node, or ends that.
    Drain(usize, bool),
}

impl World {
    pub fn new(rules: &Rules, rates: [u64; NODES]) -> Self {
        let mut world = Self {
            machines: rates.map(|rate| Arc::new(Machine::new(rules.k, 0, rate))),
            net: Vec::new(),
            views: Arc::default(),
        };
        for n in 0..NODES {
            world.start(rules, n);
        }
        world
    }

    pub fn acceptors(&self, bucket: u32, late: u64) -> usize {
        let machines = self.machines.iter();
        machines.filter(|m| m.accepts(bucket, late)).count()
    }

    /// Never two.
    pub fn is_safe(&self, rules: &Rules) -> bool {
        (0..rules.k).all(|bucket| self.acceptors(bucket, rules.late) <= 1)
    }

    /// Always one: when the cluster is whole and quiet.
    pub fn is_served(&self, rules: &Rules) -> bool {
        (0..rules.k).all(|bucket| self.acceptors(bucket, 0) == 1)
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
            Action::Form(members) => self.form(members),
            Action::View(n, view) => return self.tell(rules, n, view),
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
            Action::Crash(n) => {
                self.machine(n).crash();
                self.net.retain(|packet| packet.to != n);
            }
            Action::Reboot(n) => {
                self.machine(n).reboot(rules.k);
                self.net.retain(|packet| packet.to != n);
            }
            Action::Start(n) => self.start(rules, n),
            Action::Drain(n, draining) => {
                let standing = Standing {
                    weight: 1,
                    draining,
                };
                return self.feed(rules, n, Input::Standing(standing));
            }
        }
        true
    }

    /// For changing it.
    pub fn machine(&mut self, n: usize) -> &mut Machine {
        Arc::make_mut(&mut self.machines[n])
    }

    fn start(&mut self, rules: &Rules, n: usize) {
        let setup = Setup {
            me: id(n),
            k: rules.k,
            timing: rules.timing,
            planner: Tiny,
            standing: Standing::default(),
        };
        let since = self.views.len() + 1;
        let machine = self.machine(n);
        let node = Node::new(setup, machine.found(), Time(machine.clock));
        machine.daemon = Some(Shared::new(node.with_fault(rules.fault)));
        machine.since = since;
    }

    fn form(&mut self, members: u8) {
        let members: Vec<NodeId> = (0..NODES).filter(|n| members >> n & 1 != 0).map(id).collect();
        let number = self.views.len() as u64 + 1;
        Arc::make_mut(&mut self.views).push(View {
            id: ViewId {
                ring: number,
                programs: 0,
                serial: 0,
            },
            quorate: members.len() * 2 > NODES,
            quorum: NODES / 2 + 1,
            members,
        });
    }

    fn tell(&mut self, rules: &Rules, n: usize, view: usize) -> bool {
        let formed = self.views[view - 1].clone();
        let machine = self.machine(n);
        if machine.daemon.is_none() || view <= machine.view || view < machine.since || !formed.has(id(n)) {
            return false;
        }
        machine.view = view;
        self.net.retain(|p| p.to != n || p.view >= view || p.is_kept(rules));
        self.feed(rules, n, Input::View(formed))
    }

    fn deliver(&mut self, rules: &Rules, at: usize, again: bool) -> bool {
        let packet = self.net[at].clone();
        if again {
            self.net[at].held = true;
        } else {
            self.net.remove(at);
        }
        if packet.view == self.machines[packet.to].view {
            let (from, number) = (packet.message.from, packet.message.number);
            self.net.retain(|p| {
                p.to != packet.to
                    || p.view != packet.view
                    || p.message.from != from
                    || p.message.number > number
                    || (again && p.message.number == number)
                    || p.is_kept(rules)
            });
        }
        self.feed(rules, packet.to, Input::Message((*packet.message).clone()))
    }

    fn spread(&mut self, rules: &Rules, at: usize) {
        let same = self.copies(at);
        let all: Vec<Packet> = same.iter().map(|at| self.net[*at].clone()).collect();
        for packet in all {
            // An effect of the first can have taken others off the net.
            if let Some(at) = self.net.iter().position(|p| *p == packet) {
                self.deliver(rules, at, false);
            }
        }
    }

    /// The places of a message that is on its way to several, and may arrive.
    pub fn copies(&self, at: usize) -> Vec<usize> {
        let name = |p: &Packet| (p.view, p.message.from, p.message.number);
        let same = (0..self.net.len()).filter(|other| {
            let packet = &self.net[*other];
            name(packet) == name(&self.net[at]) && self.arrives(packet)
        });
        same.collect()
    }

    /// Whether nothing is in its way.
    pub fn arrives(&self, packet: &Packet) -> bool {
        !packet.held && !self.machines[packet.to].paused
    }

    /// Whether it can have an effect now.
    pub fn is_heard(&self, rules: &Rules, at: usize) -> bool {
        let packet = &self.net[at];
        packet.is_kept(rules) || packet.view == self.machines[packet.to].view
    }

    fn execute(&mut self, rules: &Rules, n: usize) {
        self.machine(n).execute(rules.kernel_fault);
    }

    fn answer(&mut self, rules: &Rules, n: usize) -> bool {
        let Some(answer) = self.machine(n).answer.take() else {
            return false;
        };
        self.feed(rules, n, Input::Kernel(answer))
    }

    fn drained(&mut self, rules: &Rules, n: usize) -> bool {
        let machine = self.machine(n);
        let drained = std::mem::replace(&mut machine.draining, Buckets::none(rules.k));
        if drained.is_empty() {
            return false;
        }
        self.feed(rules, n, Input::Kernel(KernelEvent::Drained(drained)))
    }

    /// Tells a program something, and sees to what it wants done. Says whether that changed anything.
    fn feed(&mut self, rules: &Rules, n: usize, input: Input<Tiny>) -> bool {
        let Some(daemon) = &self.machines[n].daemon else {
            return false;
        };
        let mut node = (**daemon).clone();
        let mut inputs = vec![input];
        let mut changed = false;
        while let Some(input) = inputs.pop() {
            let now = Time(self.machines[n].clock);
            let outputs = node.handle(now, input);
            changed |= !outputs.is_empty();
            // What comes of the first is heard first.
            let mut next = Vec::new();
            for output in outputs {
                match output {
                    Output::Send(message) => {
                        self.send(rules, n, &message);
                        next.push(Input::Message(message));
                    }
                    Output::Kernel(command) => {
                        let machine = self.machine(n);
                        assert!(machine.pending.is_none() && machine.answer.is_none());
                        machine.pending = Some(Pending {
                            command,
                            given: now.0,
                        });
                    }
                }
            }
            next.reverse();
            inputs.extend(next);
        }
        let machine = self.machine(n);
        if machine.daemon.as_deref() != Some(&node) {
            machine.daemon = Some(Shared::new(node));
            changed = true;
        }
        changed
    }

    fn send(&mut self, rules: &Rules, n: usize, message: &Message<Tiny>) {
        let view = self.machines[n].view;
        let Some(members) = view.checked_sub(1).map(|at| self.views[at].members.clone()) else {
            return;
        };
        let shared = Shared::new(message.clone());
        for to in (0..NODES).filter(|to| *to != n && members.contains(&id(*to))) {
            let machine = &self.machines[to];
            let packet = Packet {
                to,
                view,
                message: shared.clone(),
                held: false,
            };
            let in_time = machine.since <= view && machine.view <= view;
            if machine.daemon.is_some() && (in_time || packet.is_kept(rules)) {
                self.net.push(packet);
            }
        }
        let order = |p: &Packet| (p.view, p.phase(), p.message.from, p.message.number, p.to);
        self.net.sort_by_key(order);
    }
}

pub fn id(n: usize) -> NodeId {
    NodeId(n as u32)
}
