// SPDX-License-Identifier: GPL-2.0-only

//! The thread that talks to Corosync: connects, listens, sends, and connects again.

use mio::unix::SourceFd;
use mio::{Interest, Token};

use super::link::Link;
use super::server::{End, Server};
use super::session::Session;
use crate::realtime;

const GROUP: Token = Token(1);
const QUORUM: Token = Token(2);

/// Runs until the engine is dropped, or nobody listens.
pub fn run(mut server: Server) {
    realtime::enter_if_allowed();
    loop {
        let link = Link::open(&server.group, server.id);
        let end = link
            .as_ref()
            .map_err(|why| End::Again(why.clone()))
            .and_then(|link| serve(&mut server, link));
        server.outbox.open(false);
        // Closed after the pause: libqb removes what a dead daemon left in /dev/shm only if its process is gone.
        if server.ended(end).and_then(|()| server.pause()).is_err() {
            return;
        }
    }
}

/// Serves a connection until it fails.
fn serve(server: &mut Server, link: &Link) -> Result<(), End> {
    let fds = link.fds()?;
    for (fd, token) in fds.iter().zip([GROUP, QUORUM]) {
        server
            .poll
            .registry()
            .register(&mut SourceFd(fd), token, Interest::READABLE)?;
    }
    let end = Session::new(server, link).run();
    for fd in &fds {
        // It may have been closed with the daemon's end.
        let _ = server.poll.registry().deregister(&mut SourceFd(fd));
    }
    end
}
