// SPDX-License-Identifier: GPL-2.0-only

//! One machine: a clock, a kernel, and a daemon that comes and goes.

use std::collections::VecDeque;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use ssi_monitor::load::{BucketLoad, Sample};
use ssi_protocol::{Command, KernelEvent, Time};
use ssid::agent::{Action, Agent, CheckReport, Event, Need, Settings, Start, Wishes};
use ssid_api::Wish;

use crate::kernel::Kernel;
use crate::net::{Link, Net};

/// Something for the kernel that is on its way.
enum Order {
    Command(Command),
    GiveUp(ssi_protocol::Buckets),
    Mend,
}

struct Daemon {
    agent: Agent,
    engine: Link,
    orders: VecDeque<(u64, Order)>,
    sampled: u64,
}

pub struct Machine {
    pub settings: Settings,
    pub kernel: Kernel,
    pub wishes: Wishes,
    /// What the disk has of the leases that were granted.
    pub granted: u64,
    /// The clock at the beginning, and by how many thousandths of real time it goes.
    pub base: u64,
    pub rate: u64,
    /// The program stands still.
    pub paused: bool,
    /// The clients' interface has a carrier.
    pub link_up: bool,
    /// The kernel takes its time, until then (real time).
    pub stalled_until: u64,
    /// Per bucket, packets a second of its clients; the same on all machines.
    pub load: Vec<u64>,
    /// Percent of time in which tasks wait for a processor here, whatever is served.
    pub stall: u32,
    /// How long connections of a draining bucket last.
    pub drain: u64,
    drained_at: u64,
    /// Whether the daemon is still to be told that they have ended.
    untold: bool,
    daemon: Option<Daemon>,
    pub notices: Vec<String>,
    /// Buckets of which clients were told that nobody serves what they have, and when.
    pub told: Vec<(u64, ssi_protocol::Buckets)>,
    /// Buckets of which it was told that sessions at others broke, and when.
    pub broken: Vec<(u64, ssi_protocol::Buckets)>,
    pub answers: Vec<Result<(), String>>,
    /// Bytes and messages that were sent.
    pub sent: (u64, u64),
    /// Processor time that the agent took, if somebody wants to know.
    pub spent: Option<Duration>,
    pub commands: u64,
    asked: u64,
}

impl Machine {
    pub fn new(settings: Settings, base: u64, rate: u64) -> Self {
        let k = settings.buckets;
        Self {
            kernel: Kernel::new(k, settings.drains_at_expiry),
            wishes: Wishes::default(),
            granted: 0,
            base,
            rate,
            paused: false,
            link_up: true,
            stalled_until: 0,
            load: (0..k).map(|_| 0).collect(),
            stall: 0,
            drain: 1000,
            drained_at: 0,
            untold: false,
            daemon: None,
            notices: Vec::new(),
            told: Vec::new(),
            broken: Vec::new(),
            answers: Vec::new(),
            sent: (0, 0),
            spent: None,
            commands: 0,
            asked: 0,
            settings,
        }
    }

    /// The machine's clock at a real time.
    pub fn clock(&self, real: u64) -> u64 {
        self.base + real * self.rate / 1000
    }

    pub fn agent(&self) -> Option<&Agent> {
        self.daemon.as_ref().map(|daemon| &daemon.agent)
    }

    pub fn start(&mut self, net: &Net, real: u64, number: u64) {
        if self.daemon.is_some() {
            return;
        }
        let start = Start {
            settings: self.settings.clone(),
            wishes: self.wishes.clone(),
            found: self.kernel.found(),
            master: self.kernel.master,
            number,
            granted: self.granted,
        };
        // As `state_file::begin_granting` keeps it.
        let mine = self.settings.timing.surely_over();
        self.granted = self.granted.max(mine);
        let now = Time(self.clock(real));
        let engine = net.join(self.settings.me.0, now.0, number);
        self.daemon = Some(Daemon {
            agent: Agent::new(start, net.kind(), now),
            engine,
            orders: VecDeque::new(),
            sampled: real,
        });
        self.paused = false;
        self.link(real, self.link_up);
    }

