// SPDX-License-Identifier: GPL-2.0-only

//! All clients in one process.

use crate::hold::args::Args;
use crate::hold::control::Command;
use crate::hold::control::Control;
use crate::hold::control::Order;
use crate::hold::fresh::FRESH;
use crate::hold::fresh::Fresh;
use crate::hold::held::HELD;
use crate::hold::held::Held;
use crate::hold::report::Report;
use crate::outcome::Outcome;
use crate::sys;
use mio::Events;
use mio::Interest;
use mio::Poll;
use mio::Token;
use mio::unix::SourceFd;
use std::io;
use std::io::ErrorKind;
use std::os::fd::AsRawFd;

const END: Token = Token(0);
const ORDER: Token = Token(1);

fn failed(e: io::Error) -> String {
    format!("clients: {e}")
}

struct Clients {
    poll: Poll,
    events: Events,
    held: Held,
    fresh: Fresh,
    report: Report,
    orders: Vec<Order>,
    /// What is being done, and for whom.
    order: Option<Order>,
}

impl Clients {
    fn new(args: &Args) -> Outcome<Self> {
        Ok(Self {
            poll: Poll::new().map_err(failed)?,
            events: Events::with_capacity(1024),
            held: Held::new(args)?,
            fresh: Fresh::new(args)?,
            report: Report::default(),
            orders: Vec::new(),
            order: None,
        })
    }

    /// One step of the loop; true when a signal ends it.
    fn step(&mut self, control: Option<&Control>, starting: bool) -> Outcome<bool> {
        let registry = self.poll.registry();
        let resting = starting || self.order.is_some();
        self.held.step(registry, resting, &mut self.report);
        let mut rest = self.held.rest(resting);
        if !starting {
            self.fresh.step(registry, &mut self.report)?;
            rest = rest.min(self.fresh.rest());
        }
        match self.poll.poll(&mut self.events, Some(rest)) {
            Err(e) if e.kind() == ErrorKind::Interrupted => return Ok(false),
            other => other.map_err(failed)?,
        }
        for event in &self.events {
            match event.token() {
                END => return Ok(true),
                ORDER => self
                    .orders
                    .extend(control.map_or(Vec::new(), Control::orders)),
                Token(at) if at >= FRESH => self.fresh.event(at - FRESH, &mut self.report)?,
                Token(at) => self.held.event(at - HELD, &mut self.report),
            }
        }
        Ok(false)
    }

    fn report(&mut self, order: Order) -> Outcome {
        self.held.count(&mut self.report);
        self.fresh.flush()?;
        let text = serde_json::to_string(&self.report).map_err(|e| e.to_string())?;
        order.answer(&text);
        Ok(())
    }

    /// Begins the next order, ends the one that is done. True when there is nothing to do any more.
    fn obey(&mut self) -> Outcome<bool> {
        if self.order.is_none() && !self.orders.is_empty() {
            let order = self.orders.remove(0);
            match &order.command {
                Command::Report => return self.report(order).map(|()| false),
                Command::Round => self.held.begin_round(),
                Command::Close(node) => self.held.close(node, &mut self.report),
                Command::End => self.fresh.stop(),
            }
            self.order = Some(order);
        }
        let Some(order) = &self.order else {
            return Ok(false);
        };
        let last = order.command == Command::End;
        if !self.held.is_settled() || (last && !self.fresh.is_settled()) {
            return Ok(false);
        }
        if let Some(order) = self.order.take() {
            self.report(order)?;
        }
        if !last {
            self.held.begin_turns();
        }
        Ok(last)
    }
}

pub fn run(args: &Args) -> Outcome {
    sys::raise_file_limit();
    let control = Control::open(&args.control)?;
    let mut clients = Clients::new(args)?;
    while !clients.held.is_settled() {
        clients.step(None, true)?;
    }
    if clients.report.held.lost + clients.report.held.broken > 0 {
        return Err(format!(
            "not all could be opened: {}",
            clients.report.faults.join("; ")
        ));
    }
    let end = sys::end_signal()?;
    if args.detach {
        sys::detach()?;
    }
    let registry = clients.poll.registry();
    for (fd, token) in [(end.as_raw_fd(), END), (control.fd(), ORDER)] {
        registry
            .register(&mut SourceFd(&fd), token, Interest::READABLE)
            .map_err(failed)?;
    }
    clients.held.begin_turns();
    clients.fresh.begin();
    while !clients.step(Some(&control), false)? {
        if clients.obey()? {
            break;
        }
    }
    Ok(())
}
