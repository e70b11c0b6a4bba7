// SPDX-License-Identifier: GPL-2.0-only

//! The engine over Corosync: CPG for messages and members, votequorum for the quorum.
//!
//! A thread talks to the daemon, as each of its calls waits for as long as the daemon stands still. While it does,
//! nothing is received; a lease has to end by itself then.

use std::io;
use std::sync::Arc;

use mio::{Poll, Token, Waker};
use tokio::sync::mpsc;

use crate::outbox::Outbox;
use crate::{Engine, GroupEvent, Kind};

mod asked;
mod device;
mod link;
mod membership;
mod server;
mod session;
mod thread;
mod token;
mod votes;

use server::Server;

pub use device::{Device, device};
pub use token::token;

/// So much may be unread. Then the thread waits, and with it Corosync's messages.
const UNREAD: usize = 4096;
/// Longest name of a cluster, so that its group's name is one for CPG.
const LONGEST_NAME: usize = 120;
const WAKE: Token = Token(0);

/// A group of programs on Corosync.
pub struct Corosync {
    id: u32,
    outbox: Arc<Outbox>,
    waker: Waker,
    receiver: Option<mpsc::Receiver<GroupEvent>>,
}

impl Corosync {
    /// What it is.
    pub const KIND: Kind = Kind::new("corosync");

    /// Joins the group of this name as this node, as soon as Corosync answers, and again whenever it went away.
    pub fn start(name: &str, id: u32) -> io::Result<Corosync> {
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains('\0') {
            let sentence = format!(
                "the cluster's name is to have 1 to {LONGEST_NAME} bytes: name it otherwise"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
        }
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let outbox = Arc::new(Outbox::default());
        let (sender, receiver) = mpsc::channel(UNREAD);
        let server = Server::new(format!("ssi:{name}"), id, poll, Arc::clone(&outbox), sender);
        std::thread::Builder::new()
            .name("corosync".to_owned())
            .spawn(move || thread::run(server))?;
        Ok(Corosync {
            id,
            outbox,
            waker,
            receiver: Some(receiver),
        })
    }

    /// The thread looks at the outbox within a second even if this fails.
    fn wake(&self) {
        let _ = self.waker.wake();
    }
}

impl Engine for Corosync {
    fn id(&self) -> u32 {
        self.id
    }

    fn kind(&self) -> Kind {
        Self::KIND
    }

    fn send(&self, bytes: Vec<u8>) {
        self.outbox.put(bytes);
        self.wake();
    }

    fn receiver(&mut self) -> Option<mpsc::Receiver<GroupEvent>> {
        self.receiver.take()
    }
}

impl Drop for Corosync {
    fn drop(&mut self) {
        // Nobody waits for the thread: the daemon may stand still.
        self.outbox.end();
        self.wake();
    }
}
