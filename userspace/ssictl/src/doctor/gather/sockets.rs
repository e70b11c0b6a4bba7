// SPDX-License-Identifier: GPL-2.0-only

//! Sockets that wait for clients, as `/proc/net` lists them: those of the kernel's own servers too.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::doctor::facts::Socket;

/// States of a TCP socket that listens, and of a UDP socket that is not connected.
const LISTENS: &str = "0A";
const WAITS: &str = "07";

/// Looks.
pub fn look() -> Vec<Socket> {
    let files = [
        ("tcp", true),
        ("tcp6", true),
        ("udp", false),
        ("udp6", false),
    ];
    let of_file = |(name, tcp): (&str, bool)| {
        let text = fs::read_to_string(format!("/proc/net/{name}")).unwrap_or_default();
        of(&text, tcp)
    };
    let mut all: Vec<Socket> = Vec::new();
    for socket in files.into_iter().flat_map(of_file) {
        if !all.contains(&socket) {
            all.push(socket);
        }
    }
    all
}

fn of(text: &str, tcp: bool) -> Vec<Socket> {
    let state = if tcp { LISTENS } else { WAITS };
    let of_line = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let (local, _, its) = (words.next()?, words.next()?, words.next()?);
        let (address, port) = local.split_once(':')?;
        (its == state).then_some(())?;
        Some(Socket {
            tcp,
            address: address_of(address)?,
            port: u16::from_str_radix(port, 16).ok()?,
        })
    };
    text.lines().filter_map(of_line).collect()
}

/// An address as words of 32 bits, each in the machine's order.
fn address_of(digits: &str) -> Option<IpAddr> {
    let mut bytes = Vec::new();
    for at in (0..digits.len()).step_by(8) {
        let word = u32::from_str_radix(digits.get(at..at + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    if let Ok(v4) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(Ipv4Addr::from(v4).into());
    }
    let v6 = Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?);
    Some(v6.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn reads_the_kernels_list() {
        let text = "  sl  local_address rem_address   st tx_queue\n   0: 6400090A:1B58 00000000:0000 0A 0\n   \
                    1: 0100007F:0035 0100007F:1234 01 0\n   2: 00000000:0016 00000000:0000 0A 0\n";
        let socket = |address: [u8; 4], port| Socket {
            tcp: true,
            address: address.into(),
            port,
        };
        assert_eq!(
            of(text, true),
            [socket([10, 9, 0, 100], 7000), socket([0; 4], 22)]
        );
        assert_eq!(of(text, false), []);
        let text = "x\n 0: 00000000000000000000000000000000:0045 00000000000000000000000000000000:0000 07\n \
                    1: 0000000000000000FFFF00006400090A:0045 00000000000000000000000000000000:0000 07\n 2: 00:0 0:0 07\n";
        let found: Vec<IpAddr> = of(text, false)
            .iter()
            .map(|socket| socket.address)
            .collect();
        let any: IpAddr = "::".parse().unwrap();
        assert_eq!(found, [any, [10, 9, 0, 100].into()]);
    }

    #[test]
    fn what_listens_here_is_seen() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        assert!(look().iter().any(|one| one.tcp && one.port == port));
        drop(socket);
        assert!(!look().iter().any(|one| one.tcp && one.port == port));
    }
}
