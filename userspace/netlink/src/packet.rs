// SPDX-License-Identifier: GPL-2.0-only

//! Frames of one EtherType as they come in at one interface, those to group addresses among them.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, recv, send, socket};

use crate::sys;

/// Bytes of an Ethernet header.
const HEADER: usize = 14;
/// Bytes of the longest frame that is looked at.
const LONGEST: usize = 2048;
/// EtherTypes: any, and ARP's.
const ETH_P_ALL: u16 = 3;
const ETH_P_ARP: u16 = 0x0806;
/// A wait of nothing would be one without end.
const SHORTEST: Duration = Duration::from_millis(1);

/// A frame that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its destination address.
    pub destination: [u8; 6],
    /// Its source address.
    pub source: [u8; 6],
    /// What is behind the Ethernet header, padding included.
    pub payload: Vec<u8>,
}

impl Frame {
    fn new(bytes: &[u8]) -> Option<Self> {
        let (header, payload) = bytes.split_at_checked(HEADER)?;
        let source = header.get(6..12)?.try_into().ok()?;
        Some(Self {
            destination: header.first_chunk().copied()?,
            source,
            payload: payload.to_vec(),
        })
    }
}

/// A socket that frames come from, and go out by.
#[derive(Debug)]
pub struct Listener(OwnedFd);

impl Listener {
    /// Listens for frames of the EtherType `kind`, to whatever group address they are.
    pub fn open(ifindex: u32, kind: u16) -> io::Result<Self> {
        // With no protocol it receives nothing until it is bound: nothing of other interfaces.
        let fd = socket(AddressFamily::PACKET, SocketType::RAW, None)?;
        sys::receive_all_groups(&fd, ifindex)?;
        sys::bind(&fd, ifindex, kind)?;
        Ok(Self(fd))
    }

    /// Looks at ARP and at frames of the EtherType `kind` that come in, ahead of whatever takes them from the interface.
    /// What the interface's filter lets pass stays as it is.
    pub fn before_all(ifindex: u32, kind: u16) -> io::Result<Self> {
        let fd = socket(AddressFamily::PACKET, SocketType::RAW, None)?;
        sys::only_incoming(&fd, [ETH_P_ARP, kind])?;
        sys::bind(&fd, ifindex, ETH_P_ALL)?;
        Ok(Self(fd))
    }

    /// The interface's own address.
    pub fn address(&self) -> io::Result<[u8; 6]> {
        sys::address(&self.0)
    }

    /// Sends a frame, whole from its header on.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        send(&self.0, frame, SendFlags::empty())?;
        Ok(())
    }

    /// The next frame; none where no one came within `wait`.
    pub fn next(&self, wait: Duration) -> io::Result<Option<Frame>> {
        set_socket_timeout(&self.0, Timeout::Recv, Some(wait.max(SHORTEST)))?;
        let mut bytes = [0; LONGEST];
        match recv(&self.0, &mut bytes, RecvFlags::empty()) {
            Ok((length, _)) => Ok(bytes.get(..length).and_then(Frame::new)),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_header_and_rest() {
        let bytes: Vec<u8> = (0..20).collect();
        let frame = Frame {
            destination: [0, 1, 2, 3, 4, 5],
            source: [6, 7, 8, 9, 10, 11],
            payload: (14..20).collect(),
        };
        assert_eq!(Frame::new(&bytes), Some(frame));
        for length in 0..HEADER {
            assert_eq!(Frame::new(&bytes[..length]), None);
        }
    }
}
