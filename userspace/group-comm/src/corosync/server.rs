// SPDX-License-Identifier: GPL-2.0-only

//! State of the thread that talks to Corosync, which is kept from one connection to the next.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Poll};
use tokio::sync::mpsc;

use super::membership::Lost;
use super::votes::InUse;
use crate::GroupEvent;
use crate::outbox::Outbox;

/// Between two attempts to connect.
const AGAIN: Duration = Duration::from_secs(1);

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
        End::Again("messages came that could not be delivered: joining the group again".to_owned())
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Again(format!("waiting for corosync failed: {error}"))
    }
}

/// What the thread has.
pub struct Server {
    /// The group's name.
    pub group: String,
    /// This node.
    pub id: u32,
    /// What it waits for.
    pub poll: Poll,
    /// What waits to be sent.
    pub outbox: Arc<Outbox>,
    /// Where events go.
    pub sender: mpsc::Sender<GroupEvent>,
    /// Why there is no group, as it was announced last. Empty if there is one.
    pub nothing: String,
    /// Numbers messages, over all connections.
    pub sent: u32,
    /// The votes that count.
    pub votes: InUse,
}

impl Server {
    /// Before it runs.
    pub fn new(
        group: String,
        id: u32,
        poll: Poll,
        outbox: Arc<Outbox>,
        sender: mpsc::Sender<GroupEvent>,
    ) -> Server {
        Server {
            group,
            id,
            poll,
            outbox,
            sender,
            nothing: String::new(),
            sent: 0,
            votes: InUse::default(),
        }
    }

    /// Announces why a connection has ended, if that is not done yet.
    pub fn ended(&mut self, end: Result<(), End>) -> Result<(), End> {
        match end {
            Err(End::Again(why)) if self.nothing != why => {
                self.nothing.clone_from(&why);
                self.sender
                    .blocking_send(GroupEvent::Nothing(why))
                    .map_err(|_| End::Stop)
            }
            Ok(()) | Err(End::Again(_)) => Ok(()),
            Err(End::Stop) => Err(End::Stop),
        }
    }

    /// Waits before the next attempt.
    pub fn pause(&mut self) -> Result<(), End> {
        let until = Instant::now() + AGAIN;
        let mut events = Events::with_capacity(4);
        loop {
            if self.outbox.has_ended() || self.sender.is_closed() {
                return Err(End::Stop);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            wait(&mut self.poll, &mut events, left)?;
        }
    }
}

/// Waits for something to do. Signals end the wait early.
pub fn wait(poll: &mut Poll, events: &mut Events, left: Duration) -> io::Result<()> {
    match poll.poll(events, Some(left)) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        other => other,
    }
}
