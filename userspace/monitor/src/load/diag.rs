// SPDX-License-Identifier: GPL-2.0-only

//! The kernel's list of established TCP connections, by `sock_diag`.

use std::io;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_REQUEST, NetlinkBuffer, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr};

mod message;

use message::{Family, Message};

/// The kernel packs a dump into buffers as long as the reader's, up to this.
const BUFFER: usize = 32 * 1024;

/// How far a list is read. What comes after is left out: measuring must not become load itself.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections of one address family.
    pub most: u32,
    /// Time for one address family.
    pub time: Duration,
}

/// Calls `each` with the local and the remote address of each established connection of the network namespace.
pub fn established(bounds: Bounds, mut each: impl FnMut(IpAddr, IpAddr)) -> io::Result<()> {
    for family in [Family::V4, Family::V6] {
        dump(family, bounds, &mut each)?;
    }
    Ok(())
}

/// A socket of its own for each list: closing it ends one that is not read to its end.
fn dump(family: Family, bounds: Bounds, each: &mut impl FnMut(IpAddr, IpAddr)) -> io::Result<()> {
    let began = Instant::now();
    let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
    socket.bind_auto()?;
    socket.send_to(&request(family), &SocketAddr::new(0, 0), 0)?;
    let mut buffer = vec![0; BUFFER];
    let mut left = bounds.most;
    while left > 0 && began.elapsed() < bounds.time {
        let mut free = buffer.as_mut_slice();
        let (length, sender) = socket.recv_from(&mut free, 0)?;
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

fn request(family: Family) -> Vec<u8> {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let payload = NetlinkPayload::InnerMessage(Message::Request(family));
    let mut message = NetlinkMessage::new(header, payload);
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

/// Takes a received buffer apart; returns whether more is to come.
fn read(
    mut bytes: &[u8],
    left: &mut u32,
    each: &mut impl FnMut(IpAddr, IpAddr),
) -> io::Result<bool> {
    while !bytes.is_empty() {
        let length = NetlinkBuffer::new_checked(bytes)
            .map(|buffer| buffer.length())
            .map_err(io::Error::other)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let message = bytes.get(..length).unwrap_or_default();
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        match NetlinkMessage::<Message>::deserialize(message)
            .map_err(io::Error::other)?
            .payload
        {
            NetlinkPayload::InnerMessage(Message::Found { local, remote }) => {
                each(local, remote);
                *left = left.saturating_sub(1);
            }
            NetlinkPayload::Error(refused) => return Err(refused.to_io()),
            NetlinkPayload::Done(_) => return Ok(false),
            _ => {}
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shut;
    use std::net::{TcpListener, TcpStream};

    use proptest::prelude::*;

    const WIDE: Bounds = Bounds {
        most: 1_000_000,
        time: Duration::from_secs(10),
    };

    /// Connections that are there as long as this is.
    fn connected(listener: &TcpListener, count: usize) -> Vec<(TcpStream, TcpStream)> {
        let address = listener.local_addr().unwrap();
        let one = |_| {
            let client = TcpStream::connect(address).unwrap();
            (client, listener.accept().unwrap().0)
        };
        (0..count).map(one).collect()
    }

    fn count(bounds: Bounds, local: IpAddr) -> usize {
        let mut count = 0;
        established(bounds, |at, _| count += usize::from(at == local)).unwrap();
        count
    }

    #[test]
    fn real_connections_are_found_and_only_while_they_are_there() {
        // Addresses that no other test uses, so that counts are exact.
        let v4 = TcpListener::bind("127.83.83.1:0").unwrap();
        let at: IpAddr = "127.83.83.1".parse().unwrap();
        assert_eq!(count(WIDE, at), 0);
        // More than a buffer holds.
        let open = connected(&v4, 400);
        assert_eq!(count(WIDE, at), 400);
        let bounded = Bounds { most: 1, ..WIDE };
        assert!(count(bounded, at) < 400);
        for (client, server) in &open {
            shut(client);
            shut(server);
        }
        assert_eq!(count(WIDE, at), 0);
    }

    #[test]
    fn an_ipv6_socket_with_an_ipv4_client_is_found() {
        let listener = TcpListener::bind("[::ffff:127.83.83.2]:0").unwrap();
        let at: IpAddr = "::ffff:127.83.83.2".parse().unwrap();
        assert_eq!(count(WIDE, at), 0);
        let open = connected(&listener, 3);
        assert_eq!(count(WIDE, at), open.len());
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes, &mut 9, &mut |_, _| {});
        }
    }
}
