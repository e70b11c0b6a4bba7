// SPDX-License-Identifier: GPL-2.0-only

//! One node's part of the protocol.

mod act;
mod receive;
mod stick;
mod views;

use std::collections::BTreeMap;

use logic::generation::GENERATION_PEER_MAX;

use crate::claims::Claims;
use crate::fault::Fault;
use crate::grants::Grants;
use crate::kernel::Kernel;
use crate::round::Round;
use crate::{
    AdminState, Body, Buckets, Clients, Input, KernelEvent, Knowledge, Message, NodeId, Output,
    Planner, Sticking, TableFound, Time, Timing, View,
};

/// What a node is made with.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Setup<P: Planner> {
    /// Its number.
    pub me: NodeId,
    /// Number of buckets, the same on all nodes.
    pub k: u32,
    /// Times. The drift is the same on all nodes.
    pub timing: Timing,
    /// So many ms by this node's clock the leases may last that programs here before this one have helped others to;
    /// counted as no less than what `timing` makes of a lease.
    pub granted_before: u64,
    /// Whether the kernel serves the connections that it has after its lease.
    pub drains_at_expiry: bool,
    /// Whether clients stick to this node while it drains their buckets.
    pub sticks: bool,
    /// The planner, the same on all nodes.
    pub planner: P,
    /// The node's weight and wish.
    pub admin_state: AdminState,
}

/// A node: what it knows, holds, and has granted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Node<P: Planner> {
    setup: Setup<P>,
    load: P::Load,
    memory: P::Memory,
    /// The greatest of any table anywhere, as far as known.
    generation: u64,
    kernel: Kernel,
    claims: Claims,
    grants: Grants,
    /// Who sticks to which other node.
    elsewhere: BTreeMap<NodeId, Sticking>,
    /// Who sticks to this node, and is to do so no more.
    leaving: Clients,
    round: Option<Round<P>>,
    /// Nodes that were confirmed dead, by the last view.
    dead: Vec<NodeId>,
    fault: Option<Fault>,
    out: Vec<Output<P>>,
}

impl<P: Planner> Node<P> {
    /// A node whose program starts `now` and finds this table in its kernel.
    ///
    /// What the kernel serves goes on, if a view forms before its lease is over.
    pub fn new(setup: Setup<P>, found: TableFound, now: Time) -> Self {
        let until = found.lease_until.plus(setup.timing.slack());
        let mut claims = Claims::found(found.owned.clone(), until);
        claims.expire(now);
        let granted = setup.granted_before.max(setup.timing.surely_over());
        Self {
            load: P::Load::default(),
            memory: P::Memory::default(),
            generation: found.generation,
            kernel: Kernel::found(found),
            claims,
            grants: Grants::after_start(now.plus(granted)),
            elsewhere: BTreeMap::new(),
            leaving: Clients::default(),
            round: None,
            dead: Vec::new(),
            fault: None,
            out: Vec::new(),
            setup,
        }
    }

    /// Leaves a rule out.
    #[doc(hidden)]
    #[must_use]
    pub fn with_fault(mut self, fault: Option<Fault>) -> Self {
        self.fault = fault;
        if self.has(Fault::ForgetsGrants) {
            self.grants.forget();
        }
        self
    }

    /// Something happened; gives what is to be done.
    pub fn handle(&mut self, now: Time, input: Input<P>) -> Vec<Output<P>> {
        if !self.has(Fault::ExpiredKeeps) {
            self.claims.expire(now);
        }
        self.let_go_of_all(now);
        match input {
            Input::View(view) => self.enter(now, view),
            Input::NoView => self.round = None,
            Input::Message(message) => self.receive(now, message),
            Input::Kernel(event) => self.receive_from_kernel(now, event),
            Input::Tick => {}
            Input::AdminState(admin_state) => self.set_admin_state(admin_state),
            Input::Load(load) => self.measure(load),
            Input::LetGo(clients) => self.leaving.add(&clients),
        }
        self.beat_if_due(now);
        self.act(now);
        std::mem::take(&mut self.out)
    }

    /// When it wants an [`Input::Tick`], if nothing else comes before.
    pub fn wake_at(&self) -> Option<Time> {
        let sent = self.round.as_ref()?.evidence.sent();
        let Some(sent) = sent else {
            return Some(Time(0));
        };
        let next = sent.plus(self.setup.timing.beat());
        let ripe_at = self.claims.ripe_at();
        let waits = !self.claims.cold().is_empty() && sent < ripe_at;
        Some(if waits { next.min(ripe_at) } else { next })
    }

