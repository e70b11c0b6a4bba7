// SPDX-License-Identifier: GPL-2.0-only

//! A client's connection: it takes turns with the server and checks each byte.

use crate::hold::stream;
use crate::hold::stream::NAME;
use crate::hold::stream::RECORD;
use crate::hold::stream::Stream;
use crate::sys;
use mio::Interest;
use mio::Registry;
use mio::Token;
use mio::net::TcpStream;
use socket2::TcpKeepalive;
use socket2::Type;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

/// Without a segment for so long, TCP asks whether the other is there still. Longer than from one turn to the next.
const SILENCE: Duration = Duration::from_secs(8);

/// Why a connection is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// By an RST.
    Reset,
    /// By the server, without being asked for it.
    Closed,
    /// No answer in time.
    Silent,
    /// A byte that does not belong there.
    Wrong,
    /// Any other error.
    Other,
}

impl From<io::Error> for End {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            // A socket that has got the other's FIN reports an RST as a broken pipe.
            ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused | ErrorKind::BrokenPipe => {
                Self::Reset
            }
            ErrorKind::TimedOut => Self::Silent,
            _ => Self::Other,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Connecting,
    Idle,
    /// An answer is due.
    Waiting,
}

/// What an event was.
#[derive(Default)]
pub struct Seen {
    pub connected: bool,
    pub answered: bool,
    /// The server will send no more.
    pub ended: bool,
    /// It is no more, and why.
    pub broke: Option<End>,
}

pub struct Link {
    socket: TcpStream,
    sent: Stream,
    received: Stream,
    state: State,
    /// The server's name, once it is whole.
    head: Vec<u8>,
    got: usize,
    pub turns: u64,
}

impl Link {
    /// Port 0 is any.
    pub fn open(
        from: SocketAddr,
        to: SocketAddr,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let socket = sys::bound(Type::STREAM, None, from)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        // Who waits for an answer that got lost on its way has nothing to send: it asks after the other now and then.
        let asks = TcpKeepalive::new()
            .with_time(SILENCE)
            .with_interval(SILENCE);
        socket.set_tcp_keepalive(&asks)?;
        match socket.connect(&to.into()) {
            Err(e) if e.raw_os_error() != Some(libc::EINPROGRESS) => return Err(e),
            _ => {}
        }
        let mut socket = TcpStream::from_std(socket.into());
        let client = socket.local_addr()?;
        registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            socket,
            sent: Stream::from_client(client),
            received: Stream::from_server(client),
            state: State::Connecting,
            head: Vec::new(),
            got: 0,
            turns: 0,
        })
    }

    /// The server's name, empty until it has answered.
    pub fn node(&self) -> String {
        stream::parse_name(&self.head)
    }

    pub fn local(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    pub fn is_connecting(&self) -> bool {
        self.state == State::Connecting
    }

    /// Takes the client's turn. A record fits into the buffer of a connection that takes turns.
    pub fn take_turn(&mut self) -> Result<(), End> {
        let record = self.sent.record();
        self.socket.write_all(&record)?;
        self.state = State::Waiting;
        Ok(())
    }

    /// The client has sent all.
    pub fn shut(&mut self) -> Result<(), End> {
        Ok(self.socket.shutdown(Shutdown::Write)?)
    }

    /// Whether the server knows that the client has sent all, and the kernel is done with the connection.
    pub fn is_over(&self) -> Result<bool, End> {
        if let Some(e) = self.socket.take_error()? {
            return Err(e.into());
        }
        sys::tcp_is_closed(self.socket.as_raw_fd()).map_err(|_| End::Other)
    }

    /// Connected when the kernel has it so: an event may be an older one's.
    fn connect(&mut self) -> Result<bool, End> {
        if let Some(e) = self.socket.take_error()? {
            return Err(e.into());
        }
        match self.socket.peer_addr() {
            Ok(_) => {
                self.state = State::Idle;
                Ok(true)
            }
            Err(e) if e.kind() == ErrorKind::NotConnected => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Takes all that is there.
    pub fn step(&mut self) -> Result<Seen, End> {
        let mut seen = Seen::default();
        if self.state == State::Connecting {
            seen.connected = self.connect()?;
            return Ok(seen);
        }
        let mut buf = [0; 4096];
        loop {
            match self.socket.read(&mut buf) {
                Ok(0) => {
                    seen.ended = true;
                    return Ok(seen);
                }
                Ok(n) => match self.take(&buf[..n]) {
                    Ok(answered) => seen.answered |= answered,
                    Err(end) => seen.broke = Some(end),
                },
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(seen),
                Err(e) => seen.broke = Some(e.into()),
            }
            // An answer that came before the end counts.
            if seen.broke.is_some() {
                return Ok(seen);
            }
        }
    }

    /// True when this makes the answer whole.
    fn take(&mut self, bytes: &[u8]) -> Result<bool, End> {
        let (head, body) = bytes.split_at(bytes.len().min(NAME - self.head.len()));
        self.head.extend(head);
        if body.is_empty() {
            return Ok(false);
        }
        self.got += body.len();
        if self.state != State::Waiting || self.got > RECORD || !self.received.accepts(body) {
            return Err(End::Wrong);
        }
        if self.got < RECORD {
            return Ok(false);
        }
        self.got = 0;
        self.turns += 1;
        self.state = State::Idle;
        Ok(true)
    }
}
