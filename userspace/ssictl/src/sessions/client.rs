// SPDX-License-Identifier: GPL-2.0-only

//! A client, or some, as people write them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// Clients' addresses, and perhaps one port of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// None: any address.
    network: Option<(IpAddr, u8)>,
    port: Option<u16>,
}

impl Client {
    /// All clients.
    pub const ANY: Self = Self {
        network: None,
        port: None,
    };

    /// Whether this is one of them.
    pub fn has(&self, client: SocketAddr) -> bool {
        let is_there = self
            .network
            .is_none_or(|(address, prefix)| bits(address, prefix) == bits(client.ip(), prefix));
        is_there && self.port.is_none_or(|port| port == client.port())
    }
}

/// The first bits of an address, which tell families apart.
fn bits(address: IpAddr, prefix: u8) -> (bool, u128) {
    let (bits, length) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32u32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let shift = length.saturating_sub(prefix.into());
    (address.is_ipv6(), bits.checked_shr(shift).unwrap_or(0))
}

fn length(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl FromStr for Client {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::ANY);
        }
        let of = |address: IpAddr, prefix: Option<u8>, port| {
            // An IPv6 socket's IPv4 clients are shown as what they are.
            let address = address.to_canonical();
            Self {
                network: Some((address, prefix.unwrap_or(length(address)))),
                port,
            }
        };
        if let Ok(address) = text.parse() {
            return Ok(of(address, None, None));
        }
        if let Ok(end) = text.parse::<SocketAddr>() {
            return Ok(of(end.ip(), None, Some(end.port())));
        }
        let network = || {
            let (address, prefix) = text.split_once('/')?;
            let (address, prefix): (IpAddr, u8) = (address.parse().ok()?, prefix.parse().ok()?);
            (prefix <= length(address)).then(|| of(address, Some(prefix), None))
        };
        network().ok_or_else(|| {
            "give a client, as 198.51.100.7, 198.51.100.7:50000, [2001:db8::7]:50000 or 198.51.100.0/24, or all".to_owned()
        })
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.network, self.port) {
            (None, _) => f.write_str("any client"),
            (Some((address, _)), Some(port)) => SocketAddr::new(address, port).fmt(f),
            (Some((address, prefix)), None) if prefix == length(address) => address.fmt(f),
            (Some((address, prefix)), None) => write!(f, "{address}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_meant() {
        for (text, is, is_not) in [
            (
                "198.51.100.7",
                &["198.51.100.7:1", "198.51.100.7:65535"][..],
                &["198.51.100.8:1", "[::c633:6407]:1"][..],
            ),
            (
                "198.51.100.7:700",
                &["198.51.100.7:700"],
                &["198.51.100.7:701"],
            ),
            (
                "::ffff:198.51.100.7",
                &["198.51.100.7:1"],
                &["198.51.100.8:1"],
            ),
            (
                "198.51.100.0/24",
                &["198.51.100.7:1", "198.51.100.255:2"],
                &["198.51.101.0:1"],
            ),
            ("0.0.0.0/0", &["203.0.113.1:1"], &["[2001:db8::7]:1"]),
            ("2001:db8::7", &["[2001:db8::7]:1"], &["[2001:db8::8]:1"]),
            (
                "[2001:db8::7]:9",
                &["[2001:db8::7]:9"],
                &["[2001:db8::7]:8"],
            ),
            ("2001:db8::/32", &["[2001:db8:1::]:1"], &["[2001:db9::]:1"]),
            ("::/0", &["[2001:db8::7]:1"], &["198.51.100.7:1"]),
            ("all", &["198.51.100.7:1", "[2001:db8::7]:1"], &[]),
        ] {
            let client: Client = text.parse().unwrap();
            let has = |end: &&str| client.has(end.parse().unwrap());
            assert!(is.iter().all(has), "{text}");
            assert!(!is_not.iter().any(has), "{text}");
        }
    }

    #[test]
    fn as_it_was_written() {
        for text in [
            "198.51.100.7",
            "198.51.100.7:700",
            "[2001:db8::7]:9",
            "198.51.100.0/24",
        ] {
            assert_eq!(text.parse::<Client>().unwrap().to_string(), text);
        }
        assert_eq!(Client::ANY.to_string(), "any client");
    }

    #[test]
    fn what_is_no_client() {
        for text in [
            "",
            "web",
            "198.51.100.7:",
            "198.51.100.7:70000",
            "198.51.100.0/33",
            "198.51.100.0/24:5",
            "2001:db8::/129",
            "*",
        ] {
            let refused = text.parse::<Client>().unwrap_err();
            assert!(refused.starts_with("give a client, as "), "{text}");
        }
    }
}
