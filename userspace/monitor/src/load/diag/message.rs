// SPDX-License-Identifier: GPL-2.0-only

//! Messages of sock_diag: `inet_diag_req_v2` and `inet_diag_msg` of `linux/inet_diag.h`.
//!
//! The crate for these, netlink-packet-sock-diag 0.5, does not build with Debian 13's compiler.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{DecodeError, NetlinkDeserializable, NetlinkHeader, NetlinkSerializable};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const IPPROTO_TCP: u8 = 6;
const ESTABLISHED: u32 = 1 << 1;
/// Bytes of a request: family, protocol, extensions, padding, states, and a socket's 48, all 0 for any.
const REQUEST: usize = 56;
/// Where the addresses are in an answer, behind four bytes and two ports.
const LOCAL: usize = 8;
const REMOTE: usize = 24;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    const fn number(self) -> u8 {
        match self {
            Self::V4 => 2,
            Self::V6 => 10,
        }
    }
}

/// "All established TCP connections of a family", or one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    Request(Family),
    Found { local: IpAddr, remote: IpAddr },
}

impl NetlinkSerializable for Message {
    fn message_type(&self) -> u16 {
        SOCK_DIAG_BY_FAMILY
    }

    fn buffer_len(&self) -> usize {
        match self {
            Self::Request(_) => REQUEST,
            Self::Found { .. } => 0,
        }
    }

    fn serialize(&self, buffer: &mut [u8]) {
        if let Self::Request(family) = self {
            let head = [family.number(), IPPROTO_TCP, 0, 0];
            let bytes = head.into_iter().chain(ESTABLISHED.to_ne_bytes());
            for (to, from) in buffer.iter_mut().zip(bytes.chain(std::iter::repeat(0))) {
                *to = from;
            }
        }
    }
}

impl NetlinkDeserializable for Message {
    type Error = DecodeError;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, DecodeError> {
        if header.message_type != SOCK_DIAG_BY_FAMILY {
            return Err(format!("message type {} was not asked for", header.message_type).into());
        }
        let short = || DecodeError::from("a connection's answer is too short");
        let family = *payload.first().ok_or_else(short)?;
        let address = |at: usize| {
            let bytes = payload.get(at..)?;
            if family == Family::V6.number() {
                let octets: &[u8; 16] = bytes.first_chunk()?;
                Some(IpAddr::V6(Ipv6Addr::from(*octets)))
            } else {
                let octets: &[u8; 4] = bytes.first_chunk()?;
                Some(IpAddr::V4(Ipv4Addr::from(*octets)))
            }
        };
        Ok(Self::Found {
            local: address(LOCAL).ok_or_else(short)?,
            remote: address(REMOTE).ok_or_else(short)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_what_is_wanted() {
        let mut bytes = [0xff; REQUEST];
        Message::Request(Family::V6).serialize(&mut bytes);
        assert_eq!(bytes[..4], [10, 6, 0, 0]);
        assert_eq!(bytes[4..8], 2u32.to_ne_bytes());
        assert_eq!(bytes[8..], [0; 48]);
    }

    #[test]
    fn an_answer_ends_where_it_may() {
        let mut header = NetlinkHeader::default();
        header.message_type = SOCK_DIAG_BY_FAMILY;
        let payload = [2; 28];
        let found = |length: usize| Message::deserialize(&header, &payload[..length]);
        let address = IpAddr::V4(Ipv4Addr::new(2, 2, 2, 2));
        let expected = Message::Found {
            local: address,
            remote: address,
        };
        assert_eq!(found(28).unwrap(), expected);
        assert!(found(27).is_err() && found(0).is_err());
        header.message_type = 3;
        assert!(Message::deserialize(&header, &payload).is_err());
    }
}
