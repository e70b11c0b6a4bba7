// SPDX-License-Identifier: GPL-2.0-only

//! The loop: one thing after the other to the agent, and what it wants to engine, kernel, operators.

use std::collections::HashMap;
use std::path::PathBuf;

use ssi_group_comm::{Engine, GroupEvent, realtime};
use ssid_api::{Event as ApiEvent, Order as ApiOrder, printable};
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::agent::{Action, Agent, Event, Notice};
use crate::config::Config;
use crate::control::Query;
use crate::http::Scrape;
use crate::kernel::{Kernel, Order};
use crate::log_kind::LogKind;
use crate::metrics::Metrics;
use crate::notify::Notifier;
use crate::remarks::Remarks;
use crate::restraint::{Line, Restraint};
use crate::service::Service;
use crate::{clock, state_file, watch};

/// Events that a client may be behind by.
pub const EVENTS: usize = 256;
/// An event's text is no longer.
const SENTENCE: usize = 4000;

/// All that the loop has.
pub struct Loop {
    pub config: Config,
    pub agent: Agent,
    pub engine: Box<dyn Engine>,
    pub kernel: Kernel,
    /// From kernel, measurements and checks.
    pub events: mpsc::Receiver<Event>,
    pub sender: mpsc::Sender<Event>,
    pub queries: mpsc::Receiver<Query>,
    pub scrapes: mpsc::Receiver<Scrape>,
    pub published: broadcast::Sender<ApiEvent>,
    pub metrics: Metrics,
    pub restraint: Restraint,
    pub notifier: Notifier,
    pub remarks: Remarks,
    pub watch: watch::Watch,
    pub service: Service,
    pub wishes: PathBuf,
    /// Whether load may be levelled at this time of the day.
    pub levelling: bool,
    pub waiting: HashMap<u64, oneshot::Sender<Result<(), String>>>,
}

/// What woke the loop.
enum Woken {
    Group(Option<GroupEvent>),
    Event(Option<Event>),
    Query(Query),
    Scrape(Scrape),
    Reload,
    End(&'static str),
    Time,
}

struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

impl Loop {
    /// Runs until asked to end, or until a part of it has ended.
    ///
    /// # Errors
    ///
    /// A sentence, where it cannot go on.
    pub async fn run(mut self) -> Result<(), String> {
        let mut signals = Signals::new().map_err(|e| format!("signals: {e}"))?;
        let mut group = self
            .engine
            .receiver()
            .ok_or("the engine is in use already")?;
        let mut tick = clock::now();
        loop {
            self.engine.alive();
            let wake = Instant::now() + clock::until(tick);
            // Events of the engine come first: a member counts as silent only when nothing of it is waiting here.
            let woken = select! {
                biased;
                _ = signals.terminate.recv() => Woken::End("SIGTERM"),
                _ = signals.interrupt.recv() => Woken::End("SIGINT"),
                event = group.recv() => Woken::Group(event),
                event = self.events.recv() => Woken::Event(event),
                () = sleep_until(wake) => Woken::Time,
                Some(query) = self.queries.recv() => Woken::Query(query),
                Some(scrape) = self.scrapes.recv() => Woken::Scrape(scrape),
                _ = signals.hangup.recv() => Woken::Reload,
            };
            match woken {
                Woken::Group(Some(event)) => self.feed(Event::Engine(event)),
                Woken::Event(Some(event)) => self.feed(event),
                Woken::Time => {
                    self.look_at_the_hour();
                    self.remark();
                    self.feed(Event::Tick);
                    // A daemon whose kernel does not answer is no help: systemd may start it anew.
                    if self.agent.speaks_for_kernel(clock::now()) {
                        self.service.alive();
                    }
                }
                Woken::Query(query) => self.answer(query),
                Woken::Scrape(scrape) => {
                    let text = self.metrics.text(&self.agent.status(clock::now()));
                    // Whoever asked may have gone.
                    let _ = scrape.send(text);
                }
                Woken::Reload => self.reload(),
                Woken::End(why) => {
                    LogKind::Ends.log(format_args!(
                        "{why}: ends; the kernel serves on while its lease lasts"
                    ));
                    return Ok(());
                }
                Woken::Group(None) => return Err("the engine's thread has ended".into()),
                Woken::Event(None) => return Err("all sources of events have ended".into()),
            }
            tick = self.agent.wake_at();
        }
    }

    fn look_at_the_hour(&mut self) {
        let levelling = self.config.levels_now();
        if levelling != self.levelling {
            self.levelling = levelling;
            self.feed(Event::Levelling(levelling));
        }
    }

