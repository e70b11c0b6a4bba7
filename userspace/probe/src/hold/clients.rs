// SPDX-License-Identifier: GPL-2.0-only

//! All clients in one process.

use crate::Outcome;
use crate::hold::control::Control;
use crate::hold::control::Order;
use crate::hold::control::Word;
use crate::hold::fresh::Fresh;
use crate::hold::held::Held;
use crate::hold::report::Report;
use crate::sources::Sources;
use crate::sys;
use mio::Events;
use mio::Interest;
use mio::Poll;
use mio::Token;
use mio::unix::SourceFd;
use std::io;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

#[derive(clap::Args)]
pub struct Args {
    /// Client addresses: FIRST-LAST,…
    #[arg(long)]
    pub sources: Sources<IpAddr>,
    /// Connections to hold from each address.
    #[arg(long, default_value_t = 1)]
    pub each: usize,
    /// The cluster's addresses, with commas; the first of a client's family is its server.
    #[arg(long, value_delimiter = ',', required = true)]
    to: Vec<IpAddr>,
    #[arg(long, default_value_t = 7000)]
    pub port: u16,
    /// Where the server ends connections.
    #[arg(long, default_value_t = 7001)]
    pub ending_port: u16,
    /// Milliseconds from one turn of a connection to its next.
    #[arg(long, default_value_t = 5000)]
    pub period: u64,
    /// Milliseconds without an answer after which a connection counts as broken.
    #[arg(long, default_value_t = 30000)]
    pub patience: u64,
    /// Open a connection that broke again, once.
    #[arg(long)]
    pub reopen: bool,
    /// New connections a second, a turn each.
    #[arg(long, default_value_t = 0)]
    pub fresh: u32,
    /// Let the server end new connections.
    #[arg(long)]
    pub server_ends: bool,
    /// Milliseconds after which the client does so too.
    #[arg(long, default_value_t = 0)]
    pub linger: u64,
    /// Local port of all new connections; 0: any.
    #[arg(long, default_value_t = 0)]
    pub fresh_from: u16,
    /// Where each new connection is written down.
    #[arg(long)]
    pub fresh_log: Option<String>,
    /// Unix socket to be told things by.
    #[arg(long)]
    control: String,
    /// Go to the background once all are open and answered, and print the process id.
    #[arg(long)]
    detach: bool,
}

impl Args {
    /// Where a client is served.
    pub fn server(&self, client: IpAddr, port: u16) -> Outcome<SocketAddr> {
        let like = |a: &&IpAddr| a.is_ipv4() == client.is_ipv4();
        let address = self.to.iter().find(like);
        let address = address.ok_or(format!("no --to of the family of {client}"))?;
        Ok((*address, port).into())
    }
}

/// Tokens of the connections that are held begin here, those of new ones there.
pub const HELD: usize = 1 << 20;
pub const FRESH: usize = 1 << 40;
const TOLD: Token = Token(0);
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

    /// One step of the loop; true when told to end by a signal.
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
                TOLD => return Ok(true),
                ORDER => self
                    .orders
                    .extend(control.map_or(Vec::new(), Control::orders)),
                Token(at) if at >= FRESH => self.fresh.event(at - FRESH, &mut self.report)?,
                Token(at) => self.held.event(at - HELD, &mut self.report),
            }
        }
        Ok(false)
    }

    fn tell(&mut self, order: Order) -> Outcome {
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
            match &order.word {
                Word::Report => return self.tell(order).map(|()| false),
                Word::Round => self.held.begin_round(),
                Word::Close(node) => self.held.close(node, &mut self.report),
                Word::End => self.fresh.stop(),
            }
            self.order = Some(order);
        }
        let Some(order) = &self.order else {
            return Ok(false);
        };
        let last = order.word == Word::End;
        if !self.held.is_settled() || (last && !self.fresh.is_settled()) {
            return Ok(false);
        }
        if let Some(order) = self.order.take() {
            self.tell(order)?;
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
    for (fd, token) in [(end.as_raw_fd(), TOLD), (control.fd(), ORDER)] {
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
