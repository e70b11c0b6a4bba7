// SPDX-License-Identifier: GPL-2.0-only

//! Answers to pings of IPv4, which others send as frames.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SocketType, ipproto, recv, socket};

/// Bytes that are looked at.
const LONGEST: usize = 128;
/// A wait of nothing would be one without end.
const SHORTEST: Duration = Duration::from_millis(1);
/// ICMP's type of an answer.
const ECHO_REPLY: u8 = 0;

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo {
    /// Who answers.
    pub from: Ipv4Addr,
    /// Identifier of the ping.
    pub id: u16,
    /// Its number.
    pub sequence: u16,
}

impl Echo {
    /// Of a packet, from its IPv4 header on.
    fn of(packet: &[u8]) -> Option<Self> {
        let words = usize::from(packet.first()? & 0x0f);
        let from: [u8; 4] = packet.get(12..16)?.try_into().ok()?;
        let icmp = packet.get(words.checked_mul(4)?..)?;
        let number = |at: usize| {
            let bytes = icmp.get(at..)?.first_chunk()?;
            Some(u16::from_be_bytes(*bytes))
        };
        (icmp.first() == Some(&ECHO_REPLY)).then_some(())?;
        Some(Self {
            from: from.into(),
            id: number(4)?,
            sequence: number(6)?,
        })
    }
}

/// A socket that answers come from, whoever asked.
#[derive(Debug)]
pub struct Echoes(OwnedFd);

impl Echoes {
    /// Begins to listen.
    pub fn open() -> io::Result<Self> {
        let fd = socket(AddressFamily::INET, SocketType::RAW, Some(ipproto::ICMP))?;
        Ok(Self(fd))
    }

    /// The next answer; none where nothing came within `wait`, or something else did.
    pub fn next(&self, wait: Duration) -> io::Result<Option<Echo>> {
        set_socket_timeout(&self.0, Timeout::Recv, Some(wait.max(SHORTEST)))?;
        let mut bytes = [0; LONGEST];
        match recv(&self.0, &mut bytes, RecvFlags::empty()) {
            Ok((length, _)) => Ok(bytes.get(..length).and_then(Echo::of)),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_behind_the_header() {
        let mut packet = vec![0x45; 20];
        packet[12..16].copy_from_slice(&[10, 9, 0, 1]);
        packet.extend([0, 0, 0, 0, 0x12, 0x34, 0, 7]);
        let echo = Echo {
            from: [10, 9, 0, 1].into(),
            id: 0x1234,
            sequence: 7,
        };
        assert_eq!(Echo::of(&packet), Some(echo));
        for length in 0..packet.len() {
            assert_eq!(Echo::of(&packet[..length]), None);
        }
        packet[20] = 8;
        assert_eq!(Echo::of(&packet), None, "a question");
        packet[0] = 0x4f;
        assert_eq!(Echo::of(&packet), None, "a header that is not whole");
    }
}
