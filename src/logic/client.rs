// SPDX-License-Identifier: GPL-2.0-only

//! Clients, and what of them makes their bucket.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr,
    SocketAddr, //
};

use super::wire;

/// Bits of a network's number where none are given: what a site has of IPv4 mostly, and what a host has of
/// IPv6 (RFC 4291, 2.5.1; RFC 8981).
const PREFIX4: u32 = 24;
const PREFIX6: u32 = 64;

/// Protocols whose header begins with two ports, the source's first: TCP, UDP, DCCP, SCTP, UDP-Lite.
const WITH_PORTS: [u8; 5] = [6, 17, 33, 132, 136];

/// What of a client makes its bucket.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum ClientKey {
    /// Its address.
    #[default]
    Source,
    /// Its address and its port. Where there is no port, its address.
    SourcePort,
    /// Its network: so many bits of an IPv4 address, and of an IPv6 one.
    Prefix {
        /// 1 to 32.
        v4: u32,
        /// 1 to 128.
        v6: u32,
    },
}

impl ClientKey {
    /// Its name and number.
    pub const fn wire(self) -> wire::ClientKey {
        match self {
            Self::Source => wire::ClientKey::Source,
            Self::SourcePort => wire::ClientKey::SourcePort,
            Self::Prefix { .. } => wire::ClientKey::Prefix,
        }
    }

    /// What `kind` makes of this key: a prefix is the one before, or the usual one.
    pub const fn with(self, kind: wire::ClientKey) -> Self {
        match (kind, self) {
            (wire::ClientKey::Source, _) => Self::Source,
            (wire::ClientKey::SourcePort, _) => Self::SourcePort,
            (wire::ClientKey::Prefix, Self::Prefix { v4, v6 }) => Self::Prefix { v4, v6 },
            (wire::ClientKey::Prefix, _) => Self::Prefix {
                v4: PREFIX4,
                v6: PREFIX6,
            },
        }
    }

    /// This key with another prefix, where one is given. `None` if it has none.
    pub fn with_prefix(self, v4: Option<u32>, v6: Option<u32>) -> Option<Self> {
        match (self, v4, v6) {
            (key, None, None) => Some(key),
            (Self::Prefix { v4: old4, v6: old6 }, v4, v6) => Some(Self::Prefix {
                v4: v4.unwrap_or(old4),
                v6: v6.unwrap_or(old6),
            }),
            _ => None,
        }
    }

    /// The bits of both families, if it is a prefix.
    pub const fn prefix(self) -> Option<(u32, u32)> {
        match self {
            Self::Prefix { v4, v6 } => Some((v4, v6)),
            _ => None,
        }
    }
}

/// The number of an address' network of so many bits.
pub fn network4(address: Ipv4Addr, bits: u32) -> Ipv4Addr {
    let host = 32u32.saturating_sub(bits);
    Ipv4Addr::from_bits(address.to_bits().checked_shr(host).unwrap_or(0))
}

/// The same of IPv6.
pub fn network6(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    let host = 128u32.saturating_sub(bits);
    Ipv6Addr::from_bits(address.to_bits().checked_shr(host).unwrap_or(0))
}

/// Where a port is in a header.
#[derive(Clone, Copy)]
pub enum End {
    /// Who sends.
    Source = 0,
    /// Whom it is to.
    Destination = 2,
}

/// A port of a packet's payload that begins with its protocol's header; none where that has none, or it is not there.
pub fn port(protocol: u8, payload: &[u8], end: End) -> Option<u16> {
    let is_there = WITH_PORTS.contains(&protocol);
    let bytes = payload.get(end as usize..)?.first_chunk()?;
    is_there.then_some(u16::from_be_bytes(*bytes))
}

/// A client, as far as its bucket goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Client {
    /// Its address.
    pub address: IpAddr,
    /// Its port, where it has one.
    pub port: Option<u16>,
}

/// Of a packet without a port.
impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        Self {
            address,
            port: None,
        }
    }
}

/// The other end of a connection.
impl From<SocketAddr> for Client {
    fn from(end: SocketAddr) -> Self {
        Self {
            address: end.ip(),
            port: Some(end.port()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn kinds_and_prefixes() {
        let prefix = ClientKey::Source.with(wire::ClientKey::Prefix);
        assert_eq!(prefix, ClientKey::Prefix { v4: 24, v6: 64 });
        let narrow = prefix.with_prefix(None, Some(48)).unwrap();
        assert_eq!(narrow.prefix(), Some((24, 48)));
        assert_eq!(narrow.with(wire::ClientKey::Prefix), narrow);
        assert_eq!(narrow.with(wire::ClientKey::Source), ClientKey::Source);
        assert_eq!(ClientKey::SourcePort.with_prefix(Some(24), None), None);
        for kind in wire::ClientKey::ALL {
            assert_eq!(ClientKey::Source.with(*kind).wire(), *kind);
        }
    }

    #[test]
    fn ports() {
        let header = [0x9c, 0x40, 0x08, 0x01];
        for protocol in 0..=255 {
            let expected = matches!(protocol, 6 | 17 | 33 | 132 | 136).then_some(40_000);
            assert_eq!(port(protocol, &header, End::Source), expected, "{protocol}");
        }
        assert_eq!(port(6, &header, End::Destination), Some(2049));
        assert_eq!(port(6, &header[..3], End::Destination), None);
        assert_eq!(port(6, &[], End::Source), None);
    }

    proptest! {
        #[test]
        fn networks_are_the_upper_bits(a: u32, b: u128, v4 in 1u32..=32, v6 in 1u32..=128) {
            let network = u64::from(a) >> (32 - v4);
            prop_assert_eq!(u64::from(network4(Ipv4Addr::from_bits(a), v4).to_bits()), network);
            let network = network6(Ipv6Addr::from_bits(b), v6).to_bits();
            prop_assert_eq!(network, if v6 == 128 { b } else { b >> (128 - v6) });
        }
    }
}
