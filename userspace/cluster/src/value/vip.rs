// SPDX-License-Identifier: GPL-2.0-only

//! Cluster addresses with the prefix that they have on the interface.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

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
            Ok(prefix) if prefix <= longest => Ok(Self { address, prefix }),
            _ => Err(right()),
        }
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
            "0.0.0.0/0",
            "10.0.0.1/32",
            "2001:db8::1/64",
            "::1/128",
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
        ] {
            let error = bad.parse::<Vip>().unwrap_err();
            assert!(error.contains(right), "{bad:?}: {error}");
        }
    }
}
