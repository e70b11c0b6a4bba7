// SPDX-License-Identifier: GPL-2.0-only

//! One node's daemon without its I/O: what happens goes in with the time, what is to be done comes out.
//!
//! A message's way: engine → [`Packet`] → [`Membership`] (who is in the view) → [`Node`] (who may take which bucket)
//! → commands for the kernel and packets for the engine. Beside it: who is master, how much this node takes
//! (`share`), what operators want and see. All of it runs in the tests' simulation as it runs here.

mod agree;
mod broken;
mod dead;
mod detection;
mod disagreement;
mod event;
mod facts;
mod field;
mod granted;
mod held;
mod held_out;
mod hold;
mod kernel_watch;
mod master;
mod names;
mod needs;
mod obey;
mod orders;
mod others;
mod own_facts;
mod part;
mod presence;
mod settings;
mod share;
mod status;
mod terms;
mod unmet;

use std::collections::BTreeMap;
use std::time::Duration;

use ssi_group_comm::{Group, GroupEvent, Kind};
use ssi_monitor::load::Sample;
use ssi_protocol::{
    Buckets, Change, Clients, FairShare, Input, KernelEvent, Membership, Node, NodeId, Output,
    Setup, TableFound, Time,
};

use crate::log_kind::LogKind;
use crate::packet::Packet;

use broken::Broken;
use granted::Granted;
use held_out::HeldOut;
use kernel_watch::KernelWatch;
use orders::Orders;
use presence::Presences;
use share::Share;

pub use detection::{by_datagrams, detection, gap};
pub use event::{Action, Event, Notice};
pub use facts::Facts;
pub use field::{Field, difference};
pub use held::Held;
pub use needs::{Names, Need};
pub use presence::{Other, Presence, Program};
pub use settings::{Peer, Settings};
pub use share::{CheckReport, Wishes};
pub use terms::{Terms, VERSION, Versions};

/// What an agent is made with.
pub struct Start {
    /// The cluster file's.
    pub settings: Settings,
    /// What operators wanted before the daemon's last end.
    pub wishes: Wishes,
    /// What the kernel has.
    pub found: TableFound,
    /// Whether the kernel takes this node for the master.
    pub master: bool,
    /// A random number, another at each start.
    pub number: u64,
    /// How long the leases were, at most, that programs before this one helped others to; 0 where nothing is known of them. Where this
    /// program's are longer, that was kept for later ones before it is made: nothing may be granted otherwise.
    pub granted: u64,
}

/// One node's daemon.
pub struct Agent {
    settings: Settings,
    engine: Kind,
    presences: Presences,
    group: Option<Group>,
    /// Why there is none.
    trouble: Option<String>,
    /// What of the engine does not work, though there is one.
    engine_trouble: Vec<String>,
    membership: Membership,
    node: Node<FairShare>,
    share: Share,
    orders: Orders,
    granted: Granted,
    /// The sentences on nodes that have no part in the group, this one's too.
    left_out: BTreeMap<NodeId, String>,
    held_out: HeldOut,
    /// What this program may not do and should.
    remarks: Vec<String>,
    /// The interfaces that this node needs, as they are named now.
    names: Names,
    facts: BTreeMap<NodeId, (Time, Facts)>,
    sample: Sample,
    sent_facts: Option<(Time, Facts)>,
    /// Who answers ARP, and whether this node's kernel does.
    master: Option<NodeId>,
    is_master: bool,
    /// Whether the kernel has the cluster.
    present: bool,
    /// The last event of the kernel.
    kernel_trouble: Option<String>,
    kernel_watch: KernelWatch,
    /// With whom the kernel does not agree, in a sentence.
    disagreement: Option<String>,
    /// Corosync's token timeout, where one answers.
    token: Option<Duration>,
    /// The end of this lease was reported: the kernel reports it again whenever it is asked.
    expiry_reported: bool,
    /// When the group was announced, or asked for presences, last.
    grouped: Time,
    /// When the last tick was.
    ticked: Time,
    entered: Time,
    /// Whether the view was complete and quorate when it was looked at last.
    acting: bool,
    /// Draining buckets whose connections were given up.
    dropped: Buckets,
    /// Buckets that were given up, and whose clients were not told.
    untold: Buckets,
    /// What broke at other nodes.
    broken: Broken,
    /// Clients that stick to this node and are looked after.
    watched: Clients,
    /// None at all.
    nothing: Buckets,
    out: Vec<Action>,
}

