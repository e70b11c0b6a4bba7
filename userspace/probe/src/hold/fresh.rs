// SPDX-License-Identifier: GPL-2.0-only

//! Connections that come and go: a turn each, then an end that both sides see.

use crate::hold::args::Args;
use crate::hold::link::End;
use crate::hold::link::Link;
use crate::hold::log;
use crate::hold::log::Entry;
use crate::hold::report::Report;
use crate::outcome::Outcome;
use mio::Registry;
use mio::Token;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;
use std::time::Instant;

/// Tokens of new connections begin here, after those of the connections that are held.
pub const FRESH: usize = 1 << 40;

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Handshake and turn.
    Talking,
    /// The server has ended, the client does so at this time.
    Lingering(Instant),
    /// The client has ended, the server is to.
    Leaving,
    /// Both have; the kernel waits for the last segment.
    Over,
}

struct One {
    link: Link,
    source: IpAddr,
    state: State,
    opened: Instant,
    deadline: Instant,
    began: u64,
    connected: u64,
}

pub struct Fresh {
    sources: Vec<(IpAddr, SocketAddr)>,
    open: BTreeMap<usize, One>,
    next: usize,
    due: Instant,
    gap: Option<Duration>,
    patience: Duration,
    linger: Duration,
    server_ends: bool,
    /// Local port of all; 0: any.
    from: u16,
    log: Option<BufWriter<File>>,
}

impl Fresh {
    pub fn new(args: &Args) -> Outcome<Self> {
        let port = if args.server_ends {
            args.ending_port
        } else {
            args.port
        };
        let mut sources = Vec::new();
        for &source in args.sources.addresses() {
            sources.push((source, args.server(source, port)?));
        }
        let log = match &args.fresh_log {
            Some(path) => Some(File::create(path).map_err(|e| format!("{path}: {e}"))?),
            None => None,
        };
        Ok(Self {
            sources,
            open: BTreeMap::new(),
            next: 0,
            due: Instant::now(),
            gap: (args.fresh > 0).then(|| Duration::from_secs(1) / args.fresh.max(1)),
            patience: Duration::from_millis(args.patience),
            linger: Duration::from_millis(args.linger),
            server_ends: args.server_ends,
            from: args.fresh_from,
            log: log.map(BufWriter::new),
        })
    }

    pub fn is_settled(&self) -> bool {
        self.open.is_empty()
    }

    /// From now on they are due one after the other.
    pub fn begin(&mut self) {
        self.due = Instant::now();
    }

    pub fn stop(&mut self) {
        self.gap = None;
    }

    pub fn flush(&mut self) -> Outcome {
        self.log
            .as_mut()
            .map_or(Ok(()), |l| l.flush())
            .map_err(|e| format!("log: {e}"))
    }

    pub fn step(&mut self, registry: &Registry, report: &mut Report) -> Outcome {
        let now = Instant::now();
        while let Some(gap) = self.gap {
            if self.due > now || self.sources.is_empty() {
                break;
            }
            self.due = (self.due + gap).max(now - Duration::from_secs(1));
            self.open_next(registry, report);
        }
        let late: Vec<usize> = self.open.keys().copied().collect();
        for number in late {
            self.attend(number, now, report)?;
        }
        Ok(())
    }

    pub fn rest(&self) -> Duration {
        let soon = Duration::from_millis(100);
        if self
            .open
            .values()
            .any(|o| matches!(o.state, State::Over | State::Lingering(_)))
        {
            return soon / 4;
        }
        let due = self.due.saturating_duration_since(Instant::now());
        self.gap
            .map_or(soon, |_| due.clamp(Duration::from_millis(5), soon))
    }

