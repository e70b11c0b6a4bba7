// SPDX-License-Identifier: GPL-2.0-only

//! The connections that are held, each with a turn once a period.

use crate::hold::args::Args;
use crate::hold::link::End;
use crate::hold::link::Link;
use crate::hold::report::Report;
use crate::outcome::Outcome;
use mio::Registry;
use mio::Token;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;
use std::time::Instant;

/// Their tokens begin here.
pub const HELD: usize = 1 << 20;
/// Handshakes under way at once.
const WINDOW: usize = 64;
/// Turns that a round takes in one step of the loop, lest all come at one moment.
const STRIDE: usize = 50;

struct Slot {
    source: IpAddr,
    to: SocketAddr,
    /// None: not open now.
    link: Option<Link>,
    /// What is waited for has this number; a deadline of an older one is void.
    serial: u64,
    since: Instant,
    /// Ends in order, and opens again.
    closing: bool,
    /// When the one before ended.
    broke: Option<Instant>,
}

pub struct Held {
    slots: Vec<Slot>,
    /// To be opened.
    queue: VecDeque<usize>,
    connecting: usize,
    waiting: usize,
    closing: usize,
    deadlines: VecDeque<(Instant, usize, u64)>,
    patience: Duration,
    /// Whose turn comes next, when, and how far the turns are from each other.
    cursor: usize,
    due: Instant,
    gap: Duration,
    /// How far the round is that takes a turn on each.
    round: Option<usize>,
    reopen: bool,
    /// Opens those again, too, that break before their first answer.
    persist: bool,
}

impl Held {
    pub fn new(args: &Args) -> Outcome<Self> {
        let now = Instant::now();
        let mut slots = Vec::new();
        for _ in 0..args.each {
            for &source in args.sources.addresses() {
                slots.push(Slot {
                    source,
                    to: args.server(source, args.port)?,
                    link: None,
                    serial: 0,
                    since: now,
                    closing: false,
                    broke: None,
                });
            }
        }
        Ok(Self {
            queue: (0..slots.len()).collect(),
            gap: Duration::from_millis(args.period) / slots.len().max(1) as u32,
            slots,
            connecting: 0,
            waiting: 0,
            closing: 0,
            deadlines: VecDeque::new(),
            patience: Duration::from_millis(args.patience),
            cursor: 0,
            due: now,
            round: None,
            reopen: args.reopen,
            persist: args.persist,
        })
    }

    /// Nothing is on its way.
    pub fn is_settled(&self) -> bool {
        let busy = self.queue.len() + self.connecting + self.waiting + self.closing;
        busy == 0 && self.round.is_none()
    }

    pub fn begin_round(&mut self) {
        self.round = Some(0);
    }

    /// From now on turns are due one after the other.
    pub fn begin_turns(&mut self) {
        self.due = Instant::now();
    }

    /// What is due now; `resting`: no turns but those of a round.
    pub fn step(&mut self, registry: &Registry, resting: bool, report: &mut Report) {
        while self.connecting < WINDOW {
            let Some(at) = self.queue.pop_front() else {
                break;
            };
            self.open(at, registry, report);
        }
        let now = Instant::now();
        if let Some(from) = self.round {
            let to = (from + STRIDE).min(self.slots.len());
            (from..to).for_each(|at| self.turn(at, report));
            self.round = (to < self.slots.len()).then_some(to);
        }
        while !resting && self.due <= now && !self.slots.is_empty() {
            self.turn(self.cursor, report);
            self.cursor = (self.cursor + 1) % self.slots.len();
            // Who was held up does not make up for it.
            self.due = (self.due + self.gap).max(now - Duration::from_secs(1));
        }
        while let Some(&(deadline, at, serial)) = self.deadlines.front() {
            if deadline > now {
                break;
            }
            self.deadlines.pop_front();
            let slot = &self.slots[at];
            let due = |l: &Link| !l.is_idle() || slot.closing;
            if slot.serial == serial && slot.link.as_ref().is_some_and(due) {
                self.ended(at, End::Silent, report);
            }
        }
    }

    /// How long there is nothing to do but wait for the servers.
    pub fn rest(&self, resting: bool) -> Duration {
        if self.round.is_some() {
            return Duration::from_millis(2);
        }
        let soon = Duration::from_millis(100);
        if resting || self.slots.is_empty() {
            return soon;
        }
        // A timer for each turn would be dear: those of some milliseconds go together.
        let due = self.due.saturating_duration_since(Instant::now());
        due.clamp(Duration::from_millis(10), soon)
    }

    fn await_answer(&mut self, at: usize) {
        let slot = &mut self.slots[at];
        slot.serial += 1;
        slot.since = Instant::now();
        let deadline = slot.since + self.patience;
        self.deadlines.push_back((deadline, at, slot.serial));
    }