impl Agent {
    /// An agent that begins `now`.
    pub fn new(start: Start, engine: Kind, now: Time) -> Self {
        let settings = start.settings;
        let share = Share::new(&settings, start.wishes, now);
        let setup = Setup {
            me: settings.me,
            k: settings.buckets,
            timing: settings.timing,
            granted_before: start.granted,
            drains_at_expiry: settings.drains_at_expiry,
            sticks: settings.sticks,
            planner: settings.planner.clone(),
            admin_state: share.admin_state(now),
        };
        let present = !share.is_leaving() && !settings.is_witness();
        // How long a program may be silent before the others leave it out.
        let patience = match engine.keeps_patience {
            true => u64::MAX,
            false => settings.patience,
        };
        Self {
            engine,
            presences: Presences::new(start.number),
            group: None,
            trouble: Some("there was no event of the engine yet".into()),
            engine_trouble: Vec::new(),
            membership: Membership::new(settings.me, patience),
            node: Node::new(setup, start.found, now),
            orders: Orders::default(),
            granted: Granted::new(start.granted, settings.timing.surely_over(), now),
            left_out: BTreeMap::new(),
            held_out: HeldOut::default(),
            remarks: Vec::new(),
            names: Names::new(),
            facts: BTreeMap::new(),
            sample: Sample::default(),
            sent_facts: None,
            master: None,
            is_master: start.master,
            present,
            kernel_trouble: None,
            kernel_watch: KernelWatch::default(),
            disagreement: None,
            token: None,
            expiry_reported: false,
            grouped: now,
            ticked: now,
            entered: now,
            acting: false,
            dropped: Buckets::none(settings.buckets),
            untold: Buckets::none(settings.buckets),
            broken: Broken::default(),
            watched: Clients::default(),
            nothing: Buckets::none(settings.buckets),
            out: Vec::new(),
            share,
            settings,
        }
    }

    /// Something happened; gives what is to be done, in order.
    pub fn handle(&mut self, now: Time, event: Event) -> Vec<Action> {
        let kept = self.granted.due(now).map(Action::KeepGranted);
        self.out.extend(kept);
        match event {
            Event::Engine(GroupEvent::Group(group)) => self.regroup(now, group),
            Event::Engine(GroupEvent::Nothing(why)) => self.lose_group(now, why),
            Event::Engine(GroupEvent::Trouble(all)) => self.engine_trouble = all,
            Event::Engine(GroupEvent::CutOff(unmet)) => self.need(now, Need::Reachability, unmet),
            Event::Engine(GroupEvent::HeldOut(all)) => self.hold_out(now, &all),
            Event::Engine(GroupEvent::Message { from, bytes }) => {
                self.receive(now, NodeId(from), &bytes)
            }
            Event::Kernel(event) => self.receive_kernel(now, event),
            Event::KernelTrouble(trouble) => self.kernel_trouble = trouble,
            Event::Differs(differs) => self.differs(differs),
            Event::Need(need, unmet) => self.need(now, need, unmet),
            Event::Named(need, name) => self.named(need, name),
            Event::InterfacesChanged => self.mend(now),
            Event::Mended(unmet) => self.mended(now, unmet),
            Event::Token(token) => self.token = token,
            Event::Sample(sample) => self.measure(now, sample),
            Event::Check(report) => self.check(now, report),
            Event::Order { ticket, node, wish } => self.order(now, ticket, &node, wish),
            Event::Settings(settings) => self.reconfigure(now, *settings),
            Event::Levelling(on) => self.node.set_planner(self.settings.planner_when(on)),
            Event::LetGo(clients) => self.feed(now, Input::LetGo(clients)),
            Event::Tick => self.tick(now),
        }
        self.look(now);
        std::mem::take(&mut self.out)
    }

    /// What this program may not do and should, in a sentence each, for `status`.
    pub fn remark(&mut self, remarks: Vec<String>) {
        self.remarks = remarks;
    }

    /// When it wants an [`Event::Tick`], if nothing else comes before.
    pub fn wake_at(&self) -> Time {
        // Counted from the last one: where more comes than a beat lasts, it would never be due otherwise.
        let regular = self.ticked.plus(self.settings.timing.beat());
        let node = self.node.wake_at().unwrap_or(regular);
        node.min(regular)
    }