    /// Its number.
    pub fn id(&self) -> NodeId {
        self.setup.me
    }

    /// The view that it is in.
    pub fn view(&self) -> Option<&View> {
        self.round.as_ref().map(|round| &round.view)
    }

    /// What all members of the view know, once all have stated what they bring along.
    pub fn knowledge(&self) -> Option<&Knowledge<P>> {
        self.round.as_ref()?.knowledge.as_ref()
    }

    /// Generation of the kernel's table.
    pub fn generation(&self) -> u64 {
        self.kernel.generation()
    }

    /// Buckets of its kernel's table, whether the lease has run out or not.
    pub fn owned(&self) -> &Buckets {
        self.kernel.owned()
    }

    /// Buckets that its kernel drains.
    pub fn draining(&self) -> &Buckets {
        self.kernel.draining()
    }

    /// Buckets that it holds, whether it serves them already or not.
    pub fn holds(&self) -> Buckets {
        let mut all = self.claims.warm().clone();
        all.add(self.claims.cold());
        all
    }

    /// Its weight and wish.
    pub fn admin_state(&self) -> AdminState {
        self.setup.admin_state
    }

    /// Whether it may act: its view is quorate and complete.
    pub fn is_acting(&self) -> bool {
        self.knowledge().is_some() && self.view().is_some_and(View::is_quorate)
    }

    /// From then on nobody outside the view has a lease; `None` while that is not known.
    pub fn clear_at(&self) -> Option<Time> {
        let round = self.round.as_ref()?;
        round.knowledge.as_ref()?;
        Some(round.clear_at)
    }

    /// Plans by this planner from now on; the others have to get the same one.
    pub fn set_planner(&mut self, planner: P) {
        self.setup.planner = planner;
    }

    /// Whether the kernel serves the connections that it has after its lease, from now on.
    pub fn set_drains_at_expiry(&mut self, drains: bool) {
        self.setup.drains_at_expiry = drains;
    }

    /// Whether clients stick to this node, from now on.
    pub fn set_sticks(&mut self, sticks: bool) {
        self.setup.sticks = sticks;
    }

    /// Clients that stick to this node.
    pub fn sticking(&self) -> &Clients {
        &self.kernel.sticking().clients
    }

    /// When its lease ends, or ended.
    pub fn lease_until(&self) -> Time {
        self.claims.until()
    }

    /// Whether it has nothing and its kernel drains nothing: a node that leaves may stop.
    pub fn is_idle(&self) -> bool {
        self.holds().is_empty()
            && self.kernel.owned().is_empty()
            && self.kernel.draining().is_empty()
            && !self.kernel.has_command()
    }

    /// A node's table has this generation. One so great that this node's own would soon come to their end is not
    /// followed.
    fn follow_generation(&mut self, generation: u64) {
        if generation <= GENERATION_PEER_MAX {
            self.generation = self.generation.max(generation);
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// How long to wait by this clock for `ms` to be over by every clock.
    fn surely(&self, ms: u64) -> u64 {
        if self.has(Fault::IgnoresDrift) {
            return ms;
        }
        self.setup.timing.surely(ms)
    }

    /// Sends something to all members of the view.
    fn send(&mut self, body: Body<P>) {
        if let Some(round) = &mut self.round {
            round.sent += 1;
            self.out.push(Output::Send(Message {
                view: round.view.id,
                from: self.setup.me,
                number: round.sent,
                body,
            }));
        }
    }

    fn set_admin_state(&mut self, admin_state: AdminState) {
        self.setup.admin_state = admin_state;
        if self.knowledge().is_some() {
            self.send(Body::AdminState(admin_state));
        }
    }

    fn measure(&mut self, load: P::Load) {
        self.load = load.clone();
        if self.knowledge().is_some() {
            self.send(Body::Load(load));
        }
    }

    fn receive_from_kernel(&mut self, now: Time, event: KernelEvent) {
        match event {
            KernelEvent::Done(stuck) => {
                // Of what was given up meanwhile others have been told already, and the lease is over.
                let stuck = stuck.of(&self.holds());
                if !self.kernel.done(&stuck) {
                    return;
                }
            }
            KernelEvent::Refused(found) => {
                self.generation = self.generation.max(found.generation);
                let again = now.plus(self.setup.timing.beat());
                self.kernel.refused(found, again);
            }
            KernelEvent::Drained(buckets) => self.kernel.drained(&buckets),
            KernelEvent::Expired(buckets) => self.kernel.expired(&buckets, now),
        }
        if self.knowledge().is_some() {
            self.send(Body::Report(self.kernel.report(now)));
        }
    }
}
