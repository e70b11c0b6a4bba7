// SPDX-License-Identifier: GPL-2.0-only

//! The thread that talks to Corosync: connects, listens, sends, and connects again.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use tokio::sync::mpsc;

use super::link::{Link, Notification};
use super::outbox::Outbox;
use super::standing::{Lost, Standing};
use crate::Heard;
use crate::frame::{Assembler, Parts};
use crate::sys::{Address, Event};

/// Between two attempts to connect.
const AGAIN: Duration = Duration::from_secs(1);
/// Between two looks at the votes: not all changes of them are told.
const VOTES: Duration = Duration::from_secs(1);
/// Until a part is offered again that Corosync did not take.
const REFUSED: Duration = Duration::from_millis(3);
/// Parts that are sent before the thread listens again.
const BURST: usize = 16;
const GROUP: Token = Token(1);
const QUORUM: Token = Token(2);

/// Why the thread leaves a connection.
enum End {
    /// Nobody listens any more.
    Stop,
    /// To make another one.
    Again(String),
}

impl From<String> for End {
    fn from(why: String) -> End {
        End::Again(why)
    }
}

impl From<Lost> for End {
    fn from(_: Lost) -> End {
        End::Again("messages came that nobody could be told: joining the group again".to_owned())
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Again(format!("waiting for corosync failed: {error}"))
    }
}

/// What the thread has.
pub struct Server {
    group: String,
    id: u32,
    poll: Poll,
    outbox: Arc<Outbox>,
    tell: mpsc::Sender<Heard>,
    /// Why there is no group, as it was told last. Empty if there is one.
    nothing: String,
    /// Numbers messages, over all connections.
    sent: u32,
}

impl Server {
    /// Before it runs.
    pub fn new(
        group: String,
        id: u32,
        poll: Poll,
        outbox: Arc<Outbox>,
        tell: mpsc::Sender<Heard>,
    ) -> Server {
        Server {
            group,
            id,
            poll,
            outbox,
            tell,
            nothing: String::new(),
            sent: 0,
        }
    }

    /// Runs until the engine is dropped, or nobody listens.
    pub fn run(mut self) {
        loop {
            let link = Link::open(&self.group, self.id);
            let end = link
                .as_ref()
                .map_err(|why| End::Again(why.clone()))
                .and_then(|link| self.serve(link));
            self.outbox.open(false);
            // Closed after the pause: libqb removes what a dead daemon left in /dev/shm only if its process is gone.
            if self.ended(end).and_then(|()| self.pause()).is_err() {
                return;
            }
        }
    }

    /// Tells why a connection has ended, if that is not told yet.
    fn ended(&mut self, end: Result<(), End>) -> Result<(), End> {
        match end {
            Err(End::Again(why)) if self.nothing != why => {
                self.nothing.clone_from(&why);
                self.tell
                    .blocking_send(Heard::Nothing(why))
                    .map_err(|_| End::Stop)
            }
            Ok(()) | Err(End::Again(_)) => Ok(()),
            Err(End::Stop) => Err(End::Stop),
        }
    }

    /// Waits before the next attempt.
    fn pause(&mut self) -> Result<(), End> {
        let until = Instant::now() + AGAIN;
        let mut events = Events::with_capacity(4);
        loop {
            if self.outbox.has_ended() || self.tell.is_closed() {
                return Err(End::Stop);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            wait(&mut self.poll, &mut events, left)?;
        }
    }

    /// Serves a connection until it fails.
    fn serve(&mut self, link: &Link) -> Result<(), End> {
        let fds = link.fds()?;
        for (fd, token) in fds.iter().zip([GROUP, QUORUM]) {
            self.poll
                .registry()
                .register(&mut SourceFd(fd), token, Interest::READABLE)?;
        }
        let mut session = Session::new(self, link);
        let end = session.run();
        for fd in &fds {
            // It may have been closed with the daemon's end.
            let _ = self.poll.registry().deregister(&mut SourceFd(fd));
        }
        end
    }
}

/// Waits for something to do. Signals end the wait early.
fn wait(poll: &mut Poll, events: &mut Events, left: Duration) -> io::Result<()> {
    match poll.poll(events, Some(left)) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        other => other,
    }
}

/// A connection being served.
struct Session<'a> {
    server: &'a mut Server,
    link: &'a Link,
    standing: Standing,
    assembler: Assembler<Address>,
    sending: Option<Parts>,
    /// Nodes of the ring, and whether it is quorate, as told last.
    nodes: Option<(Vec<u32>, bool)>,
    looked: Instant,
}