    /// What a daemon that starts anew is to know.
    pub fn wishes(&self) -> &Wishes {
        self.share.wishes()
    }

    /// The protocol's part, for tests to look at.
    #[doc(hidden)]
    pub fn node(&self) -> &Node<FairShare> {
        &self.node
    }

    fn regroup(&mut self, now: Time, group: Group) {
        // The view that this node is in goes on until there is another: a program that has joined and sends nothing must
        // not stop those that were there.
        if self.trouble.take().is_some() {
            self.presences.renew();
        }
        self.presences.stay(&group.members);
        self.note_dead(&group.dead);
        // Who is held out is alone meanwhile, or with others like it.
        if group.quorate {
            self.held_out.are_in(&group.members);
        }
        self.group = Some(group);
        self.grouped = now;
        self.announce();
        self.form_group(now);
    }

    fn lose_group(&mut self, now: Time, why: String) {
        if self.group.take().is_some() {
            self.notice(LogKind::NoView, None, format!("no view any more: {why}"));
        }
        self.trouble = Some(why);
        self.left_out.clear();
        self.feed(now, Input::NoView);
    }

    fn receive(&mut self, now: Time, from: NodeId, bytes: &[u8]) {
        self.membership.received(now, from);
        let packet = match Packet::decode(bytes) {
            Ok(packet) => packet,
            Err(strange) => return self.wonder(now, from, strange),
        };
        match packet {
            Packet::Presence(presence) => {
                self.presences.receive(from.0, presence);
                self.form_group(now);
            }
            Packet::Unresponsive(node) => {
                self.presences.pass_over(node);
                self.form_group(now);
            }
            Packet::ViewProposal(proposal) => {
                let changes = self.membership.form(now, &proposal);
                self.follow(now, changes);
            }
            Packet::Protocol(message) if message.from == from => {
                self.feed(now, Input::Message(message));
            }
            // In somebody else's name.
            Packet::Protocol(_) => {}
            Packet::Facts(mut facts) => {
                facts.tidy();
                self.facts.insert(from, (now, facts));
            }
            Packet::Order { ticket, to, wish } => self.obey(now, ticket, to, wish),
            Packet::Ack(ticket) => self.acknowledged(ticket),
        }
    }

