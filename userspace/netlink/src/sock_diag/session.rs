// SPDX-License-Identifier: GPL-2.0-only

//! A TCP connection, as the kernel shows it.

use std::fmt;
use std::net::SocketAddr;

/// Bytes by which the kernel knows a connection: ports, addresses, an interface and a cookie, which no later connection has.
pub(super) const ID: usize = 48;

/// A connection. An IPv6 socket may have IPv4 clients; addresses are IPv4 then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The end here.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
    /// Its state.
    pub state: SessionState,
    /// Milliseconds since an end has sent data; none where that was not asked for, or the kernel does not know.
    pub idle: Option<u32>,
    /// Bytes that the other end has sent.
    pub received: u64,
    /// Bytes that it has acknowledged.
    pub sent: u64,
    pub(super) family: u8,
    pub(super) id: [u8; ID],
}

impl Session {
    /// One that no kernel has, for tests.
    pub fn sample(local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            local,
            remote,
            state: SessionState::Established,
            idle: Some(0),
            received: 0,
            sent: 0,
            family: 0,
            id: [0; ID],
        }
    }
}

/// A connection's state (RFC 9293, 3.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SessionState {
    /// Both ends may send.
    Established,
    /// This end has opened it, and no answer has come.
    SynSent,
    /// The other end has opened it, and this one's answer is under way.
    SynRecv,
    /// This end has closed, and that is not acknowledged.
    FinWait1,
    /// This end has closed.
    FinWait2,
    /// Both ends have closed.
    TimeWait,
    /// It is over.
    Close,
    /// The other end has closed.
    CloseWait,
    /// Both have closed, the other one first, and this one's close is not acknowledged.
    LastAck,
    /// It is no connection, but waits for some.
    Listen,
    /// Both have closed at once, and nothing is acknowledged.
    Closing,
    /// A state that is not known here.
    Unknown,
}

/// Them, by the kernel's numbers from 1.
const STATES: [(SessionState, &str); 12] = [
    (SessionState::Established, "established"),
    (SessionState::SynSent, "syn-sent"),
    (SessionState::SynRecv, "syn-recv"),
    (SessionState::FinWait1, "fin-wait-1"),
    (SessionState::FinWait2, "fin-wait-2"),
    (SessionState::TimeWait, "time-wait"),
    (SessionState::Close, "close"),
    (SessionState::CloseWait, "close-wait"),
    (SessionState::LastAck, "last-ack"),
    (SessionState::Listen, "listen"),
    (SessionState::Closing, "closing"),
    // TCP_NEW_SYN_RECV: a handshake, before there is a socket.
    (SessionState::SynRecv, "syn-recv"),
];

impl SessionState {
    pub(super) fn of(number: u8) -> Self {
        let at = usize::from(number).checked_sub(1);
        let found = at.and_then(|at| STATES.get(at));
        found.map_or(Self::Unknown, |(state, _)| *state)
    }

    /// Its name, as in `ss`.
    pub fn name(self) -> &'static str {
        let found = STATES.iter().find(|(state, _)| *state == self);
        found.map_or("unknown", |(_, name)| name)
    }

    /// The kernel's bits for those of these states.
    pub(super) fn bits(states: &[Self]) -> u32 {
        let numbered = (1..).zip(STATES);
        let bits = numbered.filter(|(_, (state, _))| states.contains(state));
        bits.fold(0, |all, (number, _)| all | (1 << number))
    }
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