    fn open_next(&mut self, registry: &Registry, report: &mut Report) {
        let (source, to) = self.sources[self.next % self.sources.len()];
        let number = self.next;
        self.next += 1;
        // With one port, a source has one connection at a time.
        if self.from != 0 && self.open.values().any(|o| o.source == source) {
            return;
        }
        let (opened, began) = (Instant::now(), log::now());
        match Link::open(
            (source, self.from).into(),
            to,
            registry,
            Token(FRESH + number),
        ) {
            Ok(link) => {
                let one = One {
                    link,
                    source,
                    state: State::Talking,
                    opened,
                    deadline: opened + self.patience,
                    began,
                    connected: 0,
                };
                self.open.insert(number, one);
                report.fresh.opened += 1;
            }
            Err(e) => {
                report.fresh.broken += 1;
                report.fault(format!("new from {source}: {e}"));
            }
        }
    }

    /// What time brings: deadlines, ends that are due, ends that are over.
    fn attend(&mut self, number: usize, now: Instant, report: &mut Report) -> Outcome {
        let Some(one) = self.open.get_mut(&number) else {
            return Ok(());
        };
        let result = match one.state {
            State::Lingering(until) if until <= now => {
                one.state = State::Over;
                one.link.shut().map(|()| false)
            }
            State::Over => one.link.is_over(),
            _ => Ok(false),
        };
        let late = one.deadline <= now;
        match result {
            Ok(true) => self.done(number, None, report),
            Ok(false) if late => self.done(number, Some(End::Silent), report),
            Ok(false) => Ok(()),
            Err(end) => self.done(number, Some(end), report),
        }
    }

    pub fn event(&mut self, number: usize, report: &mut Report) -> Outcome {
        let Some(one) = self.open.get_mut(&number) else {
            return Ok(());
        };
        // What is left is the kernel's business, and looked at now and then.
        if one.state == State::Over {
            return Ok(());
        }
        match Self::advance(one, self.server_ends, self.linger, report) {
            Ok(false) => Ok(()),
            Ok(true) => self.done(number, None, report),
            Err(end) => self.done(number, Some(end), report),
        }
    }

    /// True when all has ended in order.
    fn advance(
        one: &mut One,
        server_ends: bool,
        linger: Duration,
        report: &mut Report,
    ) -> Result<bool, End> {
        let seen = one.link.step()?;
        if let Some(end) = seen.broke {
            return Err(end);
        }
        if seen.connected {
            one.connected = log::now();
            let took = one.opened.elapsed().as_millis() as u64;
            report.fresh.slowest = report.fresh.slowest.max(took);
            // The first SYN is sent again after a second.
            report.fresh.again += u64::from(took >= 900);
            one.link.take_turn()?;
        }
        if seen.answered && !server_ends {
            one.link.shut()?;
            one.state = State::Leaving;
        }
        match (seen.ended, one.state, server_ends && one.link.turns == 1) {
            (false, ..) => Ok(false),
            (true, State::Leaving, _) => Ok(true),
            (true, State::Talking, true) => {
                one.state = State::Lingering(Instant::now() + linger);
                Ok(false)
            }
            (true, State::Lingering(_), _) => Ok(false),
            _ => Err(End::Closed),
        }
    }

    fn done(&mut self, number: usize, end: Option<End>, report: &mut Report) -> Outcome {
        let Some(one) = self.open.remove(&number) else {
            return Ok(());
        };
        let node = one.link.node();
        match end {
            None => {
                report.fresh.good += 1;
                *report.fresh.nodes.entry(node.clone()).or_default() += 1;
            }
            Some(end) => {
                report.fresh.broken += 1;
                *report.fresh.ends.entry(end).or_default() += 1;
                let turns = one.link.turns;
                let sentence = format!(
                    "new from {} at \"{node}\": {end:?} after {turns} turns",
                    one.source
                );
                report.fault(sentence);
            }
        }
        if let Some(log) = &mut self.log {
            let entry = Entry {
                source: one.source,
                began: one.began,
                connected: one.connected,
                node,
            };
            writeln!(log, "{entry}").map_err(|e| format!("log: {e}"))?;
        }
        Ok(())
    }
}
