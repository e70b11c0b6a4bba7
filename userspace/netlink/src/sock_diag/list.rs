// SPDX-License-Identifier: GPL-2.0-only

//! A list of connections, read as far as somebody wants.

use std::time::{Duration, Instant};

use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr};

use super::message::{Message, V4, V6};
use super::session::{Session, SessionState};
use crate::connection::messages;
use crate::error::{Error, Refusal};
use crate::extack::Extack;

/// The kernel packs a list into buffers as long as the reader's, up to this.
const BUFFER: usize = 32 * 1024;
/// States in which a client may have a use for a connection. Not of handshakes: a flood of SYNs is no list of sessions, and no
/// client waits with one for longer than some seconds.
const IN_USE: [SessionState; 6] = [
    SessionState::Established,
    SessionState::FinWait1,
    SessionState::FinWait2,
    SessionState::CloseWait,
    SessionState::LastAck,
    SessionState::Closing,
];

/// How far a list is read. What comes after is left out: measuring must not become load itself.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections of one address family.
    pub most: u32,
    /// Time for one address family.
    pub time: Duration,
}

impl Bounds {
    /// To the end.
    pub const NONE: Self = Self {
        most: u32::MAX,
        time: Duration::MAX,
    };
}

/// Which connections are wanted.
#[derive(Clone, Copy, Debug)]
pub struct List {
    states: u32,
    info: bool,
    bounds: Bounds,
}

impl List {
    /// Those that are established, within bounds; their ends only.
    pub fn established(bounds: Bounds) -> Self {
        Self {
            states: SessionState::bits(&[SessionState::Established]),
            info: false,
            bounds,
        }
    }

    /// All that have not ended, and how they have been used.
    pub fn in_use() -> Self {
        Self {
            states: SessionState::bits(&IN_USE),
            info: true,
            bounds: Bounds::NONE,
        }
    }

    /// Calls `each` with each of them.
    ///
    /// # Errors
    ///
    /// What the kernel refuses, or an answer that is none.
    pub fn each(&self, mut each: impl FnMut(Session)) -> Result<(), Error> {
        for family in [V4, V6] {
            self.of(family, &mut each)?;
        }
        Ok(())
    }

    /// A socket of its own for each list: closing it ends one that is not read to its end.
    fn of(&self, family: u8, each: &mut impl FnMut(Session)) -> Result<(), Error> {
        let began = Instant::now();
        let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
        socket.bind_auto()?;
        socket.send_to(&self.request(family), &SocketAddr::new(0, 0), 0)?;
        let mut buffer = vec![0; BUFFER];
        let mut left = self.bounds.most;
        while left > 0 && began.elapsed() < self.bounds.time {
            let mut free = buffer.as_mut_slice();
            let (length, sender) = match socket.recv_from(&mut free, 0) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                received => received?,
            };
            // Another process may send to this socket; only the kernel is port 0.
            if sender.port_number() != 0 {
                continue;
            }
            if !read(buffer.get(..length).unwrap_or_default(), &mut left, each)? {
                break;
            }
        }
        Ok(())
    }

    fn request(&self, family: u8) -> Vec<u8> {
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | NLM_F_DUMP;
        let payload = NetlinkPayload::InnerMessage(Message::List {
            family,
            states: self.states,
            info: self.info,
        });
        let mut message = NetlinkMessage::new(header, payload);
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        bytes
    }
}

/// Takes a received buffer apart; returns whether more is to come.
pub(super) fn read(
    bytes: &[u8],
    left: &mut u32,
    each: &mut impl FnMut(Session),
) -> Result<bool, Error> {
    for message in messages::<Message>(bytes) {
        match message?.payload {
            NetlinkPayload::InnerMessage(Message::Found(session)) => {
                each(session);
                *left = left.saturating_sub(1);
            }
            NetlinkPayload::Error(refused) => return accepted(refused.raw_code()).map(|()| true),
            NetlinkPayload::Done(done) => return accepted(done.code).map(|()| false),
            _ => {}
        }
    }
    Ok(true)
}

fn accepted(code: i32) -> Result<(), Error> {
    match code {
        0 => Ok(()),
        code => Err(Error::Refused(Refusal {
            errno: code.saturating_abs(),
            extack: Extack::default(),
        })),
    }
}