    /// The program ends; what it had asked of the kernel has happened or never will.
    pub fn crash(&mut self) {
        self.daemon = None;
        self.paused = false;
    }

    /// The machine starts anew.
    pub fn reboot(&mut self) {
        self.crash();
        self.kernel = Kernel::new(self.settings.buckets, self.settings.drains_at_expiry);
    }

    /// The program ends, and the file is another at the next start. With other buckets the cluster is made anew.
    pub fn end_with(&mut self, settings: Settings) {
        self.crash();
        if settings.buckets != self.settings.buckets {
            self.kernel = Kernel::new(settings.buckets, settings.drains_at_expiry);
        }
        self.settings = settings;
    }

    /// The machine stands still for good, and serves nothing.
    pub fn lose_power(&mut self) {
        self.paused = true;
        let gained = self.kernel.gained;
        let fresh = Kernel::new(self.settings.buckets, self.settings.drains_at_expiry);
        self.kernel = Kernel { gained, ..fresh };
    }

    pub fn order(&mut self, real: u64, node: &str, wish: Wish) {
        let node = node.to_owned();
        self.asked += 1;
        let ticket = self.base + self.asked;
        self.feed(real, Event::Order { ticket, node, wish });
    }

    /// Somebody tells the daemon here that another node is dead.
    pub fn confirm_dead(&mut self, real: u64, node: &str) -> Result<(), String> {
        let clock = self.clock(real);
        let daemon = self.daemon.as_mut().ok_or("no daemon")?;
        let node = daemon.agent.may_be_dead(node)?;
        daemon.engine.confirm_dead(clock, node.0)
    }

    /// The clients' interface gets or loses its carrier.
    pub fn link(&mut self, real: u64, up: bool) {
        self.link_up = up;
        let unmet = (!up).then(|| "no carrier".to_owned());
        self.feed(real, Event::Need(Need::Interface, unmet));
    }

    pub fn check(&mut self, real: u64, good: bool, drop: bool) {
        let report = CheckReport {
            name: "service".into(),
            good,
            text: "of the test".into(),
            drop,
        };
        self.feed(real, Event::Check(report));
    }

    /// What this machine does at a moment of real time. True if anything was done.
    pub fn step(&mut self, real: u64) -> bool {
        let clock = self.clock(real);
        let expired = self.kernel.expire(clock);
        // The kernel's event waits for a daemon that stands still.
        let drained = self.drains_end(real) | std::mem::take(&mut self.untold);
        if self.paused || self.daemon.is_none() {
            self.untold = drained && self.daemon.is_some();
            return expired || (drained && !self.untold);
        }
        let mut any = self.work(real);
        if expired || drained {
            let k = self.settings.buckets;
            let all = ssi_protocol::Buckets::of(k, 0..k).but(&self.kernel.draining);
            self.feed(real, Event::Kernel(KernelEvent::Drained(all)));
        }
        if expired {
            let draining = self.kernel.draining.clone();
            self.feed(real, Event::Kernel(KernelEvent::Expired(draining)));
        }
        while let Some(event) = self.daemon.as_mut().and_then(|d| d.engine.receive(clock)) {
            any = true;
            self.feed(real, Event::Engine(event));
        }
        if self
            .daemon
            .as_ref()
            .is_some_and(|d| d.sampled + 1000 <= real)
        {
            any = true;
            self.sample(real);
        }
        let due = self.agent().is_some_and(|agent| agent.wake_at().0 <= clock);
        if due {
            self.feed(real, Event::Tick);
        }
        any || expired || drained || due
    }

    fn drains_end(&mut self, real: u64) -> bool {
        if self.kernel.draining.is_empty() {
            self.drained_at = real + self.drain;
            return false;
        }
        if real < self.drained_at {
            return false;
        }
        self.kernel.draining = ssi_protocol::Buckets::none(self.settings.buckets);
        true
    }