    fn open(&mut self, at: usize, registry: &Registry, report: &mut Report) {
        let slot = &mut self.slots[at];
        slot.closing = false;
        let from = (slot.source, 0).into();
        match Link::open(from, slot.to, registry, Token(HELD + at)) {
            Ok(link) => {
                slot.link = Some(link);
                self.connecting += 1;
                self.await_answer(at);
            }
            Err(e) => {
                report.held.lost += 1;
                report.fault(format!("{}: {e}", slot.source));
            }
        }
    }

    fn turn(&mut self, at: usize, report: &mut Report) {
        let slot = &mut self.slots[at];
        let Some(link) = slot.link.as_mut() else {
            return;
        };
        if !link.is_idle() || slot.closing {
            return;
        }
        match link.take_turn() {
            Ok(()) => {
                self.waiting += 1;
                self.await_answer(at);
            }
            Err(end) => self.ended(at, end, report),
        }
    }

    /// Its socket is ready.
    pub fn event(&mut self, at: usize, report: &mut Report) {
        let Some(link) = self.slots.get_mut(at).and_then(|s| s.link.as_mut()) else {
            return;
        };
        let seen = match link.step() {
            Ok(seen) => seen,
            Err(end) => return self.ended(at, end, report),
        };
        if seen.connected {
            self.connecting -= 1;
            // Who the server is comes with the first answer.
            self.turn(at, report);
        }
        if seen.answered {
            self.answered(at, report);
        }
        match (seen.broke, seen.ended) {
            (Some(end), _) => self.ended(at, end, report),
            (None, true) => self.ended(at, End::Closed, report),
            (None, false) => {}
        }
    }

    fn answered(&mut self, at: usize, report: &mut Report) {
        self.waiting -= 1;
        let slot = &mut self.slots[at];
        let took = slot.since.elapsed().as_millis() as u64;
        report.held.answers += 1;
        report.held.slowest = report.held.slowest.max(took);
        report.held.slow += u64::from(took > 200);
        if let Some(broke) = slot.broke.take() {
            let took = broke.elapsed().as_millis() as u64;
            report.held.reopened += 1;
            report.held.slowest_reopened = report.held.slowest_reopened.max(took);
        }
        if slot.closing {
            self.shut(at, report);
        }
    }

    fn shut(&mut self, at: usize, report: &mut Report) {
        let result = self.slots[at].link.as_mut().map_or(Ok(()), Link::shut);
        match result {
            Ok(()) => self.await_answer(at),
            Err(end) => self.ended(at, end, report),
        }
    }

    /// Ends all connections with a node in order.
    pub fn close(&mut self, node: &str, report: &mut Report) {
        for at in 0..self.slots.len() {
            let slot = &mut self.slots[at];
            let Some(link) = slot.link.as_ref().filter(|l| l.node() == node) else {
                continue;
            };
            slot.closing = true;
            self.closing += 1;
            if link.is_idle() {
                self.shut(at, report);
            }
        }
    }

    /// The connection is no more.
    fn ended(&mut self, at: usize, end: End, report: &mut Report) {
        let slot = &mut self.slots[at];
        let Some(link) = slot.link.take() else {
            return;
        };
        let (idle, connecting) = (link.is_idle(), link.is_connecting());
        self.connecting -= usize::from(connecting);
        self.waiting -= usize::from(!idle && !connecting);
        self.closing -= usize::from(slot.closing);
        if slot.closing && idle && end == End::Closed {
            report.held.closed += 1;
            slot.broke = Some(Instant::now());
            self.queue.push_back(at);
            return;
        }
        let (held, node) = (&mut report.held, link.node());
        let local = link.local().map_or("?".into(), |a| a.to_string());
        let sentence = format!("{local} at {node}: {end:?} after {} turns", link.turns);
        // Its node failed between the handshake and the first answer.
        let tries_again = |broke: Instant| broke.elapsed() < 2 * self.patience;
        let again = !connecting && self.persist && slot.broke.is_some_and(tries_again);
        if !again && (connecting || link.turns == 0) {
            held.lost += 1;
        } else {
            held.broken += 1;
            *held.ends.entry(end).or_default() += 1;
            if !again {
                *held.broken_at.entry(node).or_default() += 1;
            }
            if self.reopen {
                slot.broke = slot.broke.or_else(|| Some(Instant::now()));
                self.queue.push_back(at);
            }
        }
        report.fault(sentence);
    }

    /// Counts what is there now.
    pub fn count(&self, report: &mut Report) {
        let (mut alive, mut nodes) = (0, std::collections::BTreeMap::new());
        for link in self.slots.iter().filter_map(|s| s.link.as_ref()) {
            if link.turns > 0 {
                alive += 1;
                *nodes.entry(link.node()).or_default() += 1;
            }
        }
        (report.held.alive, report.held.nodes) = (alive, nodes);
    }
}
