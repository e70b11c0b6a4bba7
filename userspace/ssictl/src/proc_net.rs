// SPDX-License-Identifier: GPL-2.0-only

//! Lists of sockets and counters, as `/proc/net` has them: those of the kernel's own servers too.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A line of a list of sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The end here.
    pub local: (IpAddr, u16),
    /// The other end.
    pub remote: (IpAddr, u16),
    /// The state's number; UDP has some of TCP's.
    pub state: u8,
    /// Bytes that nobody has read; of a TCP socket that listens, connections that nobody has taken.
    pub waiting: u32,
    /// How often what is not acknowledged was sent again.
    pub again: u32,
}

/// The sockets of a list, as `tcp6`; none where there is no such list.
pub fn sockets(list: &str) -> Vec<Line> {
    lines(&fs::read_to_string(format!("/proc/net/{list}")).unwrap_or_default())
}

/// The same of a text.
pub fn lines(text: &str) -> Vec<Line> {
    text.lines().filter_map(line).collect()
}

fn line(text: &str) -> Option<Line> {
    let mut words = text.split_whitespace().skip(1);
    let mut next = || words.next();
    let (local, remote, state, queues, _timer, again) =
        (next()?, next()?, next()?, next(), next(), next());
    let number = |digits: &str| u32::from_str_radix(digits, 16).ok();
    let waiting = queues.and_then(|queues| number(queues.split_once(':')?.1));
    Some(Line {
        local: end(local)?,
        remote: end(remote)?,
        state: u8::from_str_radix(state, 16).ok()?,
        waiting: waiting.unwrap_or(0),
        again: again.and_then(number).unwrap_or(0),
    })
}

fn end(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    Some((address_of(address)?, u16::from_str_radix(port, 16).ok()?))
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

/// A counter of the kernel's own, of `/proc/net/netstat`.
pub fn netstat(name: &str) -> u64 {
    counter(
        &fs::read_to_string("/proc/net/netstat").unwrap_or_default(),
        name,
    )
}

/// Lines come in pairs: names, and their numbers.
fn counter(text: &str, name: &str) -> u64 {
    let lines: Vec<&str> = text.lines().collect();
    let pairs = lines.chunks_exact(2).filter_map(|pair| match pair {
        [names, numbers] => Some(names.split_whitespace().zip(numbers.split_whitespace())),
        _ => None,
    });
    let found = pairs.flatten().find(|(one, _)| *one == name);
    found
        .and_then(|(_, number)| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn reads_the_kernels_lists() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                    0: 6400090A:1B58 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 1 1 x 100 0\n   \
                    1: 6400090A:1B58 0100007F:1234 03 00000000:00000000 01:00000064 0000000a     0        0 1 1 x 100 0\n   \
                    2: 00:0 0:0 07\n";
        let found = lines(text);
        let local = (IpAddr::from([10, 9, 0, 100]), 7000);
        let listens = Line {
            local,
            remote: ([0; 4].into(), 0),
            state: 10,
            waiting: 3,
            again: 0,
        };
        let opened = Line {
            local,
            remote: ([127, 0, 0, 1].into(), 0x1234),
            state: 3,
            waiting: 0,
            again: 10,
        };
        assert_eq!(found, [listens, opened]);
        let text = "x\n 0: 00000000000000000000000000000000:0045 00000000000000000000000000000000:0000 07\n \
                    1: 0000000000000000FFFF00006400090A:0045 00000000000000000000000000000000:0000 07\n";
        let found: Vec<IpAddr> = lines(text).iter().map(|line| line.local.0).collect();
        let any: IpAddr = "::".parse().unwrap();
        assert_eq!(found, [any, [10, 9, 0, 100].into()]);
    }

    #[test]
    fn reads_counters() {
        let text = "TcpExt: SyncookiesSent IPReversePathFilter\nTcpExt: 3 7\nIpExt: InNoRoutes\nIpExt: 5\n";
        assert_eq!(counter(text, "IPReversePathFilter"), 7);
        assert_eq!(counter(text, "InNoRoutes"), 5);
        assert_eq!(counter(text, "Other"), 0);
    }
}
