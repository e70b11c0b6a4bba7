// SPDX-License-Identifier: GPL-2.0-only

//! Data of a connection: each byte follows from the client's address and port, the direction and the
//! place. So what is lost, doubled, or of another connection is not what belongs there.
//!
//! In turns: the client sends [`RECORD`] bytes, the server answers with as many. In front of its first answer are
//! [`NAME`] bytes with the server's name.

use crate::message::checksum;
use crate::random::mixed;
use std::net::IpAddr;
use std::net::SocketAddr;

/// Bytes of a turn.
pub const RECORD: usize = 64;
/// Bytes of the server's name, filled up with zeros.
pub const NAME: usize = 16;

/// One direction of a connection, and how far it is.
pub struct Stream {
    seed: u64,
    at: u64,
}

impl Stream {
    pub fn from_client(client: SocketAddr) -> Self {
        Self::new(client, 1)
    }

    pub fn from_server(client: SocketAddr) -> Self {
        Self::new(client, 2)
    }

    fn new(client: SocketAddr, direction: u8) -> Self {
        let mut text = match client.ip() {
            IpAddr::V4(a) => a.octets().to_vec(),
            IpAddr::V6(a) => a.octets().to_vec(),
        };
        text.extend(client.port().to_be_bytes());
        text.push(direction);
        Self {
            seed: checksum(&text),
            at: 0,
        }
    }

    fn byte(&self, at: u64) -> u8 {
        mixed(self.seed, at / 8 + 1).to_le_bytes()[(at % 8) as usize]
    }

    /// What comes next.
    pub fn record(&mut self) -> [u8; RECORD] {
        let mut out = [0; RECORD];
        for (at, byte) in (self.at..).zip(&mut out) {
            *byte = self.byte(at);
        }
        self.at += RECORD as u64;
        out
    }

    /// Whether this is what comes next.
    pub fn accepts(&mut self, bytes: &[u8]) -> bool {
        let right = (self.at..).zip(bytes).all(|(at, b)| *b == self.byte(at));
        self.at += bytes.len() as u64;
        right
    }
}

/// A name as it goes over the wire.
pub fn name(text: &str) -> [u8; NAME] {
    let mut out = [0; NAME];
    for (to, from) in out.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    out
}

pub fn parse_name(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_stream_is_accepted_as_it_was_sent() {
        let a = client("10.64.0.1:4000");
        let (mut sent, mut received) = (Stream::from_client(a), Stream::from_client(a));
        for _ in 0..3 {
            let record = sent.record();
            assert!(received.accepts(&record[..10]) && received.accepts(&record[10..]));
        }
    }

    #[test]
    fn what_does_not_belong_there_is_noticed() {
        let a = client("10.64.0.1:4000");
        let first = Stream::from_client(a).record();
        let other = |text| Stream::from_client(client(text)).record();
        assert!(!Stream::from_client(a).accepts(&other("10.64.0.1:4001")));
        assert!(!Stream::from_client(a).accepts(&other("10.64.0.2:4000")));
        assert!(!Stream::from_server(a).accepts(&first));
        // Lost, doubled, changed.
        assert!(!Stream::from_client(a).accepts(&first[1..]));
        let mut twice = Stream::from_client(a);
        assert!(twice.accepts(&first) && !twice.accepts(&first));
        let mut changed = first;
        changed[RECORD - 1] ^= 1;
        assert!(!Stream::from_client(a).accepts(&changed));
    }

    #[test]
    fn a_name_comes_back() {
        assert_eq!(parse_name(&name("n12")), "n12");
        assert_eq!(
            parse_name(&name("a-name-too-long-for-it")),
            "a-name-too-long-"
        );
    }
}