    fn feed(&mut self, event: Event) {
        let actions = self.agent.handle(clock::now(), event);
        for action in actions {
            self.notifier.note(&action);
            self.act(action);
        }
        self.notifier.look(&self.agent.held(clock::now()));
    }

    /// What `status` says of this program.
    fn remark(&mut self) {
        let failed = self.notifier.failed();
        if let Some(all) = self.remarks.look(failed, realtime::overruns()) {
            self.agent.remark(all);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Send(bytes) => self.engine.send(bytes),
            Action::Kernel(command) => self.kernel.order(Order::Command(command)),
            Action::GiveUp(buckets) => self.kernel.order(Order::GiveUp(buckets)),
            Action::EndSessions(buckets) => self.kernel.order(Order::EndSessions(buckets)),
            // For who is to be notified.
            Action::Broken(_) => {}
            Action::Watch(clients) => self.kernel.order(Order::Watch(clients)),
            Action::Master(master) => self.kernel.order(Order::Master(master)),
            Action::Present(present) => self.kernel.order(Order::Present(present)),
            Action::Mend => self.kernel.order(Order::Mend),
            Action::Keep(wishes) => {
                if let Err(e) = state_file::write(&self.wishes, &wishes) {
                    let wishes = self.wishes.display();
                    LogKind::NotKept.log(format_args!(
                        "{wishes}: {e}; what was asked for is forgotten at the next start"
                    ));
                }
            }
            Action::KeepGranted(granted) => {
                let path = state_file::granted_path(&self.config.file.name);
                if let Err(e) = state_file::write(&path, &state_file::Granted { granted }) {
                    let path = path.display();
                    LogKind::NotKept.log(format_args!(
                        "{path}: {e}; the next start waits for the longer leases of before once more"
                    ));
                }
            }
            Action::Answer { ticket, result } => {
                if let Some(asker) = self.waiting.remove(&ticket) {
                    let _ = asker.send(result);
                }
            }
            Action::Notice(notice) => self.publish(notice),
        }
    }

    fn publish(&mut self, notice: Notice) {
        let Notice { kind, node, text } = notice;
        // Whatever another node, Corosync or a program made of it.
        let text = printable(&text, SENTENCE);
        self.log(kind, node.as_deref().unwrap_or("-"), &text);
        self.metrics.event(kind);
        self.service.status(&text);
        // Nobody may be listening.
        let _ = self.published.send(ApiEvent {
            at: clock::wall(),
            kind: kind.name().into(),
            node,
            text,
        });
    }

    fn log(&mut self, kind: LogKind, about: &str, text: &str) {
        match self.restraint.line(clock::now()) {
            Line::LeftOut => return,
            Line::Logged(0) => {}
            Line::Logged(left_out) => LogKind::NotLogged.log(format_args!(
                "{left_out} events before this one were not logged"
            )),
        }
        kind.log_about(about, text);
    }

    fn answer(&mut self, query: Query) {
        let now = clock::now();
        // Whoever asked may have gone.
        match query {
            Query::Status(to) => drop(to.send(self.agent.status(now))),
            Query::Heat(to) => drop(to.send((self.agent.status(now), self.agent.heat()))),
            Query::ConfirmDead(name, to) => match self.agent.may_be_dead(&name) {
                Ok(node) => self.engine.confirm_dead(node.0, to),
                Err(why) => drop(to.send(Err(why))),
            },
            Query::Order(ApiOrder { node, wish }, to) => {
                let ticket = crate::random();
                self.waiting.insert(ticket, to);
                self.feed(Event::Order { ticket, node, wish });
            }
        }
    }

    /// Takes the file as it is now, if it may: checked whole before anything changes.
    fn reload(&mut self) {
        self.service.reloading();
        let fresh = self.config.again().and_then(|config| {
            let settings = config.settings();
            let taken = self.agent.takes_names_of(&settings);
            taken.map_err(|why| format!("{}: {why}", config.path.display()))?;
            Ok((config, settings))
        });
        match fresh {
            Ok((config, settings)) => {
                self.config = config;
                let file = (self.config.file.clone(), self.config.me.clone());
                self.kernel.order(Order::File(Box::new(file)));
                self.watch.set_checks(&self.config, &self.sender);
                self.notifier.reconfigure(&self.config);
                self.engine.nodes(self.config.engine_nodes());
                self.feed(Event::Settings(Box::new(settings)));
                // The settings' planner levels whatever the hour.
                self.levelling = true;
                self.publish(Notice {
                    kind: LogKind::Config,
                    node: None,
                    text: format!("{} is in force", self.config.path.display()),
                });
            }
            Err(sentence) => {
                LogKind::FileRefused
                    .log(format_args!("{sentence}; the file before stays in force"));
            }
        }
        self.service.ready();
    }
}

#[cfg(test)]
mod tests;
