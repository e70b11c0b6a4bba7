// SPDX-License-Identifier: GPL-2.0-only

//! What of a client makes its bucket, as people write it.

use std::fmt;
use std::str::FromStr;

use logic::client;
use ssi_netlink::spec;

/// `source`, `source-port`, `prefix` or `prefix:24,64`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientKey(pub client::ClientKey);

impl ClientKey {
    /// The attributes `client-key`, `prefix4` and `prefix6` of a request for it.
    pub fn attributes(self) -> (spec::ClientKey, Option<u32>, Option<u32>) {
        let (v4, v6) = self.0.prefix().unzip();
        (self.0.wire(), v4, v6)
    }
}

/// Of what the kernel shows of a cluster.
impl From<&ssi_netlink::Cluster> for ClientKey {
    fn from(cluster: &ssi_netlink::Cluster) -> Self {
        Self(cluster.key())
    }
}

impl FromStr for ClientKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let key = |kind| client::ClientKey::Source.with(kind);
        if let Ok(kind) = text.parse() {
            return Ok(Self(key(kind)));
        }
        let of = |text: &str, longest: u32| {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let bits = text.parse().ok().filter(|_| is_number);
            bits.filter(|bits| (1..=longest).contains(bits))
        };
        let prefix = || {
            let (v4, v6) = text.strip_prefix("prefix:")?.split_once(',')?;
            key(spec::ClientKey::Prefix).with_prefix(Some(of(v4, 32)?), Some(of(v6, 128)?))
        };
        prefix().map(Self).ok_or_else(|| {
            "use source, source-port, prefix, or prefix:24,64, which has 1 to 32 bits of IPv4 and 1 to 128 of IPv6"
                .to_owned()
        })
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.wire().name();
        match self.0.prefix() {
            Some((v4, v6)) => write!(f, "{name}:{v4},{v6}"),
            None => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints() {
        for (text, shown) in [
            ("source", "source"),
            ("source-port", "source-port"),
            ("prefix", "prefix:24,64"),
            ("prefix:24,64", "prefix:24,64"),
            ("prefix:1,128", "prefix:1,128"),
            ("prefix:32,1", "prefix:32,1"),
        ] {
            assert_eq!(text.parse::<ClientKey>().unwrap().to_string(), shown);
        }
        let narrow: ClientKey = "prefix:20,56".parse().unwrap();
        assert_eq!(
            narrow.attributes(),
            (spec::ClientKey::Prefix, Some(20), Some(56))
        );
        let source = ClientKey::default();
        assert_eq!(source.attributes(), (spec::ClientKey::Source, None, None));
    }

    #[test]
    fn refuses() {
        for bad in [
            "",
            "port",
            "Source",
            "prefix:",
            "prefix:24",
            "prefix:24,",
            "prefix:0,64",
            "prefix:33,64",
            "prefix:24,0",
            "prefix:24,129",
            "prefix:+24,64",
            "prefix:24, 64",
            "prefix:24,64,1",
            "prefix:4294967297,64",
            "source:24,64",
        ] {
            assert!(bad.parse::<ClientKey>().is_err(), "{bad:?}");
        }
    }
}