    fn sample(&mut self, real: u64) {
        let served = self.kernel.owned.iter();
        let loads = served
            .map(|bucket| (bucket, self.load[bucket as usize]))
            .filter(|(_, load)| *load > 0);
        let buckets: Vec<BucketLoad> = loads
            .map(|(bucket, packets)| BucketLoad {
                bucket,
                packets,
                bytes: packets * 1000,
                connections: 0,
            })
            .collect();
        let sample = Sample {
            packets: buckets.iter().map(|load| load.packets).sum(),
            cpu: if self.stall > 0 { 100 } else { 20 },
            stall: self.stall,
            pressure: self.stall,
            buckets,
            ..Sample::default()
        };
        if let Some(daemon) = &mut self.daemon {
            daemon.sampled = real;
        }
        self.feed(real, Event::Sample(sample));
    }

    /// The kernel does what it was asked.
    fn work(&mut self, real: u64) -> bool {
        let mut any = false;
        while real >= self.stalled_until {
            let Some(daemon) = &mut self.daemon else {
                break;
            };
            if daemon.orders.front().is_none_or(|(due, _)| *due > real) {
                break;
            }
            let Some((_, order)) = daemon.orders.pop_front() else {
                break;
            };
            any = true;
            let is_table = matches!(&order, Order::Command(Command::SetTable { .. }));
            let event = match order {
                Order::Command(command) => {
                    self.commands += 1;
                    let clock = self.clock(real);
                    Event::Kernel(match self.kernel.execute(&command, clock) {
                        true => KernelEvent::Done(self.kernel.stuck.clone()),
                        false => KernelEvent::Refused(self.kernel.found()),
                    })
                }
                Order::GiveUp(buckets) => {
                    self.kernel.draining.take(&buckets);
                    Event::Kernel(KernelEvent::Drained(buckets))
                }
                Order::Mend => {
                    let refuses = self.kernel.refuses;
                    Event::Mended(refuses.then(|| "of the test".into()))
                }
            };
            self.feed(real, event);
            // What the kernel has is looked up after each table.
            if is_table {
                let k = self.settings.buckets;
                let all = ssi_protocol::Buckets::of(k, 0..k).but(&self.kernel.draining);
                self.feed(real, Event::Kernel(KernelEvent::Drained(all)));
            }
        }
        any
    }

    pub fn feed(&mut self, real: u64, event: Event) {
        let clock = self.clock(real);
        let Some(daemon) = &mut self.daemon else {
            return;
        };
        let before = self.spent.map(|_| processor_time());
        let actions = daemon.agent.handle(Time(clock), event);
        if let (Some(spent), Some(before)) = (&mut self.spent, before) {
            *spent += processor_time() - before;
        }
        for action in actions {
            match action {
                Action::Send(bytes) => {
                    self.sent.0 += bytes.len() as u64;
                    self.sent.1 += 1;
                    daemon.engine.send(clock, bytes);
                }
                Action::Kernel(command) => daemon.orders.push_back((real, Order::Command(command))),
                Action::GiveUp(buckets) => daemon.orders.push_back((real, Order::GiveUp(buckets))),
                Action::Watch(_) => {}
                Action::Broken(buckets) => self.broken.push((real, buckets)),
                Action::EndSessions(buckets) => self.told.push((real, buckets)),
                Action::Master(master) => self.kernel.master = master,
                Action::Present(present) => {
                    let fresh = Kernel::new(self.settings.buckets, self.settings.drains_at_expiry);
                    self.kernel = Kernel { present, ..fresh };
                }
                Action::Mend => daemon.orders.push_back((real, Order::Mend)),
                Action::Keep(wishes) => self.wishes = wishes,
                Action::KeepGranted(granted) => self.granted = granted,
                Action::Answer { result, .. } => self.answers.push(result),
                Action::Notice(notice) => self
                    .notices
                    .push(format!("{real} {}: {}", notice.kind, notice.text)),
            }
        }
    }
}

/// Of this thread.
pub fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
