// SPDX-License-Identifier: GPL-2.0-only

//! The engine over datagrams of its own: sealed, over all networks that there are, with groups that it forms by itself.
//!
//! Corosync only names the nodes and their addresses, or the cluster file does. [`Peer`] is one node's part without I/O,
//! which simulations run as well; around it are a thread and sockets.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use mio::{Poll, Token, Waker};
use tokio::sync::mpsc;

use crate::outbox::Outbox;
use crate::{Confirmed, Engine, GroupEvent, Kind};

mod carrier;
mod contact;
mod device;
mod electorate;
mod events;
mod formation;
mod frames;
mod network;
mod nodelist;
mod nodes;
mod order;
mod peer;
mod places;
mod reachability;
mod seal;
mod server;
mod session;
mod settings;
mod streams;
mod thread;
mod timing;
mod votes;
mod watchdog;
#[doc(hidden)]
pub mod wire;

use events::Events;
use server::Server;
use watchdog::{Shown, Watchdog};

pub use electorate::{Electorate, MOST_VOTES};
pub use nodelist::{Listed, NodeList, named};
pub use nodes::FileNodes;
pub use peer::{Input, Output, Peer, Setup};
pub use places::MOST;
pub use seal::{Header, Key, LARGEST};
pub use session::Session;
pub use settings::Settings;
pub use timing::Timing;

/// So much may be unread.
const UNREAD: usize = 4096;
const WAKE: Token = Token(0);

/// A group of programs over datagrams.
pub struct Datagram {
    id: u32,
    outbox: Arc<Outbox>,
    shown: Arc<Shown>,
    waker: Waker,
    file_nodes: Sender<FileNodes>,
    confirmations: Sender<(u32, Confirmed)>,
    receiver: Option<mpsc::Receiver<GroupEvent>>,
}

impl Datagram {
    /// What it is.
    pub const KIND: Kind = Kind {
        name: "datagram",
        keeps_patience: true,
    };

    /// Begins to form a group as this node, as soon as Corosync has named the nodes.
    ///
    /// # Errors
    ///
    /// A sentence on why it cannot.
    pub fn start(settings: Settings) -> Result<Datagram, String> {
        let electorate = Electorate::new(settings.nodes.all.clone())?;
        let key = Key::new(&settings.secret, &settings.group)
            .ok_or("the nodes' key is too short: give 16 bytes or more")?;
        let setup = Setup {
            me: settings.id,
            electorate,
            session: session().map_err(|e| format!("there are no random numbers: {e}"))?,
            key,
            timing: settings.timing,
        };
        let lists = match &settings.nodes.addresses {
            Some(list) => Ok(nodelist::known(list)),
            None => nodelist::watch(),
        };
        let started = lists.and_then(|lists| Datagram::with(settings, setup, lists));
        started.map_err(|e| format!("the engine's thread does not start: {e}"))
    }

    fn with(
        settings: Settings,
        setup: Setup,
        lists: Receiver<Result<NodeList, String>>,
    ) -> io::Result<Datagram> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let (outbox, shown) = (Arc::new(Outbox::default()), Arc::new(Shown::default()));
        let watchdog = Watchdog::new(Arc::clone(&shown), settings.timing.patience);
        let (sender, receiver) = mpsc::channel(UNREAD);
        let (file_nodes, file_changes) = channel();
        let (confirmations, confirmed) = channel();
        let id = settings.id;
        let server = Server {
            settings,
            setup,
            poll,
            outbox: Arc::clone(&outbox),
            watchdog,
            events: Events::new(sender),
            lists,
            file_nodes: file_changes,
            confirmed,
        };
        std::thread::Builder::new()
            .name("datagram".to_owned())
            .spawn(move || thread::run(server))?;
        Ok(Datagram {
            id,
            outbox,
            shown,
            waker,
            file_nodes,
            confirmations,
            receiver: Some(receiver),
        })
    }

    /// The thread looks at the outbox within a second even if this fails.
    fn wake(&self) {
        let _ = self.waker.wake();
    }
}

fn session() -> io::Result<Session> {
    let mut bytes = [0; 16];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty())?;
    }
    Ok(Session(bytes))
}

impl Engine for Datagram {
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

    fn nodes(&self, nodes: FileNodes) {
        // Where the thread has ended there is nothing to change.
        let _ = self.file_nodes.send(nodes);
        self.wake();
    }

    fn confirm_dead(&self, node: u32, answer: Confirmed) {
        // Where the thread has ended nobody answers.
        let _ = self.confirmations.send((node, answer));
        self.wake();
    }

    fn alive(&self) {
        if self.shown.show() {
            self.wake();
        }
    }

    fn receiver(&mut self) -> Option<mpsc::Receiver<GroupEvent>> {
        self.receiver.take()
    }
}

impl Drop for Datagram {
    fn drop(&mut self) {
        // Nobody waits for the thread.
        self.outbox.end();
        self.wake();
    }
}

#[cfg(test)]
mod tests;
