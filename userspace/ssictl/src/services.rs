// SPDX-License-Identifier: GPL-2.0-only

//! Sockets that wait for clients.

use std::net::IpAddr;

use crate::proc_net::{self, Line};

/// Ports that machines have open for all addresses whatever their purpose: ssh, the portmapper; DHCP, NTP, names on the link, ssid.
const OF_MACHINES_TCP: [u16; 2] = [22, 111];
const OF_MACHINES_UDP: [u16; 8] = [68, 111, 123, 323, 546, 5353, 5355, 9463];

/// States of a TCP socket that listens, and of a UDP socket that is not connected.
const LISTENS: u8 = 10;
const WAITS: u8 = 7;

/// A socket that waits for clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// TCP; else UDP.
    pub tcp: bool,
    /// Where.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
}

impl Socket {
    /// Whether it hears what is sent to an address. One for all IPv6 addresses hears IPv4 as well, as a rule.
    pub fn serves(&self, vip: IpAddr) -> bool {
        match self.address {
            IpAddr::V4(v4) if v4.is_unspecified() => vip.is_ipv4(),
            IpAddr::V6(v6) if v6.is_unspecified() => true,
            address => address == vip,
        }
    }

    /// Whether it may be a service of the cluster, and not only one of the machine, or a client that waits for answers.
    pub fn is_service(&self) -> bool {
        let of_machine: &[u16] = match self.tcp {
            true => &OF_MACHINES_TCP,
            false => &OF_MACHINES_UDP,
        };
        !self.address.is_unspecified() || !of_machine.contains(&self.port)
    }
}

/// Whether services wait for clients at these addresses, and all of them answer: there are some of UDP that never do. What goes on to a
/// container has its sockets there.
pub fn answer_all(sockets: &[Socket], vips: &[IpAddr]) -> bool {
    let serves = |socket: &&Socket| vips.iter().any(|vip| socket.serves(*vip));
    let mut services = sockets
        .iter()
        .filter(|socket| socket.is_service())
        .filter(serves)
        .peekable();
    services.peek().is_some() && services.all(|socket| socket.tcp)
}

/// All of them.
pub fn look() -> Vec<Socket> {
    let files = [
        ("tcp", true),
        ("tcp6", true),
        ("udp", false),
        ("udp6", false),
    ];
    let mut all: Vec<Socket> = Vec::new();
    for socket in files
        .into_iter()
        .flat_map(|(list, tcp)| of(&proc_net::sockets(list), tcp))
    {
        if !all.contains(&socket) {
            all.push(socket);
        }
    }
    all
}

fn of(lines: &[Line], tcp: bool) -> Vec<Socket> {
    let state = if tcp { LISTENS } else { WAITS };
    let those = lines.iter().filter(|line| line.state == state);
    those
        .map(|line| Socket {
            tcp,
            address: line.local.0,
            port: line.local.1,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn those_that_wait() {
        let text = "x\n 0: 6400090A:1B58 00000000:0000 0A 0\n 1: 0100007F:0035 0100007F:1234 01 0\n 2: 00000000:0016 00000000:0000 0A 0\n \
                    3: 00000000:0045 00000000:0000 07 0\n";
        let socket = |tcp, address: [u8; 4], port| Socket {
            tcp,
            address: address.into(),
            port,
        };
        let lines = proc_net::lines(text);
        assert_eq!(
            of(&lines, true),
            [
                socket(true, [10, 9, 0, 100], 7000),
                socket(true, [0; 4], 22)
            ]
        );
        assert_eq!(of(&lines, false), [socket(false, [0; 4], 69)]);
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
