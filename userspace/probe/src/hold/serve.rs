// SPDX-License-Identifier: GPL-2.0-only

//! The servers of all nodes in one process: a listener in each namespace.

use crate::hold::stream;
use crate::hold::stream::RECORD;
use crate::hold::stream::Stream;
use crate::outcome::Outcome;
use crate::sys;
use mio::Events;
use mio::Interest;
use mio::Poll;
use mio::Token;
use mio::net::TcpListener;
use mio::net::TcpStream;
use mio::unix::SourceFd;
use serde::Serialize;
use socket2::SockRef;
use socket2::TcpKeepalive;
use socket2::Type;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

#[derive(clap::Args)]
pub struct Args {
    /// Namespaces of the nodes; a node has its namespace's name.
    #[arg(long, value_delimiter = ',', required = true)]
    nodes: Vec<String>,
    /// Addresses to listen on; they need not be there yet.
    #[arg(long, value_delimiter = ',', required = true)]
    address: Vec<IpAddr>,
    /// Here the client ends a connection.
    #[arg(long, default_value_t = 7000)]
    port: u16,
    /// Here the server does, after its first answer.
    #[arg(long, default_value_t = 7001)]
    ending_port: u16,
    /// Connections that may wait to be accepted, and handshakes under way.
    #[arg(long, default_value_t = 4096)]
    backlog: i32,
    /// Seconds without a segment after which TCP asks whether the client is there still; 0: it never does.
    #[arg(long, default_value_t = 0)]
    keepalive: u64,
    /// Where the nodes' counts go at the end.
    #[arg(long)]
    out: String,
    /// Go to the background once ready, and print the process id.
    #[arg(long)]
    detach: bool,
}

/// A node's counts.
#[derive(Clone, Default, Serialize)]
struct Counts {
    accepted: u64,
    answers: u64,
    /// Ended by the client, with all that it sent received.
    closed: u64,
    /// Of them: bytes that do not belong there, ended within a turn, reset, any other end.
    wrong: u64,
    cut: u64,
    reset: u64,
    other: u64,
}

struct Listener {
    socket: TcpListener,
    node: String,
    ends: bool,
}

struct Connection {
    socket: TcpStream,
    node: String,
    /// The server ends it after its first answer.
    ends: bool,
    received: Stream,
    sent: Stream,
    /// Bytes of the turn that is under way.
    got: usize,
    answers: u64,
}

enum End {
    Closed,
    Wrong,
    Cut,
    Error(io::Error),
}

impl Connection {
    fn new(socket: TcpStream, client: SocketAddr, listener: &Listener) -> Self {
        Self {
            socket,
            node: listener.node.clone(),
            ends: listener.ends,
            received: Stream::from_client(client),
            sent: Stream::from_server(client),
            got: 0,
            answers: 0,
        }
    }

    /// An answer fits into the buffer of a connection that takes turns.
    fn answer(&mut self) -> io::Result<()> {
        let record = self.sent.record();
        if self.answers == 0 {
            let first = [&stream::name(&self.node)[..], &record].concat();
            self.socket.write_all(&first)?;
        } else {
            self.socket.write_all(&record)?;
        }
        self.answers += 1;
        if self.ends && self.answers == 1 {
            self.socket.shutdown(Shutdown::Write)?;
        }
        Ok(())
    }

