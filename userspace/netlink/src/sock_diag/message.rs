// SPDX-License-Identifier: GPL-2.0-only

//! Messages of sock_diag: `inet_diag_req_v2` and `inet_diag_msg` of `linux/inet_diag.h`.
//!
//! The crate for these, netlink-packet-sock-diag 0.5, does not build with Debian 13's compiler.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use netlink_packet_core::{
    DecodeError, NetlinkDeserializable, NetlinkHeader, NetlinkSerializable, NlasIterator,
};

use super::session::{ID, Session, SessionState};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const SOCK_DESTROY: u16 = 21;
const IPPROTO_TCP: u8 = 6;
/// Bytes of a request: family, protocol, extensions, padding, states, and a connection's.
pub(super) const REQUEST: usize = 8 + ID;
/// Where an answer has its connection, and where its attributes begin.
const ID_AT: usize = 4;
const ATTRIBUTES_AT: usize = 72;
/// The attribute that has `struct tcp_info`, and what of that is read.
const INFO: u16 = 2;
const LAST_DATA_SENT: usize = 44;
const LAST_DATA_RECEIVED: usize = 52;
const BYTES_ACKED: usize = 120;
const BYTES_RECEIVED: usize = 128;

/// Address families.
pub(super) const V4: u8 = 2;
pub(super) const V6: u8 = 10;

/// A request, or a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// All connections of a family in these states; with how they have been used.
    List { family: u8, states: u32, info: bool },
    /// This connection is to end.
    Destroy { family: u8, id: [u8; ID] },
    /// One that was asked for.
    Found(Session),
}

impl Message {
    pub fn destroy(session: &Session) -> Self {
        Self::Destroy {
            family: session.family,
            id: session.id,
        }
    }

    pub fn destroy_none() -> Self {
        Self::Destroy {
            family: V4,
            id: [0; ID],
        }
    }
}

impl NetlinkSerializable for Message {
    fn message_type(&self) -> u16 {
        match self {
            Self::Destroy { .. } => SOCK_DESTROY,
            Self::List { .. } | Self::Found(_) => SOCK_DIAG_BY_FAMILY,
        }
    }

    fn buffer_len(&self) -> usize {
        match self {
            Self::Found(_) => 0,
            Self::List { .. } | Self::Destroy { .. } => REQUEST,
        }
    }

    fn serialize(&self, buffer: &mut [u8]) {
        let (family, states, extensions, id) = match self {
            Self::List {
                family,
                states,
                info,
            } => (*family, *states, u8::from(*info) << (INFO - 1), [0; ID]),
            Self::Destroy { family, id } => (*family, 0, 0, *id),
            Self::Found(_) => return,
        };
        let head = [family, IPPROTO_TCP, extensions, 0];
        let bytes = head.into_iter().chain(states.to_ne_bytes()).chain(id);
        for (to, from) in buffer.iter_mut().zip(bytes) {
            *to = from;
        }
    }
}

impl NetlinkDeserializable for Message {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        if header.message_type != SOCK_DIAG_BY_FAMILY {
            return Err(format!("message type {} was not asked for", header.message_type).into());
        }
        let found = found(payload)?;
        found
            .map(Self::Found)
            .ok_or_else(|| DecodeError::from("a connection's answer is too short"))
    }
}

/// The connection that an answer has; none where it is too short.
fn found(payload: &[u8]) -> Result<Option<Session>, DecodeError> {
    let session = || {
        let [family, state] = *payload.first_chunk()?;
        let id: [u8; ID] = *payload.get(ID_AT..)?.first_chunk()?;
        let port = |at: usize| Some(u16::from_be_bytes(*id.get(at..)?.first_chunk()?));
        let address = |at: usize| address(family, id.get(at..)?);
        Some(Session {
            local: SocketAddr::new(address(4)?, port(0)?),
            remote: SocketAddr::new(address(20)?, port(2)?),
            state: SessionState::of(state),
            idle: None,
            received: 0,
            sent: 0,
            family,
            id,
        })
    };
    let Some(mut session) = session() else {
        return Ok(None);
    };
    for nla in NlasIterator::new(payload.get(ATTRIBUTES_AT..).unwrap_or_default()) {
        let nla = nla?;
        if nla.kind() == INFO {
            read_info(&mut session, nla.value());
        }
    }
    Ok(Some(session))
}

/// Older kernels have less of it.
fn read_info(session: &mut Session, info: &[u8]) {
    let u32_at = |at: usize| {
        let bytes = info.get(at..)?.first_chunk()?;
        Some(u32::from_ne_bytes(*bytes))
    };
    let u64_at = |at: usize| {
        let bytes = info.get(at..)?.first_chunk()?;
        Some(u64::from_ne_bytes(*bytes))
    };
    let (sent, received) = (u32_at(LAST_DATA_SENT), u32_at(LAST_DATA_RECEIVED));
    session.idle = sent
        .zip(received)
        .map(|(sent, received)| sent.min(received));
    session.sent = u64_at(BYTES_ACKED).unwrap_or(0);
    session.received = u64_at(BYTES_RECEIVED).unwrap_or(0);
}

fn address(family: u8, bytes: &[u8]) -> Option<IpAddr> {
    if family == V6 {
        let octets: [u8; 16] = *bytes.first_chunk()?;
        return Some(Ipv6Addr::from(octets).to_canonical());
    }
    let octets: [u8; 4] = *bytes.first_chunk()?;
    Some(Ipv4Addr::from(octets).into())
}