impl<'a> Session<'a> {
    fn new(server: &'a mut Server, link: &'a Link) -> Session<'a> {
        let standing = Standing::new(server.id, &server.nothing);
        let looked = Instant::now();
        Session {
            server,
            link,
            standing,
            assembler: Assembler::new(),
            sending: None,
            nodes: None,
            looked,
        }
    }

    fn run(&mut self) -> Result<(), End> {
        let mut events = Events::with_capacity(8);
        loop {
            // Lists first, sends then: what is sent is of the group that was told.
            while self.listen()? {}
            self.look_at_votes()?;
            if self.server.outbox.overflowed() {
                self.sending = None;
                let heard = self
                    .standing
                    .unsent("messages could not be sent to the group as fast as they came")?;
                self.tell(heard)?;
            }
            let left = self.send()?;
            if self.server.outbox.has_ended() || self.server.tell.is_closed() {
                return Err(End::Stop);
            }
            wait(&mut self.server.poll, &mut events, left)?;
        }
    }

    /// Takes what the daemon says next. Whether there was something.
    fn listen(&mut self) -> Result<bool, End> {
        let (quorum, group) = (self.link.next_of_quorum()?, self.link.next_of_group()?);
        let any = !quorum.is_empty() || !group.is_empty();
        for notification in quorum {
            self.take_quorum(notification)?;
        }
        for event in group {
            self.take_group(event)?;
        }
        Ok(any)
    }

    fn take_quorum(&mut self, notification: Notification) -> Result<(), End> {
        let Notification {
            ring,
            quorate,
            nodes,
        } = notification;
        // The ring first: asking for votes waits if the daemon does.
        let heard = self.standing.quorum(ring, quorate)?;
        self.tell(heard)?;
        self.nodes = Some((nodes, quorate));
        self.ask_for_votes()
    }

    fn take_group(&mut self, event: Event) -> Result<(), End> {
        let heard = match event {
            Event::Message(from, part) => {
                let message = self.assembler.take(from, &part);
                let message = message.and_then(|bytes| self.standing.message(from.node, bytes));
                message.into_iter().collect()
            }
            Event::Members(members, ring_follows) => {
                self.broken_off();
                self.standing.members(members, ring_follows)?
            }
            Event::Ring(ring) => {
                self.broken_off();
                self.standing.ring(ring)?
            }
        };
        self.tell(heard)
    }

    /// Messages of which a part was sent or has come are not to be had whole by all, now that the group changes.
    fn broken_off(&mut self) {
        self.assembler.clear();
        if self.sending.as_ref().is_some_and(Parts::is_begun) {
            self.sending = None;
        }
    }

    fn look_at_votes(&mut self) -> Result<(), End> {
        match self.looked.elapsed() >= VOTES {
            true => self.ask_for_votes(),
            false => Ok(()),
        }
    }

    fn ask_for_votes(&mut self) -> Result<(), End> {
        self.looked = Instant::now();
        let Some((nodes, quorate)) = &self.nodes else {
            return Ok(());
        };
        let votes = self.link.votes(self.server.id, nodes);
        let heard = self
            .standing
            .votes(votes.and_then(|votes| votes.quorum(*quorate)))?;
        self.tell(heard)
    }

    fn tell(&mut self, heard: Vec<Heard>) -> Result<(), End> {
        for heard in heard {
            match &heard {
                Heard::Group(_) => {
                    self.server.nothing.clear();
                    self.server.outbox.open(true);
                }
                Heard::Nothing(why) => {
                    self.server.nothing.clone_from(why);
                    self.server.outbox.open(false);
                    self.sending = None;
                }
                Heard::Message { .. } => {}
            }
            // Waits for whoever listens; Corosync keeps the messages meanwhile.
            self.server
                .tell
                .blocking_send(heard)
                .map_err(|_| End::Stop)?;
        }
        Ok(())
    }

    /// Sends what waits. How long the thread may wait then.
    fn send(&mut self) -> Result<Duration, End> {
        for _ in 0..BURST {
            let Some(part) = self.next_part() else {
                return Ok(VOTES.saturating_sub(self.looked.elapsed()));
            };
            if !self.link.send(&part)? {
                return Ok(REFUSED);
            }
            if let Some(parts) = &mut self.sending {
                parts.sent();
            }
        }
        Ok(Duration::ZERO)
    }

    fn next_part(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(part) = self.sending.as_ref().and_then(Parts::part) {
                return Some(part);
            }
            let bytes = self.server.outbox.next()?;
            self.server.sent = self.server.sent.wrapping_add(1);
            self.sending = Parts::new(self.server.sent, bytes);
        }
    }
}