    fn follow(&mut self, now: Time, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::View(view) => {
                    if self.node.view().map(|old| old.id) != Some(view.id) {
                        self.entered = now;
                        self.acting = false;
                        self.announce_view(&view);
                    }
                    self.feed(now, Input::View(view));
                }
                Change::NoView => {
                    let text =
                        "the others left this node out, as it was silent; it asks to come back"
                            .into();
                    self.notice(LogKind::NoView, None, text);
                    self.feed(now, Input::NoView);
                }
                Change::Propose(proposal) => self.send(&Packet::ViewProposal(proposal)),
            }
        }
    }

    /// Who joins and never announces its presence must not keep the others from going on.
    fn miss_presences(&mut self, now: Time) {
        let Some(group) = &self.group else {
            return;
        };
        if now < self.grouped.plus(self.settings.patience) {
            return;
        }
        let missing: Vec<u32> = self.presences.missing(&group.members).collect();
        if !missing.is_empty() {
            self.grouped = now;
        }
        for node in missing {
            self.send(&Packet::Unresponsive(node));
        }
    }

    fn tick(&mut self, now: Time) {
        self.ticked = now;
        self.miss_presences(now);
        let changes = self.membership.tick(now);
        self.follow(now, changes);
        self.orders.expire(now, &mut self.out);
        self.watch_kernel(now);
        self.feed(now, Input::Tick);
    }

    fn receive_kernel(&mut self, now: Time, event: KernelEvent) {
        self.kernel_watch.event(now, &event);
        match &event {
            KernelEvent::Done(stuck) => {
                self.kernel_trouble = None;
                self.expiry_reported = false;
                if !stuck.is_empty() {
                    let text = format!(
                        "{} clients stick to this node while it drains their buckets",
                        stuck.len()
                    );
                    self.notice(LogKind::Stick, Some(self.settings.me), text);
                }
            }
            KernelEvent::Drained(buckets) => {
                let drained = buckets.and(self.node.draining());
                if !drained.is_empty() {
                    let text = format!("{} buckets are drained", drained.len());
                    self.notice(LogKind::Drained, Some(self.settings.me), text);
                }
            }
            // A node that is to serve nothing lets its lease end.
            KernelEvent::Expired(_) if !self.expiry_reported && !self.node.owned().is_empty() => {
                self.expiry_reported = true;
                let text = "the lease has run out: nothing new is served here until there is a quorum again";
                self.notice(LogKind::Lapsed, Some(self.settings.me), text.into());
            }
            KernelEvent::Expired(_) | KernelEvent::Refused(_) => {}
        }
        self.feed(now, Input::Kernel(event));
    }

    fn measure(&mut self, now: Time, sample: Sample) {
        let least = self.least_stall(now);
        self.share.measured(now, &sample, least);
        let load = facts::load(&sample);
        self.sample = sample;
        self.feed(now, Input::Load(load));
        self.send_facts(now);
    }

    fn check(&mut self, now: Time, report: CheckReport) {
        if let Some(text) = self.share.checked(now, report) {
            self.notice(LogKind::Check, Some(self.settings.me), text);
            self.send_facts(now);
        }
    }

    fn reconfigure(&mut self, now: Time, settings: Settings) {
        self.node.set_planner(settings.planner.clone());
        self.node.set_drains_at_expiry(settings.drains_at_expiry);
        self.node.set_sticks(settings.sticks);
        self.share.reconfigure(&settings);
        let is_other = settings.compared != self.settings.compared;
        self.settings = settings;
        if is_other && self.group.is_some() {
            self.announce();
        }
        self.send_facts(now);
    }

    fn feed(&mut self, now: Time, input: Input<FairShare>) {
        for output in self.node.handle(now, input) {
            match output {
                Output::Send(message) => self.send(&Packet::Protocol(message)),
                Output::Kernel(command) => {
                    self.kernel_watch.ordered(now);
                    self.out.push(Action::Kernel(command));
                }
            }
        }
    }

    fn send(&mut self, packet: &Packet) {
        if let Some(bytes) = packet.encode() {
            self.out.push(Action::Send(bytes));
        }
    }

    /// After each event: what follows from all that is known.
    fn look(&mut self, now: Time) {
        let admin_state = self.share.admin_state(now);
        if admin_state != self.node.admin_state() {
            self.feed(now, Input::AdminState(admin_state));
        }
        self.look_for_master(now);
        self.look_after_leaving();
        self.drop_out(now);
        self.look_for_broken(now);
        if *self.node.sticking() != self.watched {
            self.watched = self.node.sticking().clone();
            self.out.push(Action::Watch(self.watched.clone()));
        }
        let acting = self.node.is_acting();
        if acting != self.acting {
            self.acting = acting;
            let (kind, text) = match acting {
                true => (
                    LogKind::Quorum,
                    "the cluster acts: all members of the view are known",
                ),
                false => (LogKind::NoQuorum, "the cluster does not act"),
            };
            self.notice(kind, None, text.into());
        }
    }

    /// A node that leaves, and has nothing left, takes its cluster off the machine; one that comes back puts it there.
    fn look_after_leaving(&mut self) {
        let has_left = self.share.is_leaving() && self.node.is_idle();
        let present = !(self.settings.is_witness() || has_left);
        if present != self.present {
            self.present = present;
            self.out.push(Action::Present(present));
        }
    }

    /// Who is to drop out gives up connections as well, once the kernel has let go of their buckets.
    fn drop_out(&mut self, now: Time) {
        let draining = match self.share.drops_out(now) {
            true => self.node.draining().clone(),
            false => Buckets::none(self.settings.buckets),
        };
        let left = draining.but(&self.dropped);
        self.dropped = draining;
        if !left.is_empty() {
            self.untold.add(&left);
            self.out.push(Action::GiveUp(left));
        }
        // Resets get through when what this node needs is there again; clients that were silent until then have not noticed.
        if !self.untold.is_empty() && !self.share.needs.is_any_unmet() {
            let untold = std::mem::replace(&mut self.untold, self.nothing.clone());
            self.out.push(Action::EndSessions(untold));
        }
    }

    fn notice(&mut self, kind: LogKind, node: Option<NodeId>, text: String) {
        let node = node.map(|node| self.settings.name(node));
        self.out.push(Action::Notice(Notice { kind, node, text }));
    }
}
