// SPDX-License-Identifier: GPL-2.0-only

//! The thread that talks to Corosync: connects, listens, sends, and connects again.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use tokio::sync::mpsc;

use super::link::Link;
use super::membership::Lost;
use super::outbox::Outbox;
use super::session::Session;
use crate::Heard;

/// Between two attempts to connect.
const AGAIN: Duration = Duration::from_secs(1);
const GROUP: Token = Token(1);
const QUORUM: Token = Token(2);

/// Why the thread leaves a connection.
pub enum End {
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
    /// This node.
    pub id: u32,
    /// What it waits for.
    pub poll: Poll,
    /// What waits to be sent.
    pub outbox: Arc<Outbox>,
    /// Where it is told what is heard.
    pub tell: mpsc::Sender<Heard>,
    /// Why there is no group, as it was told last. Empty if there is one.
    pub nothing: String,
    /// Numbers messages, over all connections.
    pub sent: u32,
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
pub fn wait(poll: &mut Poll, events: &mut Events, left: Duration) -> io::Result<()> {
    match poll.poll(events, Some(left)) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        other => other,
    }
}
