// SPDX-License-Identifier: GPL-2.0-only

//! Cluster addresses with the prefix that they have on the interface.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use logic::vips::Vips;

/// ADDR/LEN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vip {
    /// The address.
    pub address: IpAddr,
    /// Bits of its prefix.
    pub prefix: u8,
}

impl FromStr for Vip {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| {
            "give an address and the length of its prefix, as 192.0.2.10/32".to_owned()
        })?;
        let (family, longest) = match address {
            IpAddr::V4(_) => ("IPv4", 32),
            IpAddr::V6(_) => ("IPv6", 128),
        };
        let right = || format!("the prefix of an {family} address has 0 to {longest} bits");
        let Some(prefix) = prefix else {
            return Err(format!(
                "give the length of the prefix too, as {address}/{}",
                if address.is_ipv4() { 32 } else { 64 }
            ));
        };
        // u8's own parser would take a sign.
        if !prefix.chars().all(|c| c.is_ascii_digit()) {
            return Err(right());
        }
        match prefix.parse() {
            Ok(prefix) if prefix <= longest => {
                let vip = Self { address, prefix };
                match vip.unfit() {
                    Some(why) => Err(why),
                    None => Ok(vip),
                }
            }
            _ => Err(right()),
        }
    }
}

impl Vip {
    /// Why no host can have it, as far as the address and its own prefix tell.
    pub fn unfit(&self) -> Option<String> {
        let mut vips = Vips::EMPTY;
        if let Err(refusal) = vips.push(self.address) {
            return Some(refusal.sentence().to_string_lossy().into_owned());
        }
        let link_local = match self.address {
            IpAddr::V4(v4) => v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        };
        if link_local {
            return Some(
                "a link-local address is each link's own, and no client behind a router reaches it: give another"
                    .to_owned(),
            );
        }
        self.edge_of(self.prefix)
    }

    /// What it is in a subnet of this prefix, if that is no host's.
    pub fn edge_of(&self, prefix: u8) -> Option<String> {
        let v4 = match self.address {
            IpAddr::V4(v4) => v4,
            IpAddr::V6(v6) => {
                // RFC 4291: the first one is that of any router. RFC 6164: a link of two has none.
                let host = u128::MAX
                    .checked_shr(prefix.into())
                    .filter(|host| *host > 1)?;
                return (v6.to_bits() & host == 0).then(|| {
                    format!("{v6} is the address of all routers of its /{prefix}; give another")
                });
            }
        };
        // RFC 3021: a subnet of two addresses has no others, nor does one of one.
        let host = u32::MAX
            .checked_shr(prefix.into())
            .filter(|host| *host > 1)?;
        let what = match v4.to_bits() & host {
            0 => "network",
            bits if bits == host => "broadcast",
            _ => return None,
        };
        Some(format!(
            "{v4} is the {what} address of its /{prefix}, which no host has; give another"
        ))
    }
}

impl fmt::Display for Vip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints() {
        for good in [
            "192.0.2.10/32",
            "192.0.2.255/16",
            "192.0.2.0/31",
            "192.0.2.0/32",
            "10.0.0.1/32",
            "2001:db8::1/64",
            "2001:db8::/127",
            "2001:db8::/128",
        ] {
            assert_eq!(good.parse::<Vip>().unwrap().to_string(), good);
        }
    }

    #[test]
    fn refuses_with_what_would_be_right() {
        for (bad, right) in [
            ("192.0.2.10", "192.0.2.10/32"),
            ("2001:db8::1", "2001:db8::1/64"),
            ("192.0.2.10/33", "IPv4 address has 0 to 32"),
            ("192.0.2.10/-1", "0 to 32"),
            ("192.0.2.10/+1", "0 to 32"),
            ("192.0.2.10/", "0 to 32"),
            ("192.0.2.10/32/1", "0 to 32"),
            ("2001:db8::1/129", "IPv6 address has 0 to 128"),
            ("192.0.2.256/24", "as 192.0.2.10/32"),
            ("192.0.2/24", "as 192.0.2.10/32"),
            ("host/24", "as 192.0.2.10/32"),
            ("", "as 192.0.2.10/32"),
            ("/24", "as 192.0.2.10/32"),
            ("192.0.2.0/24", "network address of its /24"),
            ("192.0.2.255/24", "broadcast address of its /24"),
            ("2001:db8::/64", "all routers of its /64"),
            ("0.0.0.0/0", "must be a host's"),
            ("239.1.2.3/32", "must be a host's"),
            ("255.255.255.255/32", "must be a host's"),
            ("127.0.0.1/8", "must be a host's"),
            ("::1/128", "must be a host's"),
            ("ff02::5/128", "must be a host's"),
            ("169.254.1.1/16", "link-local"),
            ("fe80::1/64", "link-local"),
        ] {
            let error = bad.parse::<Vip>().unwrap_err();
            assert!(error.contains(right), "{bad:?}: {error}");
        }
    }
}