    /// Takes all that is there.
    fn step(&mut self) -> Result<(), End> {
        let mut buf = [0; 4096];
        loop {
            match self.socket.read(&mut buf) {
                Ok(0) if self.got == 0 => return Err(End::Closed),
                Ok(0) => return Err(End::Cut),
                Ok(n) => {
                    if !self.received.accepts(&buf[..n]) {
                        return Err(End::Wrong);
                    }
                    self.got += n;
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(End::Error(e)),
            }
            while self.got >= RECORD {
                self.got -= RECORD;
                self.answer().map_err(End::Error)?;
            }
        }
    }
}

struct Servers {
    poll: Poll,
    listeners: Vec<Listener>,
    connections: HashMap<usize, Connection>,
    next: usize,
    keepalive: Option<TcpKeepalive>,
    counts: BTreeMap<String, Counts>,
}

const END: Token = Token(usize::MAX);

fn asking_after(seconds: u64) -> TcpKeepalive {
    let pause = Duration::from_secs(seconds);
    TcpKeepalive::new().with_time(pause).with_interval(pause)
}

impl Servers {
    fn open(args: &Args) -> Outcome<Self> {
        let mut listeners = Vec::new();
        for node in &args.nodes {
            sys::enter_netns(node)?;
            for (port, ends) in [(args.port, false), (args.ending_port, true)] {
                for &address in &args.address {
                    let failed = |e: io::Error| format!("{node} {address}:{port}: {e}");
                    let socket =
                        sys::bound(Type::STREAM, None, (address, port).into()).map_err(failed)?;
                    socket.listen(args.backlog).map_err(failed)?;
                    socket.set_nonblocking(true).map_err(failed)?;
                    listeners.push(Listener {
                        socket: TcpListener::from_std(socket.into()),
                        node: node.clone(),
                        ends,
                    });
                }
            }
        }
        let counts = args.nodes.iter().map(|n| (n.clone(), Counts::default()));
        Ok(Self {
            poll: Poll::new().map_err(|e| format!("poll: {e}"))?,
            next: listeners.len(),
            keepalive: (args.keepalive > 0).then(|| asking_after(args.keepalive)),
            listeners,
            connections: HashMap::new(),
            counts: counts.collect(),
        })
    }

    fn accept(&mut self, at: usize) -> io::Result<()> {
        let listener = &self.listeners[at];
        loop {
            let (mut socket, client) = match listener.socket.accept() {
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                // Gone before we looked: the client's business.
                Err(e) if e.kind() == ErrorKind::ConnectionAborted => continue,
                other => other?,
            };
            socket.set_nodelay(true)?;
            if let Some(asks) = &self.keepalive {
                SockRef::from(&socket).set_tcp_keepalive(asks)?;
            }
            let token = Token(self.next);
            self.poll
                .registry()
                .register(&mut socket, token, Interest::READABLE)?;
            self.connections
                .insert(self.next, Connection::new(socket, client, listener));
            self.next += 1;
            self.counts
                .entry(listener.node.clone())
                .or_default()
                .accepted += 1;
        }
    }

    fn step(&mut self, token: usize) {
        let Some(c) = self.connections.get_mut(&token) else {
            return;
        };
        let before = c.answers;
        let result = c.step();
        let counts = self.counts.entry(c.node.clone()).or_default();
        counts.answers += c.answers - before;
        match result {
            Ok(()) => return,
            Err(End::Closed) => counts.closed += 1,
            Err(End::Cut) => counts.cut += 1,
            Err(End::Error(e)) if e.kind() == ErrorKind::ConnectionReset => counts.reset += 1,
            Err(End::Error(_)) => counts.other += 1,
            Err(End::Wrong) => {
                counts.wrong += 1;
                // The client is to know at once.
                let _ = SockRef::from(&c.socket).set_linger(Some(Duration::ZERO));
            }
        }
        self.connections.remove(&token);
    }

    fn serve(&mut self) -> Outcome {
        let failed = |e: io::Error| format!("serving: {e}");
        let end = sys::end_signal()?;
        let registry = self.poll.registry();
        registry
            .register(&mut SourceFd(&end.as_raw_fd()), END, Interest::READABLE)
            .map_err(failed)?;
        for (at, listener) in self.listeners.iter_mut().enumerate() {
            registry
                .register(&mut listener.socket, Token(at), Interest::READABLE)
                .map_err(failed)?;
        }
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                other => other.map_err(failed)?,
            }
            for event in &events {
                match event.token() {
                    END => return Ok(()),
                    Token(at) if at < self.listeners.len() => self.accept(at).map_err(failed)?,
                    Token(at) => self.step(at),
                }
            }
        }
    }
}

pub fn run(args: &Args) -> Outcome {
    sys::raise_file_limit();
    let mut servers = Servers::open(args)?;
    if args.detach {
        sys::detach()?;
    }
    servers.serve()?;
    let text = serde_json::to_string(&servers.counts).map_err(|e| e.to_string())?;
    fs::write(&args.out, text).map_err(|e| format!("{}: {e}", args.out))
}
